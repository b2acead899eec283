"""The runs that versions come from."""

import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from artmodels.errors import AtelierError
from tasks.patience import create_once
from tasks.registry.connection import ABSENT, connect
from tasks.registry.versions import Version
from tasks.settings import Settings

EXPERIMENT = "atelier-{family}"
REQUEST = "request"
"""The tag by which a run is found again whose making was asked for, but not answered."""


def start_run(settings: Settings, family: str, name: str, params: Mapping[str, Any], tags: Mapping[str, str]) -> str:
    """Open a run in the family's experiment and log what decided it; return its id."""
    client = connect(settings)
    experiment_id = _experiment(client, settings, family)
    tags = dict(tags) | {REQUEST: uuid.uuid4().hex}
    found = f"tags.{REQUEST} = '{tags[REQUEST]}'"
    run = create_once(
        lambda: client.create_run(experiment_id, run_name=name, tags=tags),
        lambda: next(iter(client.search_runs([experiment_id], found, max_results=1)), None),
    )
    for key, value in params.items():
        client.log_param(run.info.run_id, key, value)
    return str(run.info.run_id)


def run_is_open(settings: Settings, run_id: str) -> bool:
    """Tell whether a run is there and still running, so that a resumed training may go on with it."""
    try:
        return str(connect(settings).get_run(run_id).info.status) == "RUNNING"
    except MlflowException as error:
        if error.error_code in ABSENT:
            return False
        raise


def finish_run(settings: Settings, run_id: str) -> None:
    """Close a run: nothing is left to do for it."""
    connect(settings).set_terminated(run_id)


def find_run(settings: Settings, run_id: str) -> Run | None:
    """Return the run of this id, if there is one."""
    try:
        return connect(settings).get_run(run_id)
    except MlflowException as error:
        if error.error_code in ABSENT:
            return None
        raise


def newest_open_run(settings: Settings, family: str) -> str | None:
    """Return the id of the family's run that was begun last of those that have not ended, if there is one."""
    client = connect(settings)
    order = ["attributes.start_time DESC"]
    found = client.search_runs(
        [_experiment(client, settings, family)], "attributes.status = 'RUNNING'", max_results=1, order_by=order
    )
    return found[0].info.run_id if found else None


def family_of(settings: Settings, run: Run) -> str:
    """Return the family in whose experiment a run is."""
    experiment = connect(settings).get_experiment(run.info.experiment_id)
    return str(experiment.name).removeprefix(EXPERIMENT.format(family=""))


def read_run_file(settings: Settings, version: Version, name: str) -> bytes:
    """Return a file of the run that made a version.

    Raises:
        AtelierError: the registry cannot give it.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            return Path(connect(settings).download_artifacts(version.run_id, name, folder)).read_bytes()
    except (MlflowException, OSError) as error:
        raise AtelierError(f"The registry cannot give {name} of {version}: {error}") from error


def _experiment(client: MlflowClient, settings: Settings, family: str) -> str:
    """Return the id of the family's experiment, which is made where there is none."""
    name = EXPERIMENT.format(family=family)
    experiment = client.get_experiment_by_name(name)
    if experiment is not None:
        return str(experiment.experiment_id)
    try:
        return str(client.create_experiment(name, settings.artifacts_of(family)))
    except MlflowException as error:
        # Another machine was faster, or this one was and the answer was lost.
        made = client.get_experiment_by_name(name)
        if error.error_code != "RESOURCE_ALREADY_EXISTS" or made is None:
            raise
        return str(made.experiment_id)
