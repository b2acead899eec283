"""Whether the services are well: the servers are asked through HTTP, the workers' heartbeats of the Prefect server."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx
from prefect.client.orchestration import SyncPrefectClient

from artmodels.errors import AtelierError
from tasks.services.plan import Plan, credentials, worker_name
from tasks.settings import Settings

_PAUSE = 0.3


def open_prefect(api_url: str, auth: str | None) -> SyncPrefectClient:
    """Return a client of exactly this server, whatever the environment says."""
    return SyncPrefectClient(api_url, auth_string=auth)


def prefect_answers(api_url: str) -> bool:
    """Tell whether a Prefect server is well."""
    return _answers(f"{api_url}/health")


def mlflow_answers(tracking_uri: str) -> bool:
    """Tell whether an MLflow server is well."""
    return _answers(f"{tracking_uri}/health")


def worker_is_online(client: SyncPrefectClient, pool: str, since: datetime) -> bool:
    """Tell whether this machine's worker of a pool has given a sign of life since then."""
    return any(
        worker.name == worker_name(pool) and worker.last_heartbeat_time and worker.last_heartbeat_time >= since
        for worker in client.read_workers_for_work_pool(pool)
    )


def wait_until(is_well: Callable[[], bool], name: str, plan: Plan, states: Callable[[], dict[str, str]]) -> None:
    """Wait until a service is well.

    Args:
        is_well: asks it.
        name: of the service.
        plan: to which it belongs.
        states: supervisord's word on all services; raises `AtelierError` where it is gone.

    Raises:
        AtelierError: it was given up, or was not well within `ready_seconds`; with the last line of its log.
    """
    deadline = time.monotonic() + plan.settings.ready_seconds
    while not is_well():
        if states().get(name) == "FATAL":
            raise AtelierError(f"{name} cannot be started: {last_words(plan.log(name))}")
        if time.monotonic() > deadline:
            raise AtelierError(
                f"{name} is not well after {plan.settings.ready_seconds:g} s: {last_words(plan.log(name))}"
            )
        time.sleep(_PAUSE)


def last_words(log: Path) -> str:
    """Return the last line of a log and its path."""
    try:
        lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    except FileNotFoundError:
        lines = []
    last = next((line for line in reversed(lines) if line), "it said nothing")
    return f"{last} ({log})"


def auth_of(settings: Settings) -> str | None:
    """Return what Prefect's client shows the server."""
    return credentials(settings).get("PREFECT_API_AUTH_STRING")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False
