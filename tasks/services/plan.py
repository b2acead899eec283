"""What `atelier up` starts, where it listens, and what its processes are told: all of it follows from the settings.

A server whose address is set already (PREFECT_API_URL, ATELIER_TRACKING_URI) is used, not started: so a second machine
runs the workers alone.
"""

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from artmodels.errors import AtelierError
from tasks.settings import Settings

MARK = "ATELIER_SERVICES"
"""The variable that every process of the services carries, and all that they start: the folder of their state."""

POOLS = ("cpu", "gpu")
SERVER, TRACKING = "prefect", "mlflow"

_EVERY = ("0.0.0.0", "::")
_FEWEST = 12
"""Characters of a password that MLflow accepts."""

_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DVC_NO_ANALYTICS": "1",
    "NO_ALBUMENTATIONS_UPDATE": "1",
}


@dataclass(frozen=True)
class Service:
    """One process that is kept running; a worker waits until its pool exists."""

    name: str
    command: tuple[str, ...]
    port: int | None = None
    setting: str = ""
    pool: str | None = None


@dataclass(frozen=True)
class Plan:
    """The services of a project, and the environment of all of them."""

    settings: Settings
    api_url: str
    tracking_uri: str
    services: tuple[Service, ...]
    secrets: Mapping[str, str] = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The services, in the order in which they start."""
        return tuple(service.name for service in self.services)

    @property
    def log_folder(self) -> Path:
        """The folder of all logs."""
        return self.settings.scratch / "logs"

    def variables(self) -> dict[str, str]:
        """What another process needs to use the services, passwords aside."""
        return {
            "PREFECT_API_URL": self.api_url,
            "ATELIER_TRACKING_URI": self.tracking_uri,
            # What a run writes can be read with and without the services.
            "ATELIER_ARTIFACT_ROOT": self.settings.mlflow_artifacts,
        }

    def environment(self) -> dict[str, str]:
        """The whole environment of the services; passwords are nowhere else."""
        scratch = self.settings.scratch
        binaries = Path(sys.executable).parent
        return {
            **os.environ,
            **_QUIET,
            **self.variables(),
            **self.secrets,
            MARK: str(scratch),
            "PATH": os.pathsep.join([str(binaries), os.environ.get("PATH", os.defpath)]),
            "PYTHONUNBUFFERED": "1",
            # prefect.yaml's runs begin there, wherever `atelier up` was typed.
            "PWD": str(self.settings.root),
            # Threads that spin while they wait keep a job's decoders from the cores.
            "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "passive"),
            "ATELIER_ROOT": str(self.settings.root),
            "PREFECT_HOME": str(scratch / "prefect"),
            # A slot's lease outlives a killed server, and ends with its holder's.
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
            # A run goes on, and logs on, when the worker that listened to it was killed.
            "PREFECT_LOGGING_HANDLERS_CONSOLE_CLASS": "tasks.services.console.PatientConsoleHandler",
            # How often a worker looks for runs, in place of every 10 s: a person may be waiting for one.
            "PREFECT_WORKER_QUERY_SECONDS": os.environ.get("PREFECT_WORKER_QUERY_SECONDS", "3"),
            # The automation in prefect.yaml misses the heartbeats of a run whose process died.
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
            "MLFLOW_ARTIFACTS_DESTINATION": self.settings.mlflow_artifacts,
            # Jobs of its own for language models, in three more processes.
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }

    def log(self, name: str) -> Path:
        """The log of a service."""
        return self.log_folder / f"{name}.log"


def plan_services(settings: Settings) -> Plan:
    """Return what is to be started.

    Raises:
        AtelierError: `services_auth` is not of the form `user:password`.
    """
    reach = "127.0.0.1" if settings.host in _EVERY else settings.host
    own_api = f"http://{reach}:{settings.prefect_port}/api"
    own_tracking = f"http://{reach}:{settings.mlflow_port}"
    api_url = os.environ.get("PREFECT_API_URL") or own_api
    tracking_uri = settings.tracking_uri or own_tracking
    services = []
    if api_url == own_api:
        services.append(_prefect_server(settings))
    if tracking_uri == own_tracking:
        services.append(_mlflow_server(settings))
    services += [_worker(settings, pool) for pool in POOLS]
    return Plan(settings, api_url, tracking_uri, tuple(services), _secrets(settings))


def credentials(settings: Settings) -> dict[str, str]:
    """Return the variables by which clients show the password of both servers; none where none is demanded.

    Raises:
        AtelierError: `services_auth` is not of the form `user:password`.
    """
    auth = settings.services_auth.get_secret_value()
    if not auth:
        return {}
    user, _, password = auth.partition(":")
    if not user or len(password) < _FEWEST:
        raise AtelierError(
            f"ATELIER_SERVICES_AUTH is not accepted: write user:password, with {_FEWEST} characters or more."
        )
    return {
        "PREFECT_API_AUTH_STRING": auth,
        "MLFLOW_TRACKING_USERNAME": user,
        "MLFLOW_TRACKING_PASSWORD": password,
    }


def worker_name(pool: str) -> str:
    """Return the name that this machine's worker has in the Prefect UI."""
    return f"{pool}@{platform.node()}"


def auth_file(settings: Settings) -> Path:
    """The configuration of MLflow's basic auth; it holds no password."""
    return settings.scratch / "services" / "mlflow-auth.ini"


def _prefect_server(settings: Settings) -> Service:
    command: tuple[str, ...]
    if settings.prefect_database.get_secret_value():
        command = (sys.executable, "-m", "prefect", "server", "start")
    else:
        # By its path: the project's folder need not hold this package.
        command = (sys.executable, str(Path(__file__).with_name("prefect_server.py")))
    where = ("--host", settings.host, "--port", str(settings.prefect_port))
    return Service(SERVER, command + where, settings.prefect_port, "ATELIER_PREFECT_PORT")


def _mlflow_server(settings: Settings) -> Service:
    command = (sys.executable, "-m", "mlflow", "server", "--workers", "1", "--serve-artifacts")
    where = ("--host", settings.host, "--port", str(settings.mlflow_port))
    auth = ("--app-name", "basic-auth") if settings.services_auth.get_secret_value() else ()
    return Service(TRACKING, command + where + auth, settings.mlflow_port, "ATELIER_MLFLOW_PORT")


def _worker(settings: Settings, pool: str) -> Service:
    limit = {"cpu": settings.cpu_runs, "gpu": settings.gpu_runs}[pool]
    command = (sys.executable, "-m", "prefect", "worker", "start", "--pool", pool, "--name", worker_name(pool))
    options = ("--type", "process", "--limit", str(limit), "--no-create-pool-if-not-found")
    return Service(f"worker-{pool}", command + options, pool=pool)


def _secrets(settings: Settings) -> dict[str, str]:
    """Return the variables that hold passwords, or may."""
    backend = settings.mlflow_backend.get_secret_value() or f"sqlite:///{settings.scratch / 'mlflow.db'}"
    found = {"MLFLOW_BACKEND_STORE_URI": backend}
    if database := settings.prefect_database.get_secret_value():
        found["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = database
    if shown := credentials(settings):
        found |= shown | {
            "PREFECT_SERVER_API_AUTH_STRING": shown["PREFECT_API_AUTH_STRING"],
            "MLFLOW_AUTH_CONFIG_PATH": str(auth_file(settings)),
            "MLFLOW_AUTH_ADMIN_PASSWORD": shown["MLFLOW_TRACKING_PASSWORD"],
            # Signs the forms of its pages, and so may be new each time.
            "MLFLOW_FLASK_SERVER_SECRET_KEY": os.urandom(16).hex(),
        }
    return found
