"""Asking a person about a promotion, and answering: thin over Prefect's paused flow runs and their forms.

While it is asked nothing is held, neither the gate nor its slot. Silence is a refusal, and so is any doubt.
"""

import sys
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from prefect import get_client
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    ArtifactFilterKey,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
)
from prefect.client.schemas.filters import FlowRunFilterStateType as StateTypes
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import pause_flow_run, resume_flow_run
from prefect.input import RunInput
from prefect.runtime import flow_run
from prefect.settings.context import get_current_settings
from prefect.states import Running
from pydantic import Field

from artmodels.accept import accept
from artmodels.errors import AtelierError
from tasks.approval_page import approval_page, figures_of, title
from tasks.decision import Decision, Verdict
from tasks.settings import Settings

FLOW = "promote"
"""The flow that waits."""

_LOOK_AGAIN = 3
"""Seconds between looks for an answer."""


class Answer(RunInput):
    """The form that a person fills in."""

    approve: bool = Field(False, description="Put the challenger in use.")
    reason: str = Field(min_length=1, max_length=500, description="Why; it is kept with the model.")
    by: str = Field(min_length=1, max_length=100, description="Your name; it is kept with the model.")


@dataclass(frozen=True)
class Waiting:
    """A promotion that waits for a person."""

    id: UUID
    name: str
    family: str
    since: datetime
    until: datetime
    address: str


def ask(settings: Settings, proposal: Decision, hours: float) -> Verdict:
    """Pause the flow run until a person has decided; called from the flow itself, since Prefect pauses no task.

    Where there is no Prefect server the person at the terminal is asked.

    Returns:
        what they said; a refusal if nobody did within `hours`, or if the answer cannot be read.
    """
    if not has_server():
        return _ask_terminal(proposal)
    page = approval_page(settings, proposal)
    create_markdown_artifact(page, key=_key(proposal.family), description=title(proposal))
    print(f"{title(proposal)} A person decides within {hours:g} h: {_address(UUID(flow_run.id))}")
    form = Answer.with_initial_data(description=page)
    try:
        answer = pause_flow_run(wait_for_input=form, timeout=round(hours * 3600), poll_interval=_LOOK_AGAIN)
        return Verdict(answer.approve, " ".join(answer.reason.split()), " ".join(answer.by.split()))
    except FlowPauseTimeout:
        _go_on()
        return Verdict(False, f"no answer within {hours:g} h", "nobody")
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, it is a refusal
        return Verdict(False, f"the answer cannot be read: {' '.join(str(error).split())[:200]}", "nobody")


def has_server() -> bool:
    """Tell whether there is a Prefect server, or its API lives in this process only."""
    return get_current_settings().api.url is not None


def waiting() -> list[Waiting]:
    """Return the promotions that wait for a person, the oldest first.

    Raises:
        AtelierError: there is no Prefect server.
    """
    demand_server("approvals")
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[FLOW])),
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=StateTypes(any_=[StateType.PAUSED]))),
        )
    return sorted(map(_waiting, runs), key=lambda one: one.since)


def page_of(one: Waiting) -> str:
    """Return the page about a promotion that waits, in Markdown; empty where its run has left none.

    Raises:
        AtelierError: there is no Prefect server.
    """
    demand_server("approvals")
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(
            artifact_filter=ArtifactFilter(
                key=ArtifactFilterKey(any_=[_key(one.family)]), flow_run_id=ArtifactFilterFlowRunId(any_=[one.id])
            )
        )
    return str(found[0].data) if found else ""


def find_waiting(reference: str) -> Waiting:
    """Return the promotion that a family, or the beginning of a run's id, names.

    Raises:
        AtelierError: none waits of that name, or several do.
    """
    there = waiting()
    # The beginning of an id has four digits or more.
    found = [one for one in there if reference in (one.family, str(one.id)[: max(4, len(reference))])]
    if len(found) != 1:
        names = ", ".join(f"{one.family} ({str(one.id)[:8]})" for one in there) or "none"
        how = "several" if found else "no"
        raise AtelierError(f"{reference!r} names {how} promotion that waits for a person; waiting: {names}.")
    return found[0]


def answer(reference: str, approve: bool, reason: str, by: str) -> Waiting:
    """Approve or refuse the promotion that `find_waiting` finds.

    Raises:
        AtelierError: none waits of that name, or several do, or it has ended meanwhile; or nobody says why.
    """
    given = accept(Answer, {"approve": approve, "reason": reason, "by": by})
    found = find_waiting(reference)
    try:
        resume_flow_run(found.id, run_input=given.model_dump())
    except (FlowPauseTimeout, RuntimeError) as error:
        raise AtelierError(f"{found.name!r} waits no longer: {' '.join(str(error).split())}") from error
    return found


def outcome(run: UUID, seconds: float = 60) -> str:
    """Wait for the end of a flow run; return in words how it ended, or that it has not."""
    end = time.monotonic() + seconds
    with get_client(sync_client=True) as client:
        while time.monotonic() < end:
            state = client.read_flow_run(run).state
            if state is not None and state.is_final():
                return f"{state.name}{f': {state.message}' if state.message else ''}"
            time.sleep(1)
    return "not ended yet; if its process has died, nothing is promoted: put the model to the gate again"


def demand_server(what: str) -> None:
    """Raise AtelierError unless there is a Prefect server."""
    if not has_server():
        raise AtelierError(
            f"There is no Prefect server, and {what} need one: start it with `atelier up`, and set PREFECT_API_URL to "
            "the address that it prints."
        )


def _key(family: str) -> str:
    return f"approval-{family}"


def _ask_terminal(proposal: Decision) -> Verdict:
    if not (sys.stdin and sys.stdin.isatty()):
        return Verdict(False, "approval needs a Prefect server (`atelier up`) or a person at the terminal", "nobody")
    for name, *figures in figures_of(proposal):
        print(f"  {name:22} {' '.join(f'{figure:>12}' for figure in figures)}")
    try:
        yes = input(f"{title(proposal)} [y/N] ").strip().lower() in ("y", "yes")
        reason = input("Why? ").strip() or "no reason given"
    except EOFError:
        return Verdict(False, "no answer at the terminal", "nobody")
    return Verdict(yes, " ".join(reason.split()), proposal.by)


def _go_on() -> None:
    """Let a run whose pause has expired run on: its tasks, which record the refusal, would not start in it."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(UUID(flow_run.id), Running(message="Nobody answered in time."), force=True)


def _waiting(run: FlowRun) -> Waiting:
    state = run.state
    assert state is not None
    assert state.state_details.pause_timeout is not None
    family = str(run.parameters.get("family"))
    return Waiting(run.id, run.name, family, state.timestamp, state.state_details.pause_timeout, _address(run.id))


def _address(run: UUID) -> str:
    return f"{get_current_settings().ui_url}/runs/flow-run/{run}"
