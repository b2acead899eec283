"""A Prefect server for a test, of its own and on a free port; a plain module, so that tests can start it twice."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def end(process: subprocess.Popen) -> None:
    """Kill a process and what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@contextmanager
def serving(environment: dict[str, str], port: int) -> Iterator[None]:
    """Run a Prefect server, and kill it in the end."""
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port), "--no-ui"]
    # The variables of this room, which a studio's services are started with.
    import tasks  # noqa: F401

    name = "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"
    server = subprocess.Popen(
        command, env=environment | {name: os.environ[name]}, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5):
                    break
            except OSError:
                time.sleep(0.3)
        yield
    finally:
        end(server)


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
