"""A bundle becomes a version."""

import shutil
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
from mlflow.types.schema import Array

import artmodels.serving
from artmodels.bundle import COMPANION, CONFIG, WEIGHTS, load_bundle
from artmodels.family import Family, Kind
from tasks.patience import create_once
from tasks.registry.connection import connect
from tasks.registry.names import CHALLENGER
from tasks.registry.versions import Version, _version, _version_of
from tasks.settings import Settings

_KINDS = {"binary": DataType.binary, "string": DataType.string, "double": DataType.double}


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


def _ensure_model(client: MlflowClient, name: str) -> None:
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


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
