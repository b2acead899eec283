"""What is started, and what its files and commands give away."""

import shlex
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr
from supervisor.options import ServerOptions

from artmodels.errors import AtelierError
from tasks.services.configuration import write_configuration
from tasks.services.plan import plan_services
from tasks.settings import Settings

PASSWORD = "a-long-%-password"
SECRETS = {
    "prefect_database": SecretStr(f"postgresql+asyncpg://ada:{PASSWORD}@db/prefect"),
    "mlflow_backend": SecretStr(f"postgresql://ada:{PASSWORD}@db/mlflow"),
    "services_auth": SecretStr(f"ada:{PASSWORD}"),
}


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


def test_all_services_are_on_loopback(settings):
    plan = plan_services(settings)
    assert plan.names == ("prefect", "mlflow", "worker-cpu", "worker-gpu")
    assert (plan.api_url, plan.tracking_uri) == ("http://127.0.0.1:4200/api", "http://127.0.0.1:5000")
    for service in plan.services[:2]:
        assert service.command[service.command.index("--host") + 1] == "127.0.0.1"


def test_a_server_that_is_elsewhere_is_used_and_not_started(settings, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://studio:4200/api")
    plan = plan_services(settings.model_copy(update={"tracking_uri": "http://studio:5000"}))
    assert plan.names == ("worker-cpu", "worker-gpu")
    assert plan.environment()["PREFECT_API_URL"] == "http://studio:4200/api"
    assert plan.environment()["ATELIER_TRACKING_URI"] == "http://studio:5000"
    assert plan.environment()["PWD"] == str(settings.root), "where runs begin, by prefect.yaml"


def test_an_address_that_is_our_own_is_no_other_server(settings, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    assert "prefect" in plan_services(settings).names


def test_on_sqlite_prefect_queues_its_transactions(settings):
    command = plan_services(settings).services[0].command
    assert Path(command[1]).name == "prefect_server.py"
    assert Path(command[1]).is_file()
    postgres = settings.model_copy(update={"prefect_database": SecretStr("postgresql+asyncpg://ada@db/prefect")})
    assert plan_services(postgres).services[0].command[1:5] == ("-m", "prefect", "server", "start")


def test_servers_for_the_network_are_reached_by_loopback(settings):
    plan = plan_services(settings.model_copy(update={"host": "0.0.0.0"}))
    assert plan.api_url == "http://127.0.0.1:4200/api"
    assert "0.0.0.0" in plan.services[0].command


def test_passwords_are_in_the_environment_and_nowhere_else(settings, tmp_path):
    plan = plan_services(settings.model_copy(update=SECRETS))
    path = write_configuration(plan, tmp_path / "socket")
    written = [file for file in (settings.scratch / "services").rglob("*") if file.is_file()]
    assert path in written
    for file in written:
        assert PASSWORD not in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert PASSWORD not in str([service.command for service in plan.services])
    assert PASSWORD not in repr(plan)
    environment = plan.environment()
    assert environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"].startswith(f"postgresql+asyncpg://ada:{PASSWORD}")
    assert environment["MLFLOW_BACKEND_STORE_URI"].startswith(f"postgresql://ada:{PASSWORD}")
    assert environment["PREFECT_SERVER_API_AUTH_STRING"] == environment["PREFECT_API_AUTH_STRING"] == f"ada:{PASSWORD}"
    assert environment["MLFLOW_TRACKING_PASSWORD"] == environment["MLFLOW_AUTH_ADMIN_PASSWORD"] == PASSWORD


@pytest.mark.parametrize("auth", ["ada", ":" + PASSWORD, "ada:short"])
def test_a_password_that_mlflow_would_refuse(settings, auth):
    with pytest.raises(AtelierError, match=r"^ATELIER_SERVICES_AUTH is not accepted: write user:password") as caught:
        plan_services(settings.model_copy(update={"services_auth": SecretStr(auth)}))
    assert auth not in str(caught.value)


def test_supervisord_reads_the_configuration_even_in_an_odd_folder(tmp_path):
    root = tmp_path / "100 % art; really"
    root.mkdir()
    plan = plan_services(Settings(root=root))
    path = write_configuration(plan, tmp_path / "socket")
    options = ServerOptions()
    options.realize(["--configuration", str(path)])
    programs = {
        program.name: program for program in options.process_group_configs for program in program.process_configs
    }
    assert set(programs) == {*plan.names, "orphans"}
    assert [programs[name].stdout_logfile for name in plan.names] == [str(plan.log(name)) for name in plan.names]
    assert {name for name in plan.names if programs[name].autostart} == {"prefect", "mlflow"}
    for service in plan.services:
        assert programs[service.name].directory == str(root)
        assert tuple(shlex.split(programs[service.name].command)) == service.command
