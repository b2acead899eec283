"""Retraining by the clock and by events: one Prefect deployment a family, with its schedule and its triggers.

All of it is Prefect's: the deployment, its schedule, its concurrency limit, the automations. Nothing here waits, counts
or starts anything.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from prefect import get_client
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger
from prefect.runner.storage import LocalStorage
from prefect.schedules import Cron
from prefect.server.schemas.schedules import CronSchedule as ServersClock
from pydantic import ValidationError

from artmodels.accept import first_fault
from artmodels.errors import AtelierError
from artmodels.family import get_family
from tasks.approval import demand_server
from tasks.events import DATA, DRIFT, family_resource
from tasks.scheduled import Scheduled, automations_of, describe, find_schedule, resource_of
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
    triggers: list[Any] = [_trigger(family, event) for event in events]
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
        made = deployment.apply()  # type: ignore[union-attr]
        return describe(client, client.read_deployment(made))  # type: ignore[arg-type]


def foresee_retrain(
    family: str, cron: str, timezone: str, events: Sequence[str], config: Mapping[str, Any]
) -> dict[str, Any]:
    """Check what `schedule_retrain` is asked for; return when it would run next, in UTC.

    Raises:
        AtelierError: an argument is not accepted.
    """
    get_family(family).configure(config)
    clock = _clock(cron, timezone)
    for event in events:
        _trigger(family, event)
    moments = asyncio.run(ServersClock(cron=clock.cron, timezone=clock.timezone).get_dates(1))
    return {"dry_run": True, "family": family, "cron": f"{clock.cron} ({clock.timezone})", "next": moments[0]}


def pause(name: str) -> None:
    """Stop a deployment's schedules and triggers until `resume`.

    Raises:
        AtelierError: there is no such schedule, or no Prefect server.
    """
    demand_server("schedules")
    with get_client(sync_client=True) as client:
        found = find_schedule(client, name)
        client.pause_deployment(found.id)
        for automation in automations_of(client, found.id):
            client.pause_automation(automation.id)


def resume(name: str) -> None:
    """Let a deployment's schedules and triggers work again; nothing is made up for.

    Raises:
        AtelierError: there is no such schedule, or no Prefect server.
    """
    demand_server("schedules")
    with get_client(sync_client=True) as client:
        found = find_schedule(client, name)
        client.resume_deployment(found.id)
        for automation in automations_of(client, found.id):
            client.resume_automation(automation.id)


def remove(name: str) -> None:
    """Remove what `schedule_retrain` made: the deployment with its schedule and triggers. Its runs stay on record.

    Raises:
        AtelierError: there is no such schedule, or `prefect.yaml` says it, or there is no Prefect server.
    """
    demand_server("schedules")
    with get_client(sync_client=True) as client:
        found = find_schedule(client, name)
        if _TAG not in found.tags:
            raise AtelierError(
                f"{name} is written in prefect.yaml, which would bring it back: take its schedule out there; "
                f"`atelier schedule pause {name}` stops it."
            )
        client.delete_resource_owned_automations(resource_of(found.id))
        client.delete_deployment(found.id)


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
        match={"prefect.resource.id": resource},
        parameters={"trigger": {"__prefect_kind": "jinja", "template": words}},
    )
