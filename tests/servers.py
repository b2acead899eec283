"""Throw-away servers on loopback: PostgreSQL, S3, MLflow and Prefect, each in a folder of its own, gone afterwards."""

import logging
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

USER, STRANGE_PASSWORD = "atelier", "pass/word#1"
"""PostgreSQL's user; its password has what an address must percent-encode."""


QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
"""Settings of MLflow's server: it asks nobody outside, and has none of the eight processes of its jobs for language
models."""


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres_binaries() -> Path | None:
    """Return the folder of PostgreSQL's newest server programs on this machine, or None."""
    folders = [Path("/usr/lib/postgresql")] if Path("/usr/lib/postgresql").is_dir() else []
    found = [path for folder in folders for path in folder.glob("*/bin/initdb")]
    newest = max(found, key=lambda path: float(path.parts[-3]), default=None)
    on_path = shutil.which("initdb")
    return newest.parent if newest else Path(on_path).resolve().parent if on_path else None


@dataclass
class Postgres:
    """A PostgreSQL cluster of its own; it may be stopped, killed and started again."""

    binaries: Path
    folder: Path
    port: int = field(default_factory=free_port)

    def address(self, database: str, driver: str = "postgresql", password: str = STRANGE_PASSWORD) -> str:
        """Return a database's address."""
        quoted = password.replace("/", "%2F").replace("#", "%23")
        return f"{driver}://{USER}:{quoted}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> None:
        """Make an empty database."""
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, database)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-p {self.port} -h 127.0.0.1 -k {self.folder}"
        self.run("pg_ctl", "-D", self.data, "-l", str(self.folder / "log"), "-o", options, "-w", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast`, or `immediate`, which is a crash."""
        self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    @property
    def data(self) -> str:
        """The cluster's folder."""
        return str(self.folder / "data")

    @property
    def process(self) -> int:
        """The server's process id."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs; as another user where this one is root, whom it refuses."""
        # Its daemon must not hold our pipes open.
        with (self.folder / "programs.log").open("ab") as log:
            subprocess.run(
                [self.binaries / program, *arguments],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=os.environ | {"PGPASSWORD": STRANGE_PASSWORD},
                user=_other_user(),
            )


def _other_user() -> str | None:
    """Return who runs PostgreSQL where this process is root's; None: its own user does."""
    if os.getuid() != 0:
        return None
    return "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody"


@contextmanager
def postgres(binaries: Path) -> Iterator[Postgres]:
    """Run PostgreSQL on loopback, passwords asked for, until the block ends; its folder is removed."""
    # Not below pytest's folder, which only its owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="atelier-postgres-"))
    cluster = Postgres(binaries, folder)
    try:
        (folder / "password").write_text(STRANGE_PASSWORD)
        if _other_user():
            for path in (folder, folder / "password"):
                shutil.chown(path, _other_user())
        secret = str(folder / "password")
        cluster.run("initdb", "-D", cluster.data, "-U", USER, "--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8")
        cluster.start()
        yield cluster
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            cluster.stop("immediate")
        shutil.rmtree(folder)


@dataclass(frozen=True)
class S3:
    """An S3 endpoint, with the environment of those who may use it."""

    url: str
    environment: Mapping[str, str]

    def create(self, bucket: str) -> None:
        """Make an empty bucket."""
        self.client().create_bucket(Bucket=bucket)

    def keys(self, bucket: str) -> list[str]:
        """Return the names of a bucket's objects."""
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def client(self):
        """Return a client of boto3's."""
        import boto3

        names = {"aws_access_key_id": "AWS_ACCESS_KEY_ID", "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY"}
        options = {option: self.environment[name] for option, name in names.items()}
        return boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", **options)


@contextmanager
def s3() -> Iterator[S3]:
    """Serve S3 on loopback, from this process's memory, until the block ends."""
    from moto.server import ThreadedMotoServer

    # It would tell of every request.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        yield S3(
            url,
            {
                "AWS_ENDPOINT_URL": url,
                "AWS_ACCESS_KEY_ID": "studio",
                "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-studio",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_EC2_METADATA_DISABLED": "true",
            },
        )
    finally:
        server.stop()


@contextmanager
def mlflow_server(
    folder: Path, store: str, *options: str, port: int | None = None, **environment: str
) -> Iterator[str]:
    """Run an MLflow server, of one process, until the block ends; yield its address."""
    port = port or free_port()
    environment = {"MLFLOW_BACKEND_STORE_URI": store, **QUIET, **environment}
    command = ["mlflow", "server", "--port", str(port), "--workers", "1", *options]
    with running(folder, command, environment, f"http://127.0.0.1:{port}/health"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def prefect_server(folder: Path, database: str, **environment: str) -> Iterator[str]:
    """Run a Prefect server until the block ends; yield its API's address."""
    port = free_port()
    environment = {
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
        **environment,
    }
    command = ["prefect", "server", "start", "--port", str(port), "--no-ui"]
    with running(folder, command, environment, f"http://127.0.0.1:{port}/api/health"):
        yield f"http://127.0.0.1:{port}/api"


@contextmanager
def running(
    folder: Path, command: list[str], environment: Mapping[str, str], health: str, python: bool = True
) -> Iterator[subprocess.Popen]:
    """Run a command, by default a Python module's, until the block ends, from when its health page answers."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{Path(command[0]).name}-{secrets.token_hex(3)}.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", *command] if python else command,
            cwd=folder,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as process,
    ):
        try:
            _wait(process, health, log)
            yield process
        finally:
            # With the processes that it has started.
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _wait(process: subprocess.Popen, health: str, log: Path) -> None:
    end = time.monotonic() + 240
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended: {log.read_text()[-3000:]}")
        try:
            # Any answer will do: one that asks for a password is up, too.
            if httpx.get(health, timeout=5, trust_env=False).status_code < 500:
                return
        except httpx.TransportError:
            time.sleep(0.3)
    raise TimeoutError(f"The server is not up after 240 s: {log.read_text()[-3000:]}")
