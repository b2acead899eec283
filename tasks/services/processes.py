"""The processes of the services: supervisord, what it keeps running, and what those have started."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from supervisor.childutils import getRPCInterface

from tasks.services.plan import MARK, Plan
from tasks.settings import Settings

RUN = "PREFECT__FLOW_RUN_ID"
"""The variable that Prefect gives to the process of a flow run."""

_PATIENCE = 10.0


def start_supervisor(plan: Plan, configuration: Path) -> subprocess.Popen[bytes]:
    """Start supervisord; in a session of its own, since Ctrl-C is `atelier up`'s to answer."""
    return subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--silent", "--configuration", configuration],
        cwd=plan.settings.root,
        env=plan.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@contextmanager
def ask_supervisor(socket: Path) -> Iterator[Any]:
    """Give supervisord's own interface, `getAllProcessInfo()` and its like."""
    with getRPCInterface({"SUPERVISOR_SERVER_URL": f"unix://{socket}"}) as proxy:
        yield proxy.supervisor


def processes_of(settings: Settings) -> list[psutil.Process]:
    """Return all processes that carry this project's mark, whoever started them."""
    found = []
    for process in psutil.process_iter():
        # Another user's, or gone meanwhile.
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == str(settings.scratch):
                found.append(process)
    return found


def runs_of(settings: Settings) -> dict[psutil.Process, str]:
    """Return the processes of flow runs, and what those have started, with the id of the run."""
    found = {}
    for process in processes_of(settings):
        with contextlib.suppress(psutil.Error):
            if run := process.environ().get(RUN):
                found[process] = run
    return found


def end_services(settings: Settings, socket: Path | None, tell_server: Callable[[set[str]], None]) -> int:
    """End all that carries the mark: workers take no more, then runs end, then the servers. Who does not is killed.

    Args:
        settings: of the project.
        socket: of supervisord, if it is known.
        tell_server: hears the ids of the runs that were ended, while the server is still there.

    Returns:
        how many processes there were.
    """
    count = len(processes_of(settings))
    # A worker that is told to stop may end its runs before they are looked for.
    runs = runs_of(settings)
    if socket is not None:
        with contextlib.suppress(OSError), ask_supervisor(socket) as supervisor:
            for info in supervisor.getAllProcessInfo():
                if info["name"].startswith("worker-") and info["statename"] == "RUNNING":
                    supervisor.stopProcess(info["name"], False)
    runs |= runs_of(settings)
    _end(list(runs))
    if runs:
        tell_server(set(runs.values()))
    supervisors = [process for process in processes_of(settings) if _is_supervisor(process)]
    # It ends the rest, one after the other.
    _end(supervisors, patience=4 * _PATIENCE)
    _end(processes_of(settings))
    return count


def _end(processes: list[psutil.Process], patience: float = _PATIENCE) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGTERM)
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=patience)


def _is_supervisor(process: psutil.Process) -> bool:
    try:
        return "supervisor.supervisord" in process.cmdline()
    except psutil.Error:
        return False
