"""The model registry: MLflow's runs, versions and aliases. The only file that talks to it about models."""

import re
import shutil
import sqlite3
import tempfile
import uuid
import warnings
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST, ErrorCode
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
from mlflow.types.schema import Array

import artmodels.serving
from artmodels.accept import meant
from artmodels.bundle import COMPANION, CONFIG, WEIGHTS, load_bundle
from artmodels.errors import AtelierError
from artmodels.family import Family, Kind, Model, get_family
from tasks.patience import create_once
from tasks.secrets import hide_password
from tasks.settings import Settings
from tasks.stores import FAULTS, open_client, told

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
EXPERIMENT = "atelier-{family}"
REQUEST = "request"
"""The tag by which a run is found again whose making was asked for, but not answered."""

_KINDS = {"binary": DataType.binary, "string": DataType.string, "double": DataType.double}
ABSENT = {ErrorCode.Name(RESOURCE_DOES_NOT_EXIST), ErrorCode.Name(INVALID_PARAMETER_VALUE)}
"""What MLflow says where there is no such run, model, alias or version."""
_UNUSABLE: tuple[type[Exception], ...] = (*FAULTS, sqlite3.Error)


@dataclass(frozen=True)
class Version:
    """One registered version of a family's model."""

    family: str
    number: int
    run_id: str
    tags: Mapping[str, str]
    created: datetime | None = None

    @property
    def uri(self) -> str:
        """The version as MLflow names it."""
        return f"models:/{self.family}/{self.number}"

    def __str__(self) -> str:
        return f"{self.family} v{self.number}"


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


def newest_open_run(settings: Settings, family: str) -> str | None:
    """Return the id of the family's run that was begun last of those that have not ended, if there is one."""
    client = connect(settings)
    order = ["attributes.start_time DESC"]
    found = client.search_runs(
        [_experiment(client, settings, family)], "attributes.status = 'RUNNING'", max_results=1, order_by=order
    )
    return found[0].info.run_id if found else None


def register(settings: Settings, family: Family, run_id: str, bundle: Path, tags: Mapping[str, str]) -> Version:
    """Log a bundle to its run as a pickle-free pyfunc model and make it a version; alias `challenger` moves to it.

    A run has one version: called again, after a crash, it returns the version that is there.
    """
    load_bundle(bundle, family.name)
    client = connect(settings)
    known = _version_of(client, family.name, run_id)
    if known is not None:
        client.set_registered_model_alias(family.name, CHALLENGER, known.version)
        return _version(known)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # An example would be a picture in every version; the signature is stated, not inferred from one.
        warnings.filterwarnings("ignore", message=".*input example was not provided.*")
        path, named = Path(folder) / "model", Path(folder) / "bundle"
        # `fetch_bundle` looks for it by this name. Only what a bundle is made of goes into the registry.
        named.mkdir(parents=True)
        for name in (CONFIG, WEIGHTS, COMPANION):
            if (bundle / name).is_file():
                shutil.copyfile(bundle / name, named / name)
        mlflow.pyfunc.save_model(
            path,
            python_model=artmodels.serving.__file__,
            artifacts={"bundle": str(named)},
            signature=_signature(family),
            # Inferring them takes 6 s and names what training needs; these serve.
            pip_requirements=[
                "torch",
                "safetensors",
                "pydantic",
                "pillow",
                "numpy",
                "pandas",
                "opencv-python-headless",
            ],
        )
        client.log_artifacts(run_id, str(path), "model")
    _ensure_model(client, family.name)
    source = f"{client.get_run(run_id).info.artifact_uri}/model"
    created = create_once(
        lambda: client.create_model_version(family.name, source, run_id, tags=dict(tags)),
        lambda: _version_of(client, family.name, run_id),
    )
    client.set_registered_model_alias(family.name, CHALLENGER, created.version)
    return _version(created)


def finish_run(settings: Settings, run_id: str) -> None:
    """Close a run: nothing is left to do for it."""
    connect(settings).set_terminated(run_id)


def find(settings: Settings, family: str, reference: str = CHAMPION) -> Version:
    """Return the version that a reference names, in any of the forms of `parse_reference`.

    Raises:
        AtelierError: there is no such model, alias or version; the message says how to get one.
    """
    reference = parse_reference(reference, family)
    client = connect(settings)
    try:
        if reference.isdecimal():
            # More digits than a database's integer holds are no version's.
            return _version(client.get_model_version(family, reference[:18]))
        return _version(client.get_model_version_by_alias(family, reference))
    except MlflowException as error:
        if error.error_code not in ABSENT:
            raise
        raise AtelierError(_missing(client, family, reference)) from error


def aliases(settings: Settings, family: str) -> dict[str, int]:
    """Return the aliases in use and the version each names; empty where the model is not registered."""
    try:
        model = connect(settings).get_registered_model(family)
    except MlflowException as error:
        if error.error_code in ABSENT:
            return {}
        raise
    return {alias: int(number) for alias, number in model.aliases.items()}


def named_versions(settings: Settings) -> list[tuple[str, Version]]:
    """Return every alias of every registered model, with the version that it names, ordered by model and alias."""
    client = connect(settings)
    return [
        (alias, _version(client.get_model_version(model.name, number)))
        for model in client.search_registered_models(order_by=["name"])
        for alias, number in sorted(model.aliases.items())
    ]


def newest(settings: Settings, family: str) -> Version | None:
    """Return the version registered last, or None."""
    found = connect(settings).search_model_versions(f"name='{family}'", max_results=1, order_by=["version_number DESC"])
    return _version(found[0]) if found else None


def version_of_run(settings: Settings, family: str, run_id: str) -> Version | None:
    """Return the version that a run has made, if it has."""
    found = _version_of(connect(settings), family, run_id)
    return _version(found) if found else None


def find_run(settings: Settings, run_id: str) -> Run | None:
    """Return the run of this id, if there is one."""
    try:
        return connect(settings).get_run(run_id)
    except MlflowException as error:
        if error.error_code in ABSENT:
            return None
        raise


def family_of(settings: Settings, run: Run) -> str:
    """Return the family in whose experiment a run is."""
    experiment = connect(settings).get_experiment(run.info.experiment_id)
    return str(experiment.name).removeprefix(EXPERIMENT.format(family=""))


def split_reference(text: str) -> tuple[str, str]:
    """Return family and alias or number in `style@champion`, `style/3`, `models:/style@champion`, or `style`.

    Raises:
        AtelierError: the text is none of these, or there is no such family.
    """
    match = re.fullmatch(r"(?:models:/)?([\w-]+)(?:[@/]([\w-]{1,255}))?", text, re.ASCII)
    if match is None:
        raise AtelierError(f"{text!r} is no model: write style@champion, or style/3.")
    return get_family(match[1]).name, match[2] or CHAMPION


def versions(settings: Settings, family: str) -> list[Version]:
    """Return all versions, oldest first; none where the model is not registered."""
    found = connect(settings).search_model_versions(f"name='{family}'")
    return sorted(map(_version, found), key=lambda version: version.number)


def fetch_bundle(settings: Settings, version: Version) -> Path:
    """Return the version's bundle on this machine, copied from the registry the first time.

    Raises:
        AtelierError: the registry has lost the files, or they are no bundle of this family.
    """
    folder = settings.scratch / "models" / f"{version.family}-{version.number}-{version.run_id[:8]}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=_made(settings.scratch)) as temporary:
            try:
                source = mlflow.artifacts.download_artifacts(
                    run_id=version.run_id,
                    artifact_path="model/artifacts/bundle",
                    dst_path=temporary,
                    tracking_uri=settings.mlflow_uri,
                )
            except FAULTS as error:
                said = " ".join(hide_password(str(error), settings.mlflow_uri).split())
                raise AtelierError(f"The registry cannot give the files of {version}: {said}") from error
            load_bundle(Path(source), version.family)
            folder.parent.mkdir(exist_ok=True)
            try:
                Path(source).rename(folder)
            except OSError:
                # Another process was faster: what it fetched is the same.
                if not folder.is_dir():
                    raise
    return folder


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


def open_model(settings: Settings, family: str, reference: str) -> tuple[Version, Model]:
    """Return the version that a reference names, and its model on this machine's device, ready for inference.

    Raises:
        AtelierError: there is no such version, or its files are damaged.
    """
    version = find(settings, family, reference)
    bundle = load_bundle(fetch_bundle(settings, version), family)
    return version, get_family(family).load(bundle, settings.torch_device)


def parse_reference(text: str, family: str) -> str:
    """Return the alias or number in `champion`, `3`, `style@champion`, `style/3` or `models:/style@champion`.

    Raises:
        AtelierError: the text is none of these, or names another family.
    """
    match = re.fullmatch(r"(?:models:/)?(?:([\w-]+)[@/])?([\w-]{1,255})", text, re.ASCII)
    if match is None:
        raise AtelierError(f"{text!r} is no model: accepted are an alias, a number, or models:/{family}@champion.")
    if match[1] not in (None, family):
        raise AtelierError(f"{text!r} is a model of the family {match[1]!r}, wanted is {family!r}.")
    return match[2]


def _signature(family: Family) -> ModelSignature:
    inputs = Schema([_column(name, kind) for name, kind in family.inputs.items()])
    params = ParamSchema([ParamSpec(name, _type_of(value), value) for name, value in family.params.items()])
    return ModelSignature(inputs=inputs, outputs=Schema([ColSpec(DataType.binary)]), params=params)


def _column(name: str, kind: Kind) -> ColSpec:
    if kind == "binaries":
        return ColSpec(Array(DataType.binary), name, required=False)
    return ColSpec(_KINDS[kind], name)


def _type_of(value: float | int | str | bool) -> DataType:
    return {bool: DataType.boolean, float: DataType.double, int: DataType.long, str: DataType.string}[type(value)]


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


def _version_of(client: MlflowClient, family: str, run_id: str) -> ModelVersion | None:
    """Return the version that a run has, if it has one."""
    return next(iter(client.search_model_versions(f"name='{family}' and run_id='{run_id}'", max_results=1)), None)


def _ensure_model(client: MlflowClient, name: str) -> None:
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _version(version: ModelVersion) -> Version:
    created = datetime.fromtimestamp(version.creation_timestamp / 1000, UTC)
    return Version(version.name, int(version.version), str(version.run_id), dict(version.tags), created)


def _missing(client: MlflowClient, family: str, reference: str) -> str:
    versions = client.search_model_versions(f"name='{family}'")
    if not versions:
        return f"No {family} model is registered yet: train one with `atelier train {family}`."
    if reference == CHAMPION:
        return f"No {family} model is in use yet: put one to the gate with `atelier promote {family}`."
    if reference == CHALLENGER:
        return f"No {family} challenger is waiting: train one with `atelier train {family}`."
    numbers = ", ".join(map(str, sorted(int(version.version) for version in versions)))
    known = meant(reference, client.get_registered_model(family).aliases)
    return f"There is no version or alias {reference!r} of {family}{known}; versions are {numbers}."


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _check_sqlite(uri: str) -> None:
    """Open an SQLite store at once; MLflow would try for minutes where it cannot be opened."""
    if uri.startswith("sqlite:///"):
        path = Path(uri.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version")
