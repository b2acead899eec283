"""The scheduled whole: train if anything changed, and put the result to the gate."""

from typing import Any

from prefect import flow

from flows.parameters import Who
from flows.promote import HOURS, promote
from flows.train import train
from tasks import steps


@flow(name="retrain", log_prints=True, flow_run_name="retrain {family}: {trigger}")
def retrain(
    family: str = "style",
    config: dict[str, Any] | None = None,
    trigger: Who = "a person",
    approval: bool = False,
    approval_hours: float = HOURS,
) -> dict[str, Any]:
    """Train and promote, unless data, code and configuration are those of the newest version.

    Two retrainings of one family never overlap, wherever they were started: the later waits for the first.

    Args:
        family: name of the model family.
        config: options of the family that differ from their defaults.
        trigger: who or what asked; recorded with the version and the decision.
        approval: whether a person decides where the gate would promote.
        approval_hours: after so many without an answer it is refused.

    Returns:
        the gate's decision, or `{"action": "nothing to do", ...}`.
    """
    steps.check_options(family, config or {})
    steps.drop_missed_runs()
    with steps.only_retraining(family):
        steps.pull_data()
        steps.prepare_data()
        version = steps.unchanged_version(family, config or {})
        if version is None:
            version = train(family, config, trigger)
        elif steps.was_decided(family, version):
            reason = f"data, code and configuration are those of {family} v{version}"
            print(f"Nothing to do: {reason}.")
            return {"action": "nothing to do", "reason": reason, "version": version}
    return promote(family, str(version), trigger, approval, approval_hours)
