"""The processes that are killed, and how each is found."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from tasks.services.processes import RUN, processes_of
from tasks.settings import Settings
from tests.servers import Postgres

TRAINER = "trainer"
VICTIMS = ["flow run", "worker", "Prefect server", "MLflow server", "PostgreSQL"]

Test = Callable[[str, bool], bool]

_TESTS: dict[str, Test] = {
    TRAINER: lambda command, in_run: "tasks.training" in command,
    # Not what it has started: the trainer, DVC.
    "flow run": lambda command, in_run: in_run and "prefect" in command,
    "worker": lambda command, in_run: "prefect worker start" in command,
    "Prefect server": lambda command, in_run: not in_run and "prefect" in command and "server" in command,
    "MLflow server": lambda command, in_run: not in_run and "mlflow" in command and "server" in command,
}
"""By the command, and whether it belongs to a flow run, among what carries the mark of the studio's services."""


@dataclass(frozen=True)
class Killer:
    """Kills processes of one studio."""

    settings: Settings
    cluster: Postgres | None

    def strike(self, victim: str) -> int:
        """Send SIGKILL to all processes of a victim; return how many there were. PostgreSQL is started again."""
        if victim == "PostgreSQL":
            assert self.cluster is not None
            os.kill(self.cluster.process, signal.SIGKILL)
            # Its children end when they see that it is gone; until then it does not start.
            time.sleep(2)
            self.cluster.start()
            return 1
        found = self._find(_TESTS[victim])
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        return len(found)

    def runs_alive(self) -> set[str]:
        """Return the ids of the flow runs whose process is there."""
        found = set()
        for process in self._find(_TESTS["flow run"]):
            with contextlib.suppress(psutil.Error):
                found.add(process.environ()[RUN])
        return found

    def _find(self, test: Test) -> list[psutil.Process]:
        found = []
        for process in processes_of(self.settings):
            with contextlib.suppress(psutil.Error):
                if test(" ".join(process.cmdline()), RUN in process.environ()):
                    found.append(process)
        return found
