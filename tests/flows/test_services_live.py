"""The services as they are: `atelier up` in a project of its own, with runs that take as long as they are told.

python -m pytest -m slow tests/flows/test_services_live.py
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.schedules import CronSchedule
from prefect.states import Scheduled

from tasks import registry
from tasks.services import health, processes
from tasks.services.layout import apply_layout
from tasks.services.plan import plan_services
from tasks.services.state import read_state
from tasks.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[2]
NAP = """
import time
from pathlib import Path
from prefect import flow

@flow(log_prints=True)
def nap(seconds: float = 0, note: str = ""):
    print("Good night.")
    time.sleep(seconds)
    print("Good morning.")
    if note:
        with Path(note).open("a") as file:
            file.write("awake\\n")
"""
DEPLOYMENTS = [
    {
        "name": "studio",
        "entrypoint": "flows/nap.py:nap",
        "work_pool": {"name": "cpu"},
        "schedules": [{"cron": "0 3 * * 1", "timezone": "UTC"}],
    }
]


class Studio:
    """A project and its `atelier up`."""

    def __init__(self, folder: Path) -> None:
        (folder / "flows").mkdir(parents=True)
        (folder / "flows" / "nap.py").write_text(NAP)
        layout = yaml.safe_load((ROOT / "prefect.yaml").read_text()) | {"deployments": DEPLOYMENTS}
        (folder / "prefect.yaml").write_text(yaml.safe_dump(layout))
        (folder / "dvc.yaml").touch()
        self.settings = Settings(root=folder, prefect_port=_free_port(), mlflow_port=_free_port())
        self.api_url = f"http://127.0.0.1:{self.settings.prefect_port}/api"
        self.log = folder / "up.log"
        self.started: list[subprocess.Popen[bytes]] = []

    def environment(self, **more: str) -> dict[str, str]:
        """Of a person's terminal."""
        left_out = ("PREFECT_API_URL", "PREFECT_API_KEY", "ATELIER_TRACKING_URI", "PREFECT_LOGGING_LEVEL")
        return {name: value for name, value in os.environ.items() if name not in left_out} | {
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            "ATELIER_ROOT": str(self.settings.root),
            "ATELIER_PREFECT_PORT": str(self.settings.prefect_port),
            "ATELIER_MLFLOW_PORT": str(self.settings.mlflow_port),
            "PREFECT_HOME": str(self.settings.root / "home"),
            "ATELIER_READY_SECONDS": "600",
            **more,
        }

    def atelier(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = [sys.executable, "-m", "flows.cli", *arguments]
        return subprocess.run(
            command, cwd=self.settings.root, env=self.environment(**more), capture_output=True, text=True
        )

    def up(self) -> subprocess.Popen[bytes]:
        """Start `atelier up` and wait until it says that all is up."""
        with self.log.open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "flows.cli", "up"],
                cwd=self.settings.root,
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.started.append(process)
        wait_until(lambda: "Ctrl-C ends all." in self.log.read_text() or process.poll() is not None)
        assert process.poll() is None, self.log.read_text()
        return process

    def end(self) -> None:
        """Leave nothing behind, however a test ended."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait()
        processes.end_services(self.settings, None, print)

    def submit(self, **parameters: object) -> FlowRun:
        """Ask for a nap."""
        with health.open_prefect(self.api_url, None) as client:
            deployment = client.read_deployment_by_name("nap/studio")
            return client.create_flow_run_from_deployment(deployment.id, parameters=parameters, state=Scheduled())

    def state_of(self, run: FlowRun) -> str:
        """The state of a run; nothing while the server is away."""
        if not health.prefect_answers(self.api_url):
            return ""
        with health.open_prefect(self.api_url, None) as client:
            state = client.read_flow_run(run.id).state
        return state.name if state else ""

    def end_of(self, run: FlowRun) -> str:
        """Wait until a run ends; return how."""
        wait_until(lambda: self.state_of(run) in ("Completed", "Failed", "Crashed", "Cancelled"))
        return self.state_of(run)

    def pid(self, name: str) -> int:
        """The process of a service, as supervisord knows it."""
        state = read_state(self.settings)
        assert state is not None
        with processes.ask_supervisor(state.socket) as supervisor:
            return int(supervisor.getProcessInfo(name)["pid"])


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A project whose services are up."""
    studio = Studio(tmp_path_factory.mktemp("live") / "studio")
    try:
        studio.up()
        yield studio
    finally:
        studio.end()


def test_a_run_is_done_and_told_of(studio, tmp_path):
    run = studio.submit(note=str(tmp_path / "note"))
    assert studio.end_of(run) == "Completed"
    assert (tmp_path / "note").read_text() == "awake\n"
    assert "Good night." in (studio.settings.scratch / "logs" / "worker-cpu.log").read_text()

    told = json.loads(studio.atelier("status", "--json").stdout)
    assert {one["name"]: one["state"] for one in told["services"]} == {
        "prefect": "up",
        "mlflow": "up",
        "worker-cpu": "running",
        "worker-gpu": "running",
    }
    assert [(one["flow"], one["state"]) for one in told["ran"]] == [("nap", "Completed")]
    assert told["notes"] == []
    shown = studio.atelier("status").stdout
    assert "Completed" in shown
    assert str(studio.settings.mlflow_port) in shown


def test_what_is_scheduled_becomes_a_run(studio):
    """SQLAlchemy 2.1 breaks Prefect's scheduler, and nothing but its log says so."""
    wait_until(lambda: json.loads(studio.atelier("status", "--json").stdout)["scheduled"])
    [line] = json.loads(studio.atelier("status", "--json").stdout)["scheduled"]
    assert (line["flow"], line["state"]) == ("nap", "Scheduled")


def test_the_registry_is_one_with_and_without_the_server(studio, tmp_path):
    served = studio.settings.model_copy(update={"tracking_uri": f"http://127.0.0.1:{studio.settings.mlflow_port}"})
    run_id = registry.start_run(
        served.model_copy(update={"artifact_root": studio.settings.mlflow_artifacts}), "style", "test", {}, {}
    )
    (tmp_path / "note").write_text("kept")
    registry.connect(served).log_artifact(run_id, str(tmp_path / "note"))
    for settings in (served, studio.settings):
        client = registry.connect(settings)
        path = client.download_artifacts(run_id, "note", str(_folder(tmp_path / settings.mlflow_uri[:4])))
        assert Path(path).read_text() == "kept"


def test_a_second_up_says_so(studio):
    done = studio.atelier("up")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"atelier: The services of {studio.settings.root} are up already: `atelier status` shows them."
    )


def test_what_a_person_changed_stays(studio):
    with health.open_prefect(studio.api_url, None) as client:
        deployment = client.read_deployment_by_name("nap/studio")
        client.update_deployment_schedule(deployment.id, deployment.schedules[0].id, active=False)
        client.create_deployment_schedules(deployment.id, [(CronSchedule(cron="1 1 * * *"), True)])
        before = _schedules(client.read_deployment(deployment.id))
        apply_layout(plan_services(studio.settings), client)
        assert _schedules(client.read_deployment(deployment.id)) == before == {"0 3 * * 1": False, "1 1 * * *": True}
        assert len(client.read_automations_by_name("Runs whose process died")) == 1


@pytest.mark.parametrize("name", ["prefect", "mlflow", "worker-cpu"])
def test_a_killed_service_comes_back_and_runs_go_on(studio, tmp_path, name):
    run = studio.submit(seconds=8, note=str(tmp_path / "note"))
    wait_until(lambda: studio.state_of(run) == "Running")
    killed = studio.pid(name)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: studio.pid(name) not in (0, killed))
    assert studio.end_of(run) == "Completed"
    assert (tmp_path / "note").read_text() == "awake\n"
    wait_until(lambda: health.mlflow_answers(f"http://127.0.0.1:{studio.settings.mlflow_port}"))
    # And the one that came back does its work.
    again = studio.submit()
    assert studio.end_of(again) == "Completed"


@pytest.fixture
def own_studio(tmp_path: Path) -> Iterator[Studio]:
    """A project whose services are not up yet."""
    studio = Studio(tmp_path / "studio")
    try:
        yield studio
    finally:
        studio.end()


def test_the_end_ends_all_and_a_killed_up_is_cleared_away(own_studio):
    studio = own_studio
    killed = studio.up()
    run = studio.submit(seconds=600)
    wait_until(lambda: studio.state_of(run) == "Running")
    killed.kill()
    killed.wait()
    assert json.loads(studio.atelier("status", "--json").stdout)["up"] is False
    left = processes.processes_of(studio.settings)
    assert left, "nobody told them to end"

    process = studio.up()
    assert "An `atelier up` that was killed had left" in studio.log.read_text()
    assert not any(one.is_running() for one in left)
    run = studio.submit(seconds=600)
    wait_until(lambda: studio.state_of(run) == "Running")
    assert processes.runs_of(studio.settings)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert studio.log.read_text().endswith("Ending the services ...\nAll have ended.\n")
    assert processes.processes_of(studio.settings) == []
    assert read_state(studio.settings) is None
    # What it did is told by the next one, from the same database.
    process = studio.up()
    assert studio.state_of(run) == "Crashed"
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert processes.processes_of(studio.settings) == []


def test_a_service_that_does_not_come_up_is_one_sentence_and_nothing_stays(own_studio):
    studio = own_studio
    more = {"ATELIER_READY_SECONDS": "240", "ATELIER_MLFLOW_BACKEND": "postgresql://ada:very-secret@127.0.0.1:1/mlflow"}
    done = studio.atelier("up", **more)
    assert done.returncode == 1
    said = done.stderr.splitlines()[-1]
    assert said.startswith("atelier: mlflow ")
    assert said.endswith(f"({studio.settings.scratch}/logs/mlflow.log)")
    assert "very-secret" not in done.stdout + done.stderr
    assert processes.processes_of(studio.settings) == []


def wait_until(is_so: Callable[[], object], seconds: float = 600) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.5)


def _schedules(deployment) -> dict[str, bool]:
    return {one.schedule.cron: one.active for one in deployment.schedules}


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
