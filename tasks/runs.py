"""A training from its first step to its registered version, and how to find it again after a crash.

The folder of a training is named by everything that decides its outcome, so that the same request made again goes on
where the last one ended, and any other begins afresh.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from artmodels.family import get_family
from tasks import registry, versions
from tasks.evaluation import load_evaluation, read_params, record_evaluation
from tasks.registry import Version
from tasks.settings import Settings
from tasks.training import TrainingProgress, TrainingSpec, follow_trainer, read_spec

SPEC = "spec.json"
_ACCELERATORS = {"auto": "auto", "cpu": "cpu", "cuda": "gpu", "mps": "mps"}


def lineage(settings: Settings, family: str, config: Mapping[str, Any]) -> dict[str, str]:
    """Return all that decides what a training learns: the tags that a version is known by.

    Raises:
        AtelierError: the configuration is not accepted, or the data is not tracked.
    """
    checked = get_family(family).configure(config)
    perceptor = settings.root / read_params(settings).teacher
    return {
        "data_md5": versions.data_md5(settings),
        "code_revision": versions.code_revision(settings),
        "config": checked.model_dump_json(),
        "params_md5": _md5(settings.root / "params.yaml"),
        "perceptor_md5": _md5(perceptor),
    }


def unchanged_version(settings: Settings, family: str, config: Mapping[str, Any]) -> int | None:
    """Return the number of the newest version if data, code and configuration are what it was trained from."""
    version = registry.newest(settings, family)
    if version is None:
        return None
    wanted = lineage(settings, family, config)
    return version.number if all(version.tags.get(key) == value for key, value in wanted.items()) else None


def open_training(settings: Settings, family: str, config: Mapping[str, Any], trigger: str) -> Path:
    """Return the folder of this training: the unfinished one of the same lineage, else a new one with a new run."""
    decided = lineage(settings, family, config)
    key = hashlib.sha256(json.dumps([family, decided], sort_keys=True).encode()).hexdigest()[:12]
    folder = settings.scratch / "runs" / f"{family}-{key}"
    path = folder / SPEC
    if path.is_file() and registry.run_is_open(settings, read_spec(path).run_id):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    options = get_family(family).configure(config).model_dump(mode="json")
    tags = decided | {"trigger": trigger, "folder": folder.name}
    run_id = registry.start_run(settings, family, folder.name, options, tags)
    spec = TrainingSpec(
        family=family,
        config=options,
        data=settings.prepared / "packed",
        perceptor=str(settings.root / read_params(settings).teacher),
        folder=folder,
        accelerator=_ACCELERATORS[settings.device],  # type: ignore[arg-type]
        tracking_uri=settings.mlflow_uri,
        run_id=run_id,
    )
    # Last, and whole: a folder with a spec is one that can be resumed.
    temporary = path.with_suffix(".part")
    temporary.write_text(spec.model_dump_json(indent=2) + "\n")
    temporary.replace(path)
    return folder


def train(folder: Path, show: Callable[[int, int, dict[str, float]], None]) -> Path:
    """Train, from the last checkpoint if there is one; return the bundle's folder.

    Raises:
        AtelierError: the trainer found something that a person must mend.
        TrainerDiedError: it was killed or crashed; call again to resume.
    """

    def on_progress(progress: TrainingProgress) -> None:
        show(progress.step, progress.steps, progress.figures)

    return follow_trainer(read_spec(folder / SPEC), on_progress)


def register(settings: Settings, folder: Path, evaluation_file: Path) -> Version:
    """Register a finished training with its lineage and figures; then its folder, all in the registry now, goes."""
    spec = read_spec(folder / SPEC)
    run = registry.connect(settings).get_run(spec.run_id)
    names = ("data_md5", "code_revision", "config", "params_md5", "perceptor_md5", "trigger")
    tags = {name: run.data.tags[name] for name in names}
    version = registry.register(settings, get_family(spec.family), spec.run_id, folder / "bundle", tags)
    record_evaluation(settings, version, load_evaluation(evaluation_file))
    # Only now: while the run is open, the same request finds this folder and comes here again.
    registry.finish_run(settings, spec.run_id)
    shutil.rmtree(folder)
    return version


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() if path.is_file() else "absent"
