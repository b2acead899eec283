"""A training from its first step to its registered version, and how to find it again after a crash.

The folder of a training is named by everything that decides its outcome, so that the same request made again goes on
where the last one ended, and any other begins afresh.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from artmodels.bundle import ADVICE, weights_digest
from artmodels.family import TrainConfig, get_family
from artmodels.perception.download import PUBLISHED
from tasks import registry, versions
from tasks.estimate import remaining
from tasks.evaluation import load_evaluation, read_params, record_evaluation
from tasks.files import replacing
from tasks.progress import Show, showing_progress
from tasks.registry import Version
from tasks.settings import Settings
from tasks.tracking import deliver
from tasks.training import TrainingProgress, TrainingSpec, follow_trainer, read_spec

SPEC, START = "spec.json", "start"
DECIDING = ("data_md5", "code_revision", "config", "params_md5", "perceptor_md5")
"""The tags that tell what a version was made of."""

STARTED_FROM = "started_from"
"""The tag that names the version whose weights a training began with; without it they were drawn by chance."""

STOPPED = "stopped"
"""The tag that tells why a training ended before its last step; its best moment was kept."""

_ACCELERATORS = {"auto": "auto", "cpu": "cpu", "cuda": "gpu", "mps": "mps"}


def lineage(settings: Settings, family: str, config: Mapping[str, Any]) -> dict[str, str]:
    """Return all that decides what a training learns: the tags that a version is known by.

    Raises:
        AtelierError: the configuration is not accepted, or the data is not tracked.
    """
    checked = get_family(family).configure(config)
    return {
        "data_md5": versions.data_md5(settings),
        "code_revision": versions.code_revision(settings),
        "config": checked.model_dump_json(),
        "params_md5": _md5(settings.root / "params.yaml"),
        "perceptor_md5": _md5(_encoder(settings, family, checked)),
    }


def unchanged_version(settings: Settings, family: str, config: Mapping[str, Any]) -> int | None:
    """Return the number of the newest version if data, code and configuration are what it was trained from.

    One that was registered by a process which was killed before its end does not count: its training is to be finished.
    """
    version = registry.newest(settings, family)
    if version is None or _is_unfinished(settings, version):
        return None
    wanted = lineage(settings, family, config)
    return version.number if all(version.tags.get(key) == value for key, value in wanted.items()) else None


def foresee_training(
    settings: Settings, family: str, config: Mapping[str, Any], start: str | None = None
) -> dict[str, Any]:
    """Tell what `open_training` would begin, or go on with; return it, and begin nothing.

    Raises:
        AtelierError: as `open_training`.
    """
    _, decided = _decided(settings, family, config, start)
    folder = _folder(settings, family, decided)
    return {
        "dry_run": True,
        "family": family,
        "config": json.loads(decided["config"]),
        **{name: decided.get(name, "") for name in ("data_md5", "code_revision", STARTED_FROM)},
        "resumes": str(folder) if _is_resumable(settings, folder) else None,
    }


def foresee_retraining(settings: Settings, family: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Tell whether a retraining would train, and why; return the decision, and do nothing.

    Raises:
        AtelierError: the configuration is not accepted, or the data is not tracked.
    """
    newest = registry.newest(settings, family)
    decided = lineage(settings, family, config)
    changed = [key for key in DECIDING if newest is not None and newest.tags.get(key) != decided[key]]
    if newest is None:
        action, reason = "train and promote", f"no {family} model is registered"
    elif changed:
        action, reason = "train and promote", f"{', '.join(changed)} changed since {newest}"
    elif _is_unfinished(settings, newest) or "decision" not in newest.tags:
        action, reason = "promote", f"the retraining that made {newest} did not come to its end"
    else:
        action, reason = "nothing to do", f"data, code and configuration are those of {newest}"
    return {"dry_run": True, "family": family, "action": action, "reason": reason}


def open_training(
    settings: Settings, family: str, config: Mapping[str, Any], trigger: str, start: str | None = None
) -> Path:
    """Return the folder of this training: the unfinished one of the same lineage, else a new one with a new run.

    Args:
        settings: of the project.
        family: of the model.
        config: options that differ from their defaults, or from those of the version to begin with.
        trigger: who or what asked.
        start: alias or number of the version to begin with; None: the weights are drawn by chance.

    Raises:
        AtelierError: the configuration is not accepted, the data is not tracked, or there is no such version.
    """
    bundle, decided = _decided(settings, family, config, start)
    folder = _folder(settings, family, decided)
    if _is_resumable(settings, folder):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    options = json.loads(decided["config"])
    tags = decided | {"trigger": trigger, "folder": folder.name}
    if bundle is not None:
        # Its own copy: a training that is resumed begins with the same weights, whatever became of the registry.
        shutil.copytree(bundle, folder / START)
    run_id = registry.start_run(settings, family, folder.name, options, tags)
    spec = training_spec(settings, family, options, folder, run_id, folder / START if bundle is not None else None)
    # Last, and whole: a folder with a spec is one that can be resumed.
    with replacing(folder / SPEC) as part:
        part.write_text(spec.model_dump_json(indent=2) + "\n")
    return folder


def _decided(
    settings: Settings, family: str, config: Mapping[str, Any], start: str | None
) -> tuple[Path | None, dict[str, str]]:
    """Return the bundle that a training begins with, if it does, and all that decides its outcome."""
    if start is None:
        return None, lineage(settings, family, config)
    beginning = registry.find(settings, family, registry.parse_reference(start, family))
    bundle = registry.fetch_bundle(settings, beginning)
    decided = lineage(settings, family, json.loads(beginning.tags.get("config", "{}")) | dict(config))
    return bundle, decided | {STARTED_FROM: f"{family}/{beginning.number} sha256:{weights_digest(bundle)}"}


def _folder(settings: Settings, family: str, decided: dict[str, str]) -> Path:
    key = hashlib.sha256(json.dumps([family, decided], sort_keys=True).encode()).hexdigest()[:12]
    return settings.scratch / "runs" / f"{family}-{key}"


def _is_resumable(settings: Settings, folder: Path) -> bool:
    path = folder / SPEC
    return path.is_file() and registry.run_is_open(settings, read_spec(path).run_id)


def training_spec(
    settings: Settings,
    family: str,
    config: Mapping[str, Any],
    folder: Path,
    run_id: str = "",
    start: Path | None = None,
) -> TrainingSpec:
    """Return what a trainer needs to know to train in a folder.

    Args:
        settings: of the project.
        family: of the model.
        config: options that differ from their defaults.
        folder: where checkpoints, previews and the bundle go.
        run_id: of MLflow's run that figures go to; empty: nothing is tracked.
        start: bundle of the model to begin with; None: the weights are drawn by chance.

    Raises:
        AtelierError: the configuration is not accepted.
    """
    checked = get_family(family).configure(config)
    return TrainingSpec(
        family=family,
        config=checked.model_dump(mode="json"),
        prepared=settings.prepared,
        perceptor=str(_encoder(settings, family, checked)),
        folder=folder,
        accelerator=_ACCELERATORS[settings.device],  # type: ignore[arg-type]
        tracking_uri=settings.mlflow_uri if run_id else "",
        run_id=run_id,
        start=start,
    )


def train(settings: Settings, folder: Path, show: Show, tell: Callable[[str], None], gpus: Sequence[str] = ()) -> Path:
    """Train, from the last checkpoint if there is one; return the bundle's folder.

    `gpus` are the devices that are held for it. `tell` hears once what the training will take, and what it has to say
    where it was stopped.

    Raises:
        AtelierError: the trainer found something that a person must mend.
        TrainerDiedError: it was killed or crashed; call again to resume.
    """
    spec = read_spec(folder / SPEC).model_copy(update={"tracking_uri": settings.mlflow_uri})
    told, batch_size = False, _batch_size(spec)

    def on_progress(progress: TrainingProgress) -> None:
        nonlocal told
        left = remaining(settings, progress, batch_size)
        if left is not None and not told:
            tell(str(left))
            told = True
        show(progress.step, progress.steps, progress.shown() | (left.figures() if left else {}))

    bundle = follow_trainer(spec, on_progress, processes=settings.train_processes, gpus=gpus)
    if (folder / ADVICE).is_file():
        tell(f"Stopped, and its best moment kept: {(folder / ADVICE).read_text().strip()}")
    return bundle


def showing(folder: Path) -> AbstractContextManager[Show]:
    """Show whoever watches how far the training of a folder is."""
    spec = read_spec(folder / SPEC)
    return showing_progress(f"training {spec.family}", "samples", each=_batch_size(spec), folder=folder)


def register(settings: Settings, folder: Path, evaluation_file: Path) -> Version:
    """Register a finished training with its lineage and figures; then its folder, all in the registry now, goes."""
    spec = read_spec(folder / SPEC)
    deliver(registry.connect(settings), spec.run_id, folder)
    run = registry.connect(settings).get_run(spec.run_id)
    names = (*DECIDING, STARTED_FROM, "trigger")
    tags = {name: run.data.tags[name] for name in names if name in run.data.tags}
    if (folder / ADVICE).is_file():
        tags[STOPPED] = (folder / ADVICE).read_text().strip()
    version = registry.register(settings, get_family(spec.family), spec.run_id, folder / "bundle", tags)
    record_evaluation(settings, version, load_evaluation(evaluation_file))
    # Only now: while the run is open, the same request finds this folder and comes here again.
    registry.finish_run(settings, spec.run_id)
    shutil.rmtree(folder)
    return version


def _encoder(settings: Settings, family: str, config: TrainConfig) -> Path:
    return settings.root / get_family(family).encoder(config, read_params(settings).teacher)


def _batch_size(spec: TrainingSpec) -> int:
    return get_family(spec.family).configure(spec.config).batch_size


def _is_unfinished(settings: Settings, version: Version) -> bool:
    """Tell whether the training of a version, on this machine, still has its folder and its open run."""
    run = registry.connect(settings).get_run(version.run_id)
    folder = settings.scratch / "runs" / run.data.tags.get("folder", "")
    return (folder / SPEC).is_file() and registry.run_is_open(settings, version.run_id)


def _md5(path: Path) -> str:
    if path.name in PUBLISHED and not path.exists():
        # Fetched when needed, and checked against the digest that is published with it.
        return path.name
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() if path.is_file() else "absent"
