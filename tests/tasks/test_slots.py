"""Slots are held strictly, and freed when their holder is killed: real processes, a real API, SIGKILL."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prefect_server import end, free_port, serving

from tasks.slots import LEASE

ROOT = Path(__file__).parent.parent.parent

HOLD = """
import sys, time
from artmodels.errors import AtelierError
from tasks.slots import SlotLostError, hold_slot
name, wait, seconds = sys.argv[1:]
try:
    with hold_slot(name, wait=float(wait)):
        print("held", flush=True)
        end = time.monotonic() + float(seconds)
        while time.monotonic() < end:
            time.sleep(0.1)
except (AtelierError, SlotLostError) as error:
    print(error, flush=True)
"""

Start = Callable[..., subprocess.Popen]


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """Of processes with a Prefect of their own; without a server, its API is in each of them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return kept | {
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def start(environment, tmp_path) -> Iterator[Start]:
    """Start a process that holds a slot; all are killed in the end."""
    started: list[subprocess.Popen] = []

    def start(wait: float, seconds: float) -> subprocess.Popen:
        command = [sys.executable, "-c", HOLD, "gpu:here:0", str(wait), str(seconds)]
        # A session of its own: a killed process leaves its API behind, which ends with the test.
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, text=True, cwd=tmp_path, start_new_session=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        end(process)


@pytest.mark.slow
def test_a_killed_holder_frees_its_slot_without_a_server(start):
    first = start(0, 3600)
    assert first.stdout.readline() == "held\n"
    assert (
        start(0, 0).stdout.readline() == "No slot of 'gpu:here:0' became free within 0 s: its limit is 1 at a time.\n"
    )
    # Its API stays behind, as it does after a kill: what frees the slot is the lease.
    first.kill()
    second = start(4 * LEASE, 0)
    assert second.stdout.readline() == "held\n"
    assert second.wait(60) == 0
    assert start(30, 0).stdout.readline() == "held\n", "what ended well has freed its slot at once"


@pytest.mark.slow
def test_a_killed_holder_frees_its_slot_though_the_server_was_killed_too(start, environment):
    port = free_port()
    environment["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
    with serving(environment, port):
        first = start(0, 3600)
        assert first.stdout.readline() == "held\n"
        assert "No slot" in start(0, 0).stdout.readline()
        first.kill()
    with serving(environment, port):
        assert start(4 * LEASE, 0).stdout.readline() == "held\n"


@pytest.mark.slow
def test_a_holder_that_cannot_renew_is_stopped(start, environment):
    port = free_port()
    environment["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
    with serving(environment, port):
        first = start(0, 3600)
        assert first.stdout.readline() == "held\n"
    assert first.stdout.readline() == "The slot of 'gpu:here:0' was lost: Prefect could not renew its lease.\n"
