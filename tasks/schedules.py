"""Retraining by the clock and by events: one Prefect deployment a family, with its schedule and its triggers.

All of it is Prefect's: the deployment, its schedule, its concurrency limit, the automations. Nothing here waits, counts
or starts anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args
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
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy, FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger
from prefect.events.schemas.automations import Automation
from prefect.runner.storage import LocalStorage
from prefect.runtime import flow_run
from prefect.schedules import Cron
from prefect.states import Cancelled
from pydantic import ValidationError

from artmodels.accept import first_fault
from artmodels.errors import AtelierError
from artmodels.family import get_family
from tasks.approval import demand_server
from tasks.events import DATA, DRIFT, family_resource
from tasks.settings import Settings

FLOW = "retrain"
"""The flow that is scheduled here."""

POOL = "gpu"
"""The work pool that trains."""

Event = Literal["data", "drift"]
"""What a retraining may be triggered by, besides the clock."""

_TAG = "atelier-schedule"
"""Tells the deployments that are made here from those of `prefect.yaml`."""

_SLUG = "clock"
_ENTRYPOINT = f"flows/{FLOW}.py:{FLOW}"


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


def schedule_retrain(
    settings: Settings,
    family: str,
    cron: str,
    timezone: str,
    events: Sequence[str] = (),
    config: Mapping[str, Any] | None = None,
    approval: bool = False,
) -> Scheduled:
    """Retrain a family by the clock, and when an event asks for it; what was scheduled for it before is replaced.

    Args:
        settings: of the project, in whose folder a worker runs it.
        family: to retrain.
        cron: when, in five fields.
        timezone: that `cron` is meant in, by its IANA name.
        events: besides, on `data` (there is a new version) or `drift` (the model in use does worse on new works).
        config: options of the family that differ from their defaults.
        approval: whether a person decides about the promotion.

    Raises:
        AtelierError: an argument is not accepted, or there is no Prefect server, or it has no work pool `gpu`.
    """
    get_family(family).configure(config or {})
    clock = _clock(cron, timezone)
    triggers = [_trigger(family, event) for event in events]
    demand_server("schedules")
    deployment = RunnerDeployment.from_storage(
        LocalStorage(str(settings.root)),
        _ENTRYPOINT,
        family,
        description=f"Retrain {family}: made by `atelier schedule retrain`.",
        parameters={"family": family, "config": dict(config or {}), "approval": approval},
        schedules=[
            Cron(
                clock.cron,
                timezone=clock.timezone,
                slug=_SLUG,
                parameters={"trigger": f"the schedule {clock.cron} ({clock.timezone})"},
            )
        ],
        triggers=triggers,
        # What an event asks for while another run is at work must wait, not be lost.
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE),
        work_pool_name=POOL,
        tags=[_TAG, family],
        paused=False,
    )
    with get_client(sync_client=True) as client:
        if POOL not in {pool.name for pool in client.read_work_pools()}:
            raise AtelierError(
                f"The Prefect server has no work pool {POOL!r}: `atelier up` makes it, or "
                f"`prefect work-pool create --type process {POOL}`."
            )
        return _described(client, client.read_deployment(deployment.apply()))


def scheduled() -> list[Scheduled]:
    """Return all deployments that have a schedule, by name, those of `prefect.yaml` included.

    Raises:
        AtelierError: there is no Prefect server.
    """
    demand_server("schedules")
    with get_client(sync_client=True) as client:
        return [_described(client, found[1]) for found in sorted(_deployments(client).items())]


def pause(name: str) -> None:
    """Stop a deployment's schedules and triggers until `resume`.

    Raises:
        AtelierError: there is no such schedule, or no Prefect server.
    """
    demand_server("schedules")
    with get_client(sync_client=True) as client:
        found = _find(client, name)
        client.pause_deployment(found.id)
        for automation in _automations(client, found.id):
            client.pause_automation(automation.id)


def resume(name: str) -> None:
    """Let a deployment's schedules and triggers work again; nothing is made up for.

    Raises:
        AtelierError: there is no such schedule, or no Prefect server.
    """
    demand_server("schedules")
    with get_client(sync_client=True) as client:
        found = _find(client, name)
        client.resume_deployment(found.id)
        for automation in _automations(client, found.id):
            client.resume_automation(automation.id)


def remove(name: str) -> None:
    """Remove what `schedule_retrain` made: the deployment with its schedule and triggers. Its runs stay on record.

    Raises:
        AtelierError: there is no such schedule, or `prefect.yaml` says it, or there is no Prefect server.
    """
    demand_server("schedules")
    with get_client(sync_client=True) as client:
        found = _find(client, name)
        if _TAG not in found.tags:
            raise AtelierError(
                f"{name} is written in prefect.yaml, which would bring it back: take its schedule out there; "
                f"`atelier schedule pause {name}` stops it."
            )
        client.delete_resource_owned_automations(_resource(found.id))
        client.delete_deployment(found.id)


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
        there = client.read_flow_runs(flow_filter=FlowFilter(name=FlowFilterName(any_=[FLOW])), flow_run_filter=running)
    return [run.name for run in there if run.parameters.get("family") == family and str(run.id) != flow_run.id]


def _clock(cron: str, timezone: str) -> CronSchedule:
    fields = 'five fields, minute, hour, day, month and day of the week, such as "0 3 * * 1"'
    if len(cron.split()) != 5:
        # Six, of which one is seconds, would be accepted.
        raise AtelierError(f"cron={cron!r} is not accepted: write {fields}.")
    try:
        return CronSchedule(cron=" ".join(cron.split()), timezone=timezone)
    except ValidationError as error:
        field, value, _ = first_fault(error)
        accepted = {"cron": fields, "timezone": "an IANA name, such as Europe/Vienna"}[field]
        raise AtelierError(f"{field}={value!r} is not accepted: write {accepted}.") from error


def _trigger(family: str, event: str) -> DeploymentEventTrigger:
    if event not in get_args(Event):
        raise AtelierError(f"on={event!r} is not accepted: {' or '.join(get_args(Event))}.")
    name, resource, words = {
        "data": (DATA, DATA, "data {{ event.payload.data_md5 }}"),
        "drift": (DRIFT, family_resource(family), "drift: {{ event.payload.figure }}"),
    }[event]
    return DeploymentEventTrigger(
        name=f"retrain {family} on {event}",
        expect={name},
        match={"prefect.resource.id": resource},  # type: ignore[arg-type]
        parameters={"trigger": {"__prefect_kind": "jinja", "template": words}},
    )


def _described(client: SyncPrefectClient, deployment: DeploymentResponse) -> Scheduled:
    running = [kind for kind in StateType if kind != StateType.SCHEDULED]
    coming = _first(client, deployment.id, [StateType.SCHEDULED], FlowRunSort.EXPECTED_START_TIME_ASC)
    last = _first(client, deployment.id, running, FlowRunSort.START_TIME_DESC)
    clocks = [one.schedule for one in deployment.schedules]
    asleep = deployment.paused or not any(one.active for one in deployment.schedules)
    return Scheduled(
        deployment=_name(client, deployment),
        cron=", ".join(f"{clock.cron} ({clock.timezone})" for clock in clocks if isinstance(clock, CronSchedule)),
        triggers=tuple(automation.name for automation in _automations(client, deployment.id)),
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


def _find(client: SyncPrefectClient, name: str) -> DeploymentResponse:
    known = _deployments(client)
    if name not in known:
        raise AtelierError(f"There is no schedule {name!r}; known are {', '.join(sorted(known)) or 'none'}.")
    return known[name]


def _automations(client: SyncPrefectClient, deployment: UUID) -> list[Automation]:
    """Return the triggers of a deployment."""
    return client.read_resource_related_automations(_resource(deployment))


def _resource(deployment: UUID) -> str:
    return f"prefect.deployment.{deployment}"
