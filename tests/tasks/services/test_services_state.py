"""How other processes find the services of an `atelier up` that is alive."""

import os
import subprocess
from datetime import UTC, datetime

import pytest

from artmodels.errors import AtelierError
from tasks.services.plan import plan_services
from tasks.services.state import State, forget_state, hold_services, join_services, read_state, write_state

JOINED = ("PREFECT_API_URL", "ATELIER_TRACKING_URI", "ATELIER_ARTIFACT_ROOT")


@pytest.fixture
def state(settings, tmp_path, monkeypatch):
    for name in JOINED:
        # Set and deleted, so that what joining sets is undone.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    plan = plan_services(settings)
    return State(
        api_url=plan.api_url,
        tracking_uri=plan.tracking_uri,
        socket=tmp_path / "socket",
        since=datetime.now(UTC),
        ready=True,
        variables=plan.variables(),
    )


def test_a_living_up_is_found_and_a_second_is_refused(settings, state):
    assert read_state(settings) is None
    with hold_services(settings):
        write_state(settings, state)
        assert read_state(settings) == state
        with (
            pytest.raises(AtelierError, match=r"are up already: `atelier status` shows them\.$"),
            hold_services(settings),
        ):
            pass
    forget_state(settings)
    assert read_state(settings) is None


def test_what_a_killed_up_has_left_is_not_believed(settings, state, python_here):
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom tasks.settings import Settings\n"
        "from tasks.services.state import State, hold_services, write_state\n"
        "with hold_services(Settings(root=Path(sys.argv[1]))):\n"
        "    write_state(Settings(root=Path(sys.argv[1])), State.model_validate_json(sys.argv[2]))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([*python_here, "-c", code, settings.root, state.model_dump_json()])
    assert (settings.scratch / "services" / "state.json").is_file()
    assert read_state(settings) is None
    join_services(settings)
    assert "PREFECT_API_URL" not in os.environ


def test_a_command_uses_the_services_unless_it_is_told_of_others(settings, state, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://studio:4200/api")
    with hold_services(settings):
        write_state(settings, state)
        join_services(settings)
    assert os.environ["PREFECT_API_URL"] == "http://studio:4200/api"
    assert os.environ["ATELIER_TRACKING_URI"] == "http://127.0.0.1:5000"


def test_services_that_only_begin_are_not_used(settings, state):
    with hold_services(settings):
        write_state(settings, state.model_copy(update={"ready": False}))
        join_services(settings)
    assert "PREFECT_API_URL" not in os.environ


def test_a_setting_in_a_file_is_not_overruled(settings, state):
    with hold_services(settings):
        write_state(settings, state)
        join_services(settings.model_copy(update={"tracking_uri": "http://studio:5000"}))
    assert "ATELIER_TRACKING_URI" not in os.environ
    assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"
