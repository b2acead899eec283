"""Steps of the gate: decided, asked for, carried out, taken back; and who may retrain."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from uuid import UUID

from prefect import task

from artmodels.errors import AtelierError
from tasks.settings import load_settings


@task
def decide_promotion(family: str, reference: str, by: str) -> dict[str, Any]:
    """Put a version to the gate; return the decision."""
    from dataclasses import asdict

    from tasks import promotion

    with _gate_to_ourselves(family):
        return asdict(promotion.promote(load_settings(), family, reference, by))


@task
def propose_promotion(family: str, reference: str, by: str) -> dict[str, Any]:
    """Put a version to the gate, for a person to decide; return the proposal, or the gate's refusal."""
    from dataclasses import asdict

    from tasks import promotion

    with _gate_to_ourselves(family):
        return asdict(promotion.propose(load_settings(), family, reference, by))


def ask_person(proposal: dict[str, Any], hours: float) -> dict[str, Any]:
    """Pause the flow run until a person has decided on a proposal; return the verdict. No task: those do not pause."""
    from dataclasses import asdict

    from tasks import approval
    from tasks.decision import Decision

    return asdict(approval.ask(load_settings(), Decision.from_dict(proposal), hours))


@task
def conclude_promotion(proposal: dict[str, Any], verdict: dict[str, Any]) -> dict[str, Any]:
    """Do what a person decided on a proposal; return the decision."""
    from dataclasses import asdict

    from tasks import promotion
    from tasks.decision import Decision, Verdict

    with _gate_to_ourselves(proposal["family"]):
        return asdict(promotion.conclude(load_settings(), Decision.from_dict(proposal), Verdict(**verdict)))


@task
def roll_back(family: str, by: str) -> dict[str, Any]:
    """Put the previous champion back; return the decision."""
    from dataclasses import asdict

    from tasks import promotion

    with _gate_to_ourselves(family):
        return asdict(promotion.rollback(load_settings(), family, by))


@task
def was_decided(family: str, version: int) -> bool:
    """Tell whether the gate has decided on a version; a retraining that was killed before it leaves one undecided."""
    from tasks import registry

    return "decision" in registry.find(load_settings(), family, str(version)).tags


@task
def champion_number(family: str) -> int | None:
    """Return the number of the version in use, if there is one."""
    from tasks import registry

    return registry.aliases(load_settings(), family).get(registry.CHAMPION)


def _gate_to_ourselves(family: str) -> AbstractContextManager[None]:
    """Hold the gate of a family against other machines; its lock holds it against this one's."""
    from tasks.slots import hold_slot

    return hold_slot(f"promote:{family}", wait=load_settings().lock_seconds)


@contextmanager
def only_retraining(family: str) -> Iterator[None]:
    """Be the only retraining of a family on all machines; another is waited for.

    Raises:
        AtelierError: another was at work for too long; names it.
    """
    from tasks.scheduled import retrainings
    from tasks.slots import hold_slot

    wait = load_settings().lock_seconds
    with ExitStack() as held:
        try:
            held.enter_context(hold_slot(f"retrain:{family}", wait=wait))
        except AtelierError as error:
            others = ", ".join(map(repr, retrainings(family))) or "an unnamed one"
            raise AtelierError(
                f"Another retraining of {family} was still at work after {wait:g} s: {others}."
            ) from error
        yield


def drop_missed_runs() -> None:
    """Let a scheduled run do for those of its schedule that were missed while no worker was there."""
    from prefect.runtime import deployment, flow_run

    if deployment.id is None:
        return
    from tasks.scheduled import drop_missed

    if missed := drop_missed(UUID(deployment.id), UUID(flow_run.id)):
        print(f"{missed} runs of this schedule were missed; this one does for them all.")
