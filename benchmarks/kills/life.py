"""Drives a deployment to its end through kills: submits it, strikes at the wanted moments, submits it again."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import PrefectHTTPStatusError
from prefect.states import Scheduled

from benchmarks.kills.victims import Killer

PATIENCE = 900.0
"""Seconds in which a run must have come to its end, with all its repetitions."""

SILENCE = {"RUNNING": 20.0, "PENDING": 60.0}
"""Seconds without a process after which a run is taken for dead: one whose worker was killed cannot say so."""

T = TypeVar("T")


@dataclass(frozen=True)
class Blow:
    """One kill: so many seconds after its phase has begun."""

    phase: str
    victim: str
    moment: float
    begun: Callable[[], bool]


@dataclass
class Story:
    """How the runs ended that it took, who was killed on the way (and how many processes), and how long it took."""

    ends: list[str] = field(default_factory=list)
    kills: list[tuple[str, str, int]] = field(default_factory=list)
    seconds: float = 0.0


def drive(
    client: SyncPrefectClient, deployment: str, parameters: dict[str, Any], blows: list[Blow], killer: Killer
) -> Story:
    """Submit a deployment until a run of it has completed, striking the blows in their order.

    Raises:
        RuntimeError: nothing completed in `PATIENCE` seconds.
    """
    story, started, waiting = Story(), time.monotonic(), list(blows)
    while story.ends[-1:] != ["COMPLETED"]:
        if time.monotonic() - started > PATIENCE:
            raise RuntimeError(f"{deployment} {parameters} has not completed: {story}")
        story.ends.append(_follow(client, _submit(client, deployment, parameters), waiting, killer, story))
        if story.ends[-1] != "COMPLETED":
            # A lease that its holder left runs out meanwhile.
            time.sleep(5)
    story.seconds = time.monotonic() - started
    return story


def _follow(client: SyncPrefectClient, run: UUID, waiting: list[Blow], killer: Killer, story: Story) -> str:
    """Follow a run to its end, and strike; return how it ended."""
    seen = started = time.monotonic()
    while True:
        if waiting and waiting[0].begun():
            blow = waiting.pop(0)
            time.sleep(blow.moment)
            story.kills.append((blow.phase, blow.victim, killer.strike(blow.victim)))
        if str(run) in killer.runs_alive():
            seen = time.monotonic()
        state = patiently(lambda: client.read_flow_run(run)).state
        kind = state.type.value if state else ""
        if kind in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
            return kind
        if time.monotonic() - seen > SILENCE.get(kind, PATIENCE):
            return f"SILENT ({kind.lower()})"
        if time.monotonic() - started > PATIENCE:
            return "LATE"
        time.sleep(0.2)


def _submit(client: SyncPrefectClient, deployment: str, parameters: dict[str, Any]) -> UUID:
    def attempt() -> FlowRun:
        found = client.read_deployment_by_name(deployment)
        return client.create_flow_run_from_deployment(found.id, parameters=parameters, state=Scheduled())

    return patiently(attempt).id


def patiently(attempt: Callable[[], T]) -> T:
    """Ask again while the server is away: it may be the one that was killed."""
    deadline = time.monotonic() + 180
    while True:
        try:
            return attempt()
        except (httpx.HTTPError, PrefectHTTPStatusError):
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
