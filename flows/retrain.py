"""The scheduled whole: train if anything changed, and put the result to the gate."""

from typing import Any

from prefect import flow

from flows.parameters import Who
from flows.promote import promote
from flows.train import train
from tasks import steps


@flow(name="retrain", log_prints=True)
def retrain(
    family: str = "style", config: dict[str, Any] | None = None, trigger: Who = "the schedule"
) -> dict[str, Any]:
    """Train and promote, unless data, code and configuration are those of the newest version.

    Args:
        family: name of the model family.
        config: options of the family that differ from their defaults.
        trigger: who or what asked; recorded with the version and the decision.

    Returns:
        the gate's decision, or `{"action": "nothing to do", ...}`.
    """
    steps.pull_data()
    steps.prepare_data()
    unchanged = steps.unchanged_version(family, config or {})
    if unchanged is not None:
        reason = f"data, code and configuration are those of {family} v{unchanged}"
        print(f"Nothing to do: {reason}.")
        return {"action": "nothing to do", "reason": reason, "version": unchanged}
    version = train(family, config, trigger)
    return promote(family, str(version), by=trigger)
