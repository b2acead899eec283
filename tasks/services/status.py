"""`atelier status`: what is up, which models are in use, what is scheduled next, what ran last and how it ended."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterNextScheduledStartTime,
    FlowRunFilterParentTaskRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from pydantic import BaseModel

from artmodels.errors import AtelierError
from tasks import registry
from tasks.registry import CHALLENGER, Version
from tasks.services import health, processes
from tasks.services.plan import SERVER, TRACKING, Plan, plan_services
from tasks.services.state import State, read_state
from tasks.settings import Settings

_ROWS = 5
"""How many runs are told of, to come and done."""

_WIDTH = 40
"""Characters of a run's parameters that are shown."""

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

_MD5 = 8
"""Characters of a digest that a person compares."""


class ServiceLine(BaseModel):
    """A service: supervisord's word on it, and for servers whether they answer."""

    name: str
    state: str
    address: str = ""
    since: datetime | None = None


class ModelLine(BaseModel):
    """A version in use, or waiting to be."""

    family: str
    alias: str
    version: int
    since: datetime | None
    data_md5: str


class RunLine(BaseModel):
    """A flow run: when it began, or is to begin, and how it ended."""

    flow: str
    parameters: str
    name: str
    at: datetime | None
    seconds: float | None = None
    state: str
    message: str = ""


class Status(BaseModel):
    """All that is told; what could not be asked is a sentence in `notes`."""

    up: bool
    services: list[ServiceLine]
    models: list[ModelLine]
    scheduled: list[RunLine]
    ran: list[RunLine]
    notes: list[str]


def read_status(settings: Settings) -> Status:
    """Ask supervisord, the registry and the Prefect server; each that does not answer leaves a note."""
    state, notes = read_state(settings), list[str]()
    services = _services(settings, state)
    if state is None:
        notes.append("The services are not up: `atelier up` starts them.")
    models, scheduled, ran = list[ModelLine](), list[RunLine](), list[RunLine]()
    try:
        models = _models(settings)
    except AtelierError as error:
        notes.append(str(error))
    # Without a server Prefect would start one of its own, which takes longer than anyone waits.
    api_url = state.api_url if state else os.environ.get("PREFECT_API_URL")
    if api_url and health.prefect_answers(api_url):
        with health.open_prefect(api_url, health.auth_of(settings)) as client:
            scheduled, ran = _next_runs(client), _last_runs(client)
    elif api_url:
        notes.append(f"The Prefect server {api_url} does not answer.")
    return Status(up=state is not None, services=services, models=models, scheduled=scheduled, ran=ran, notes=notes)


def _services(settings: Settings, state: State | None) -> list[ServiceLine]:
    if state is None:
        return []
    try:
        with processes.ask_supervisor(state.socket) as supervisor:
            told = supervisor.getAllProcessInfo()
    except OSError:
        # It has only begun, or was killed.
        return []
    plan = plan_services(settings)
    return [_service(plan, one) for one in told if one["name"] in plan.names]


def _service(plan: Plan, told: dict[str, object]) -> ServiceLine:
    name, state = str(told["name"]), str(told["statename"]).lower()
    addresses = {SERVER: plan.api_url.removesuffix("/api"), TRACKING: plan.tracking_uri}
    probes = {SERVER: (health.prefect_answers, plan.api_url), TRACKING: (health.mlflow_answers, plan.tracking_uri)}
    if name in probes and state == "running":
        answers, url = probes[name]
        state = "up" if answers(url) else "does not answer"
    since = datetime.fromtimestamp(int(str(told["start"])), UTC) if told["start"] else None
    return ServiceLine(name=name, state=state, address=addresses.get(name, ""), since=since)


def _models(settings: Settings) -> list[ModelLine]:
    path = settings.mlflow_uri.removeprefix("sqlite:///")
    if path != settings.mlflow_uri and not Path(path).is_file():
        # To look is no reason to make a registry.
        return []
    return [_model(alias, version) for alias, version in registry.named_versions(settings)]


def _model(alias: str, version: Version) -> ModelLine:
    decision = json.loads(version.tags.get("decision", "{}"))
    # A refusal moves no alias.
    moved = alias != CHALLENGER and decision.get("action") in ("promoted", "rolled back")
    return ModelLine(
        family=version.family,
        alias=alias,
        version=version.number,
        since=datetime.fromisoformat(decision["at"]) if moved else version.created,
        data_md5=version.tags.get("data_md5", "")[:_MD5],
    )


def _next_runs(client: SyncPrefectClient) -> list[RunLine]:
    wanted = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        next_scheduled_start_time=FlowRunFilterNextScheduledStartTime.model_validate({"after_": _LONG_AGO}),
    )
    runs = client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.NEXT_SCHEDULED_START_TIME_ASC, limit=200)
    # Prefect schedules months ahead: the next of each kind tells all.
    lines = {(run.deployment_id, _parameters(run)): run for run in reversed(runs)}
    first = sorted(lines.values(), key=lambda run: run.next_scheduled_start_time or _LONG_AGO)[:_ROWS]
    return [_run(client, run, run.next_scheduled_start_time) for run in first]


def _last_runs(client: SyncPrefectClient) -> list[RunLine]:
    wanted = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(not_any_=[StateType.SCHEDULED])),
        # Flows that a flow called are part of it.
        parent_task_run_id=FlowRunFilterParentTaskRunId(is_null_=True),
    )
    runs = client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.START_TIME_DESC, limit=_ROWS)
    return [_run(client, run, run.start_time or run.expected_start_time) for run in runs]


def _run(client: SyncPrefectClient, run: FlowRun, at: datetime | None) -> RunLine:
    state = run.state
    failed = state is not None and state.type in (StateType.FAILED, StateType.CRASHED, StateType.CANCELLED)
    return RunLine(
        flow=client.read_flow(run.flow_id).name,
        parameters=_parameters(run),
        name=run.name,
        at=at,
        seconds=run.total_run_time.total_seconds() if run.start_time else None,
        state=(state.name or "") if state else "",
        message=(state.message or "") if failed and state else "",
    )


def _parameters(run: FlowRun) -> str:
    text = " ".join(f"{name}={value}" for name, value in run.parameters.items() if value not in (None, {}, [], ""))
    return text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."
