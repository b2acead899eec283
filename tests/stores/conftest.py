"""Fixtures of grown-up stores: a Prefect server on PostgreSQL, and a project whose data goes to S3."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings
from servers import S3, Postgres, prefect_server

from tasks.settings import Settings, load_settings


@pytest.fixture(scope="session")
def prefect_on_postgres(postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prefect server that keeps its runs in PostgreSQL."""
    postgres_server.create("prefect")
    folder = tmp_path_factory.mktemp("prefect")
    with (
        prefect_server(folder, postgres_server.address("prefect", "postgresql+asyncpg")) as url,
        temporary_settings({PREFECT_API_URL: url, PREFECT_HOME: folder}),
    ):
        yield url


@pytest.fixture
def studio(
    small_project: Settings, s3_server: S3, bucket: str, prefect_on_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The small project with a DVC remote on S3; Prefect keeps its runs in PostgreSQL."""
    command = [sys.executable, "-m", "dvc", "remote", "add", "--quiet", "studio", f"s3://{bucket}/dvc"]
    subprocess.run(command, cwd=small_project.root, check=True)
    monkeypatch.setenv("ATELIER_DVC_REMOTE", "studio")
    return load_settings()
