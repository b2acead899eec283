"""Put a challenger to the gate; put the previous champion back."""

from typing import Any

from prefect import flow

from flows.parameters import Who
from tasks import steps


@flow(name="promote", log_prints=True)
def promote(family: str = "style", model: str = "challenger", by: Who = "a person") -> dict[str, Any]:
    """Compare a version with the champion on the pinned evaluation set, and promote it if it is surely better.

    Args:
        family: name of the model family.
        model: an alias or a version number.
        by: who asks; recorded with the decision.

    Returns:
        the decision: action (`promoted` or `refused`), reason, figures, interval.
    """
    steps.pull_data()
    steps.prepare_data()
    return steps.decide_promotion(family, model, by)


@flow(name="rollback", log_prints=True)
def rollback(family: str = "style", by: Who = "a person") -> dict[str, Any]:
    """Put the previous champion back in use, and return the decision.

    Args:
        family: name of the model family.
        by: who asks; recorded with the decision.
    """
    return steps.roll_back(family, by)
