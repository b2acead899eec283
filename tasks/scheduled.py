"""What Prefect starts by itself, how it fares, and which of its runs there are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events.schemas.automations import Automation
from prefect.runtime import flow_run
from prefect.states import Cancelled

from artmodels.accept import meant
from artmodels.errors import AtelierError
from tasks.approval import demand_server


@dataclass(frozen=True)
class Scheduled:
    """A deployment that Prefect starts by itself, and how it fares."""

    deployment: str
    cron: str
    triggers: tuple[str, ...]
    paused: bool
    next: datetime | None
    last: datetime | None
    ended: str


def scheduled() -> list[Scheduled]:
    """Return all deployments that have a schedule, by name, those of `prefect.yaml` included.

    Raises:
        AtelierError: there is no Prefect server.
    """
    demand_server("schedules")
    with get_client(sync_client=True) as client:
        return [describe(client, found[1]) for found in sorted(_deployments(client).items())]


def drop_missed(deployment: UUID, run: UUID) -> int:
    """Cancel the scheduled runs of a deployment that came due while nobody was there: this run does for them all.

    Only those of the clock: what an event or a person asked for has a reason of its own. Returns how many.
    """
    with get_client(sync_client=True) as client:
        there = client.read_flow_runs(flow_run_filter=_runs(deployment, StateType.SCHEDULED))
        missed = [one for one in there if one.id != run and one.auto_scheduled and _is_overdue(one)]
        for one in missed:
            client.set_flow_run_state(one.id, Cancelled(message="Missed: a later run did for it."), force=True)
    return len(missed)


def retrainings(family: str) -> list[str]:
    """Return the names of the flow runs that retrain a family now, without the one that asks."""
    running = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING])))
    with get_client(sync_client=True) as client:
        there = client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=["retrain"])), flow_run_filter=running
        )
    return [run.name for run in there if run.parameters.get("family") == family and str(run.id) != flow_run.id]


def describe(client: SyncPrefectClient, deployment: DeploymentResponse) -> Scheduled:
    """Tell how a deployment is started, when next, and how its last run ended."""
    running: list[StateType] = [kind for kind in StateType if kind != StateType.SCHEDULED]
    coming = _first(client, deployment.id, [StateType.SCHEDULED], FlowRunSort.EXPECTED_START_TIME_ASC)
    last = _first(client, deployment.id, running, FlowRunSort.START_TIME_DESC)
    clocks = [one.schedule for one in deployment.schedules]
    asleep = deployment.paused or not any(one.active for one in deployment.schedules)
    return Scheduled(
        deployment=_name(client, deployment),
        cron=", ".join(f"{clock.cron} ({clock.timezone})" for clock in clocks if isinstance(clock, CronSchedule)),
        triggers=tuple(automation.name for automation in automations_of(client, deployment.id)),
        paused=asleep,
        next=coming.expected_start_time if coming and not asleep else None,
        last=last.start_time if last else None,
        ended=_ended(last) if last else "",
    )


def _ended(run: FlowRun) -> str:
    state = run.state
    assert state is not None
    message = " ".join((state.message or "").split())
    return f"{state.name}{f': {message}' if message else ''}"


def _first(client: SyncPrefectClient, deployment: UUID, states: list[StateType], sort: FlowRunSort) -> FlowRun | None:
    found = client.read_flow_runs(flow_run_filter=_runs(deployment, *states), sort=sort, limit=1)
    return found[0] if found else None


def _is_overdue(run: FlowRun) -> bool:
    """Tell a run that came due from one of the future; one that waits for the deployment's slot has a later time."""
    waits = run.state is not None and run.state.name in ("Late", "AwaitingConcurrencySlot")
    return waits or (run.expected_start_time is not None and run.expected_start_time <= datetime.now(UTC))


def _runs(deployment: UUID, *states: StateType) -> FlowRunFilter:
    return FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[deployment]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states))),
    )


def _deployments(client: SyncPrefectClient) -> dict[str, DeploymentResponse]:
    """Return the deployments that have a schedule, by their full names."""
    found: list[DeploymentResponse] = []
    while page := client.read_deployments(limit=200, offset=len(found)):
        found += page
    return {_name(client, one): one for one in found if one.schedules}


def _name(client: SyncPrefectClient, deployment: DeploymentResponse) -> str:
    return f"{client.read_flow(deployment.flow_id).name}/{deployment.name}"


def find_schedule(client: SyncPrefectClient, name: str) -> DeploymentResponse:
    """Return the deployment of a schedule by its name, such as `retrain/style`.

    Raises:
        AtelierError: there is none; the message names those that there are.
    """
    known = _deployments(client)
    if name not in known:
        raise unknown_schedule(name, known)
    return known[name]


def unknown_schedule(name: str, known: Iterable[str]) -> AtelierError:
    """Return the fault of a name that no schedule has."""
    names = sorted(known)
    return AtelierError(f"There is no schedule {name!r}{meant(name, names)}; known are {', '.join(names) or 'none'}.")


def automations_of(client: SyncPrefectClient, deployment: UUID) -> list[Automation]:
    """Return the triggers of a deployment."""
    return client.read_resource_related_automations(resource_of(deployment))


def resource_of(deployment: UUID) -> str:
    """Return a deployment as Prefect's events name it."""
    return f"prefect.deployment.{deployment}"
