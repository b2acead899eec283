"""The way to MLflow: a client, and what it says where something is not there."""

import sqlite3
from contextlib import closing
from pathlib import Path

from filelock import FileLock
from mlflow import MlflowClient
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST, ErrorCode

from tasks.settings import Settings
from tasks.stores import FAULTS, open_client, told

ABSENT = {ErrorCode.Name(RESOURCE_DOES_NOT_EXIST), ErrorCode.Name(INVALID_PARAMETER_VALUE)}
"""What MLflow says where there is no such run, model, alias or version."""
_UNUSABLE: tuple[type[Exception], ...] = (*FAULTS, sqlite3.Error)


def connect(settings: Settings) -> MlflowClient:
    """Return a client of the registry; a local one is created where there is none.

    Raises:
        AtelierError: the store cannot be reached or is of a kind that MLflow refuses.
    """
    uri = settings.mlflow_uri
    try:
        settings.scratch.mkdir(parents=True, exist_ok=True)
        _check_sqlite(uri)
        # MLflow makes its tables when it is first asked; two that do so at once leave half of them.
        with FileLock(settings.scratch / "registry.lock"):
            client = open_client(uri)
            client.search_registered_models(max_results=1)
    except _UNUSABLE as error:
        raise told(error, uri) from error
    return client


def _check_sqlite(uri: str) -> None:
    """Open an SQLite store at once; MLflow would try for minutes where it cannot be opened."""
    if uri.startswith("sqlite:///"):
        path = Path(uri.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version")
