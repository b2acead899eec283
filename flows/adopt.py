"""Take a model that ships with the project into the registry, and put it to the gate."""

from typing import Any

from prefect import flow

from flows.parameters import Who
from flows.promote import promote
from tasks import steps


@flow(name="adopt", log_prints=True)
def adopt(family: str = "style", by: Who = "a person") -> dict[str, Any]:
    """Register the starter of a family and promote it, if it is better than the model in use.

    Args:
        family: name of the model family.
        by: who asks; recorded with the decision.

    Returns:
        the gate's decision, or `{"action": "nothing to do", ...}` where the starter is in use already.
    """
    steps.pull_data()
    version = steps.register_starter(family)
    if steps.champion_number(family) == version:
        return {"action": "nothing to do", "reason": f"{family} v{version} is the champion already", "version": version}
    return promote(family, str(version), by)
