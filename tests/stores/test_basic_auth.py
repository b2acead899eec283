"""Both servers ask who it is, and `atelier` says so in one sentence; neither listens beyond this machine by itself."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from servers import QUIET, free_port, mlflow_server, prefect_server, running

from artmodels.errors import AtelierError
from tasks import registry
from tasks.settings import Settings

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(600)]

PASSWORD = "a-long-password-of-the-studio"
SCRIPT = Path(__file__).parents[2] / "deploy" / "mlflow-server.sh"


@pytest.fixture
def guarded(postgres_server, database, tmp_path) -> Iterator[str]:
    """An MLflow server as `deploy/` starts it: basic auth, its users in PostgreSQL."""
    postgres_server.create(f"{database}_users")
    port = free_port()
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AUTH_DATABASE": postgres_server.address(f"{database}_users"),
        "MLFLOW_BACKEND_STORE_URI": postgres_server.address(database),
        "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "what protects the forms",
        **QUIET,
    }
    command = [str(SCRIPT), "--port", str(port), "--workers", "1"]
    with running(tmp_path / "server", command, environment, f"http://127.0.0.1:{port}/health", python=False):
        yield f"http://127.0.0.1:{port}"


def test_mlflow_lets_in_who_knows_the_password(guarded, tmp_path, monkeypatch):
    settings = Settings(root=tmp_path, tracking_uri=guarded)
    for name, password in ((None, None), ("admin", "password1234"), ("admin", PASSWORD[:-1])):
        for variable, value in (("MLFLOW_TRACKING_USERNAME", name), ("MLFLOW_TRACKING_PASSWORD", password)):
            monkeypatch.setenv(variable, value) if value else monkeypatch.delenv(variable, raising=False)
        with pytest.raises(AtelierError, match="it refuses the credentials"):
            registry.connect(settings)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    run_id = registry.start_run(settings, "style", "test", {}, {})
    assert registry.run_is_open(settings, run_id)
    assert registry.aliases(settings, "style") == {}


def test_mlflow_does_not_start_without_a_password_of_the_admins():
    environment = os.environ | {"AUTH_DATABASE": "sqlite://", "MLFLOW_AUTH_ADMIN_PASSWORD": ""}
    done = subprocess.run([SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "the password of the user admin" in done.stderr


def test_prefect_lets_in_who_knows_the_password(postgres_server, database, tmp_path):
    address = postgres_server.address(database, "postgresql+asyncpg")
    with prefect_server(tmp_path, address, PREFECT_SERVER_API_AUTH_STRING=f"studio:{PASSWORD}") as url:
        assert listening(int(url.split(":")[2].split("/")[0])) == {"127.0.0.1"}
        command = [sys.executable, "-m", "prefect", "work-pool", "ls"]
        environment = os.environ | {"PREFECT_API_URL": url, "PREFECT_HOME": str(tmp_path)}
        environment.pop("PREFECT_API_AUTH_STRING", None)
        refused = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert refused.returncode == 1
        assert "401 Unauthorized" in refused.stdout + refused.stderr
        flow = [sys.executable, "-m", "flows.cli", "rollback", "style"]
        environment |= {"ATELIER_ROOT": str(tmp_path), "PYTHONPATH": str(SCRIPT.parents[1])}
        told = subprocess.run(flow, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert told.returncode == 1
        assert told.stderr.startswith(f"atelier: Prefect's server {url} refuses the credentials"), told.stderr[-2000:]
        environment["PREFECT_API_AUTH_STRING"] = f"studio:{PASSWORD}"
        let_in = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert let_in.returncode == 0, let_in.stderr
    assert PASSWORD not in told.stderr + refused.stdout + refused.stderr


def test_mlflow_listens_on_this_machine_alone_unless_told_otherwise(tmp_path):
    with mlflow_server(tmp_path, f"sqlite:///{tmp_path}/mlflow.db") as url:
        assert listening(int(url.rpartition(":")[2])) == {"127.0.0.1"}
        strange = httpx.get(url, headers={"Host": "evil.example.org"}, trust_env=False)
        assert strange.status_code == 403, "another name for this machine is an attack by a page"


def listening(port: int) -> set[str]:
    """Return the addresses that processes of this machine listen on at a port."""
    return {
        connection.laddr.ip
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
    }
