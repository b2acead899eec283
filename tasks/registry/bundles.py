"""A version becomes files on this machine, and a model at work."""

import tempfile
from pathlib import Path

import mlflow

from artmodels.bundle import load_bundle
from artmodels.errors import AtelierError
from artmodels.family import Model, get_family
from tasks.registry.versions import Version, find
from tasks.secrets import hide_password
from tasks.settings import Settings
from tasks.stores import FAULTS


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


def open_model(settings: Settings, family: str, reference: str) -> tuple[Version, Model]:
    """Return the version that a reference names, and its model on this machine's device, ready for inference.

    Raises:
        AtelierError: there is no such version, or its files are damaged.
    """
    version = find(settings, family, reference)
    bundle = load_bundle(fetch_bundle(settings, version), family)
    return version, get_family(family).load(bundle, settings.torch_device)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
