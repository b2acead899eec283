"""Put a challenger to the gate; put the previous champion back."""

from typing import Any

from prefect import flow

from flows.parameters import Who
from tasks import steps

HOURS = 24.0
"""How long a person has to answer, unless said otherwise."""


@flow(name="promote", log_prints=True, flow_run_name="promote {family} {model}: {by}")
def promote(
    family: str = "style",
    model: str = "challenger",
    by: Who = "a person",
    approval: bool = False,
    approval_hours: float = HOURS,
) -> dict[str, Any]:
    """Compare a version with the champion on the pinned evaluation set, and promote it if it is surely better.

    Args:
        family: name of the model family.
        model: an alias or a version number.
        by: who asks; recorded with the decision.
        approval: whether a person decides where the gate would promote; the run waits for it, holding nothing.
        approval_hours: after so many without an answer it is refused.

    Returns:
        the decision: action (`promoted` or `refused`), reason, figures, interval.
    """
    steps.pull_data()
    steps.prepare_data()
    decision = _decide(family, model, by, approval_hours if approval else None)
    steps.report_promotion(decision)
    return decision


def _decide(family: str, model: str, by: str, hours: float | None) -> dict[str, Any]:
    """Have the gate decide, and a person within some hours where it would promote; None: no person."""
    if hours is None:
        return steps.decide_promotion(family, model, by)
    proposal = steps.propose_promotion(family, model, by)
    if proposal["action"] != "proposed":
        return proposal
    return steps.conclude_promotion(proposal, steps.ask_person(proposal, hours))


@flow(name="rollback", log_prints=True)
def rollback(family: str = "style", by: Who = "a person") -> dict[str, Any]:
    """Put the previous champion back in use, and return the decision.

    Args:
        family: name of the model family.
        by: who asks; recorded with the decision.
    """
    decision = steps.roll_back(family, by)
    steps.renew_cards(family, [decision["version"], decision["replaced"]])
    return decision
