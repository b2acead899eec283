"""`atelier up`: starts the services, waits until each is well, and stays until it is interrupted; then all end."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType
from uuid import UUID

from filelock import FileLock
from prefect.client.orchestration import SyncPrefectClient
from prefect.states import Crashed

from artmodels.errors import AtelierError
from tasks.services import health, layout, processes
from tasks.services.configuration import write_configuration
from tasks.services.plan import SERVER, TRACKING, Plan, plan_services
from tasks.services.ports import check_ports
from tasks.services.state import State, forget_state, hold_services, write_state
from tasks.settings import Settings

Tell = Callable[[str], None]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK_SECONDS = 1.0


def run_services(settings: Settings, tell: Tell) -> None:
    """Start the services, tell where they are, and stay until a signal ends them.

    Raises:
        AtelierError: they are up already, a port is taken, one of them is not well in time, or supervisord died.
    """
    plan = plan_services(settings)
    with hold_services(settings), _signals_interrupt():
        folder = Path(tempfile.mkdtemp(prefix="atelier-"))
        try:
            if left := processes.end_services(settings, None, partial(_tell_ended, plan)):
                tell(f"An `atelier up` that was killed had left {left} processes: they were ended.")
            check_ports(plan)
            _run(plan, folder / "socket", tell)
        except _InterruptedError:
            tell("Ending the services ...")
        finally:
            _ignore_signals()
            forget_state(settings)
            processes.end_services(settings, folder / "socket", partial(_tell_ended, plan))
            shutil.rmtree(folder)
    tell("All have ended.")


@dataclass(frozen=True)
class _Supervisor:
    """supervisord as a process, and as what it says of the others."""

    plan: Plan
    process: subprocess.Popen[bytes]
    socket: Path

    def states(self) -> dict[str, str]:
        if self.process.poll() is not None:
            raise AtelierError(f"supervisord has ended: {health.last_words(self.plan.log('supervisord'))}")
        try:
            with processes.ask_supervisor(self.socket) as supervisor:
                return {one["name"]: one["statename"] for one in supervisor.getAllProcessInfo()}
        except OSError:
            # It has only begun.
            return {}

    def wait_for(self, name: str, is_well: Callable[[], bool]) -> None:
        health.wait_until(is_well, name, self.plan, self.states)


def _run(plan: Plan, where: Path, tell: Tell) -> None:
    begun = datetime.now(UTC)
    state = State(
        api_url=plan.api_url, tracking_uri=plan.tracking_uri, socket=where, since=begun, variables=plan.variables()
    )
    write_state(plan.settings, state)
    tell(f"Starting {', '.join(plan.names)}; logs: {plan.log_folder}")
    process = processes.start_supervisor(plan, write_configuration(plan, where))
    supervisor = _Supervisor(plan, process, where)
    with health.open_prefect(plan.api_url, health.auth_of(plan.settings)) as client:
        # MLflow makes its tables when it is first asked; two that do so at once leave half of them.
        with FileLock(plan.settings.scratch / "registry.lock"):
            _start_servers(plan, supervisor, client)
        _start_workers(plan, supervisor, client, begun)
    write_state(plan.settings, state.model_copy(update={"ready": True}))
    tell(f"Up after {(datetime.now(UTC) - begun).total_seconds():.0f} s:")
    tell(f"  Prefect  {plan.api_url.removesuffix('/api')}")
    tell(f"  MLflow   {plan.tracking_uri}")
    tell("Every `atelier` command in this project uses them now. Prefect's and MLflow's own, and Python, after:")
    for name, value in {"PREFECT_API_URL": plan.api_url, "MLFLOW_TRACKING_URI": plan.tracking_uri}.items():
        tell(f"  export {name}={value}")
    tell("Ctrl-C ends all.")
    _stay(plan, supervisor, tell)


def _start_servers(plan: Plan, supervisor: _Supervisor, client: SyncPrefectClient) -> None:
    """Wait for the servers; the layout goes to Prefect's while MLflow's still starts."""
    if SERVER in plan.names:
        supervisor.wait_for(SERVER, lambda: health.prefect_answers(plan.api_url))
    elif not health.prefect_answers(plan.api_url):
        raise AtelierError(f"No Prefect server answers at {plan.api_url}, which PREFECT_API_URL names.")
    layout.apply_layout(plan, client)
    if TRACKING in plan.names:
        supervisor.wait_for(TRACKING, lambda: health.mlflow_answers(plan.tracking_uri))


def _start_workers(plan: Plan, supervisor: _Supervisor, client: SyncPrefectClient, begun: datetime) -> None:
    workers = {service.name: service.pool for service in plan.services if service.pool}
    with processes.ask_supervisor(supervisor.socket) as asked:
        for name in workers:
            asked.startProcess(name, False)
    for name, pool in workers.items():
        supervisor.wait_for(name, lambda pool=pool: health.worker_is_online(client, pool, begun))  # type: ignore[misc]


def _stay(plan: Plan, supervisor: _Supervisor, tell: Tell) -> None:
    """Stay until a signal; say once of each service that it cannot be kept running."""
    given_up: set[str] = set()
    while True:
        time.sleep(_LOOK_SECONDS)
        lost = {name for name, state in supervisor.states().items() if state == "FATAL"} - given_up
        for name in sorted(lost):
            tell(f"{name} dies whenever it is started: {health.last_words(plan.log(name))}")
        given_up |= lost


def _tell_ended(plan: Plan, runs: set[str]) -> None:
    """Tell the server of runs that were ended: a process that is told to go seldom says so itself."""
    if not health.prefect_answers(plan.api_url):
        return
    with health.open_prefect(plan.api_url, health.auth_of(plan.settings)) as client:
        for run in sorted(runs):
            state = client.read_flow_run(UUID(run)).state
            if state is None or not state.is_final():
                message = "It was ended with the services: run it again, and it goes on."
                client.set_flow_run_state(UUID(run), Crashed(message=message), force=True)


class _InterruptedError(BaseException):
    """A signal wants the end."""


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """Turn the first signal into an exception; those that follow are ignored, so that the ending is not cut short."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        _ignore_signals()
        raise _InterruptedError

    before = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
