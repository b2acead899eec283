"""Schedules and triggers with a real Prefect server and a real worker, which is down for a while."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import cli
from tasks import registry, scheduled
from tasks.settings import Settings

ROOT = Path(__file__).parents[2]
PATIENCE = 900
"""Seconds within which anything happens, on a machine that does much else besides."""

TINY = {
    **{"depth": "1", "code": "16", "blocks": "1", "crop": "32", "batch_size": "2", "steps": "2"},
    **{"precision": "32-true", "preview_steps": "2", "checkpoint_steps": "1"},
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3 * PATIENCE)]


def until(ask: Callable[[], Any], what: str) -> Any:
    """Ask until the answer is something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(1)
    pytest.fail(f"in {PATIENCE} s not {what}")


class Studio:
    """A project, a Prefect server, and what is started of them: all as a person would, by commands."""

    def __init__(self, settings: Settings, home: Path) -> None:
        self.settings = settings
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.api = f"http://127.0.0.1:{port}/api"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        self.environment = kept | {
            "PREFECT_HOME": str(home),
            "PREFECT_API_URL": self.api,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "2",
            "PREFECT_WORKER_QUERY_SECONDS": "2",
            "ATELIER_ROOT": str(settings.root),
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            "OMP_NUM_THREADS": "1",
        }
        self.started: list[subprocess.Popen] = []
        self.home = home
        self.start("server", "start", "--host", "127.0.0.1", "--port", str(port))
        until(self._is_up, "up")

    def start(self, *arguments: str) -> subprocess.Popen:
        with (self.home / f"{arguments[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "prefect", *arguments],
                env=self.environment,
                cwd=self.settings.root,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def start_worker(self) -> subprocess.Popen:
        return self.start("worker", "start", "--pool", "gpu", "--name", "one")

    def end(self) -> None:
        for process in reversed(self.started):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in reversed(self.started):
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def runs(self, name: str) -> list[FlowRun]:
        """Return the runs of a deployment that are not of the future, the oldest first."""
        with get_client(sync_client=True) as client:
            deployment = client.read_deployment_by_name(name)
            found = client.read_flow_runs(
                flow_run_filter=scheduled._runs(deployment.id, *scheduled.StateType), limit=200
            )
        there = [run for run in found if run.state.name != "Scheduled" or scheduled._is_overdue(run)]
        return sorted(there, key=lambda run: run.expected_start_time)

    def ended(self, name: str) -> list[FlowRun]:
        return [run for run in self.runs(name) if run.state.is_final()]

    def _is_up(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.api}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@pytest.fixture
def studio(small_project, tmp_path) -> Iterator[Studio]:
    """A small project with a trained model, and a Prefect server without a worker."""
    shutil.copytree(ROOT / "flows", small_project.root / "flows", ignore=shutil.ignore_patterns("__pycache__"))
    (home := tmp_path / "prefect").mkdir()
    studio = Studio(small_project, home)
    try:
        with temporary_settings({PREFECT_API_URL: studio.api}):
            with get_client(sync_client=True) as client:
                client.create_work_pool(WorkPoolCreate(name="gpu", type="process"))
            yield studio
    finally:
        studio.end()


def every_seconds(name: str, seconds: float) -> UUID:
    """Make a deployment's schedule a fast one: cron knows no seconds."""
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(name)
        [clock] = deployment.schedules
        fast = IntervalSchedule(interval=timedelta(seconds=seconds))
        client.update_deployment_schedule(deployment.id, clock.id, schedule=fast, parameters=clock.parameters)
        return deployment.id


@pytest.fixture
def atelier(studio, monkeypatch, capsys) -> Callable[..., str]:
    """Run a command, and return what it says."""

    def atelier(*arguments: str) -> str:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["atelier", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert not ended.value.code, said.err
        return said.out

    return atelier


def test_the_clock_and_events_retrain(studio, atelier, make_source, tmp_path):
    def take_in(name: str, kind: str, count: int, seed: int) -> None:
        source, metadata = str(make_source(name, count, seed)), str(tmp_path / f"{name}.csv")
        atelier("ingest", source, "--kind", kind, "--metadata", metadata, "--licence", "CC0-1.0")

    options = [word for name, value in TINY.items() for word in ("--set", f"{name}={value}")]
    take_in("artworks", "artwork", 12, 0)
    take_in("photographs", "photograph", 8, 100)
    said = atelier(
        *("schedule", "retrain", "--cron", "0 3 * * 1", "--timezone", "Europe/Vienna", "--on", "data"), *options
    )
    assert said == "retrain/style runs at 0 3 * * 1 (Europe/Vienna), and retrain style on data.\n"

    # Nobody is there for several turns of the clock. Then the worker comes back: one run, not ten.
    every_seconds("retrain/style", 4)
    until(lambda: len(studio.runs("retrain/style")) >= 5, "missed")
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("retrain/style")
        client.update_deployment_schedule(deployment.id, deployment.schedules[0].id, active=False)
    missed = studio.runs("retrain/style")
    assert len(missed) >= 5
    assert all(run.state.is_scheduled() for run in missed)
    studio.start_worker()
    until(lambda: len(studio.ended("retrain/style")) == len(missed), "ended")
    names = sorted(run.state.name for run in studio.runs("retrain/style"))
    assert names == ["Cancelled"] * (len(missed) - 1) + ["Completed"]
    [done] = [run for run in studio.runs("retrain/style") if run.state.is_completed()]
    assert done.name == "retrain style: the schedule 0 3 * * 1 (Europe/Vienna)"
    first = registry.newest(studio.settings, "style")
    assert first.tags["trigger"] == "the schedule 0 3 * * 1 (Europe/Vienna)"

    # New data asks for a retraining, and its run says so.
    take_in("more", "artwork", 3, 200)
    until(lambda: len(studio.ended("retrain/style")) == len(missed) + 1, "triggered")
    second = registry.newest(studio.settings, "style")
    assert second.number == first.number + 1
    assert second.tags["trigger"] == f"data {second.tags['data_md5']}"
    # The same source again makes no new version, and asks for nothing.
    assert "retrain/style" in atelier("schedule", "list")
    atelier("schedule", "remove", "retrain/style")
    assert "retrain/style" not in atelier("schedule", "list")
