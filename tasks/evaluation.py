"""A version's figures on the pinned evaluation set, item by item."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from scipy.stats import bootstrap

from artmodels.accept import first_fault
from artmodels.bundle import load_bundle
from artmodels.errors import AtelierError
from artmodels.family import Answers, Judged, get_family
from tasks import registry
from tasks.files import replacing
from tasks.registry import Version
from tasks.settings import Settings

RESAMPLES = 9999


class EvaluationParams(BaseModel):
    """The section `evaluation` of `params.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    teacher: str = Field(description="Weights of the perceptual encoder that training learns from.")
    judge: str = Field(description="Weights of the perceptual encoder that evaluation sees with.")
    items: int = Field(ge=2, le=100_000, description="Items (pairs, works, ...) that a version is judged on.")
    samples: int = Field(2000, ge=4, le=100_000, description="Pictures that a generator is judged by.")


class _Params(BaseModel):
    """What `params.yaml` says about evaluation; its other sections are others' business."""

    evaluation: EvaluationParams


@dataclass(frozen=True)
class Interval:
    """A mean and its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.4f}, {self.high:.4f}]"


@dataclass(frozen=True)
class Evaluation:
    """What one model was found to be on the pinned set: see `Judged`."""

    evaluation_set: str
    judged: Judged

    @property
    def values(self) -> dict[str, np.ndarray]:
        """Each metric's values `(N,)`, in the same order of items for every model."""
        return self.judged.values

    def intervals(self) -> dict[str, Interval]:
        """Mean and interval of each metric."""
        return {name: interval(values) for name, values in self.values.items()}


def read_params(settings: Settings) -> EvaluationParams:
    """Read the section `evaluation` of `params.yaml`.

    Raises:
        AtelierError: the file cannot be read, or a field is not accepted.
    """
    path = settings.root / "params.yaml"
    try:
        return _Params.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {}).evaluation
    except FileNotFoundError as error:
        raise AtelierError(f"{path} is missing: run this inside an Atelier project.") from error
    except yaml.YAMLError as error:
        raise AtelierError(f"{path} is not YAML: {' '.join(str(error).split())}.") from error
    except ValidationError as error:
        field, _, reason = first_fault(error)
        raise AtelierError(f"{path}: {field or 'the file'}: {reason}.") from error


def evaluate_bundle(settings: Settings, family_name: str, bundle: Path) -> Evaluation:
    """Run a bundle over the pinned set.

    Raises:
        AtelierError: bundle, prepared data or encoder are missing or damaged, or a figure is not finite.
    """
    params = read_params(settings)
    perceptor = settings.root / params.judge
    family = get_family(family_name)
    data = family.open_data(settings.prepared)
    loaded = load_bundle(bundle, family_name)
    # A picture hides a weight that is not a number: its pixels are numbers all the same.
    if not all(tensor.isfinite().all() for tensor in loaded.tensors.values()):
        raise AtelierError(f"{bundle} holds weights that are not finite numbers: train the model again.")
    model = family.load(loaded, settings.torch_device)
    count = getattr(params, family.judged_by)
    judged = family.evaluate(model, data, perceptor, count, settings.scratch / "features")
    for name, items in (judged.values | judged.totals).items():
        if not np.isfinite(items).all():
            raise AtelierError(f"{bundle} scores {name} that are not finite numbers: the model is broken.")
    return Evaluation(_set_id(data.digest, perceptor, params.judge, count), judged)


def evaluate_version(settings: Settings, family: str, reference: str) -> dict[str, Any]:
    """Judge a registered version, record its figures with it, and return them with their intervals."""
    get_family(family)
    version = registry.find(settings, family, reference)
    evaluation = evaluate_bundle(settings, family, registry.fetch_bundle(settings, version))
    record_evaluation(settings, version, evaluation)
    figures = {name: asdict(figure) for name, figure in evaluation.intervals().items()}
    return {
        "version": version.number,
        "evaluation_set": evaluation.evaluation_set,
        "figures": figures,
        "totals": evaluation.judged.totals,
    }


def save_evaluation(evaluation: Evaluation, path: Path) -> Path:
    """Write an evaluation as JSON, its pictures beside it; return the path."""
    for name, picture in evaluation.judged.pictures.items():
        Image.fromarray(picture).save(path.with_name(f"{path.stem}-{name}.png"))
    with replacing(path) as part:
        part.write_text(json.dumps(_as_items(evaluation) | {"pictures": list(evaluation.judged.pictures)}))
    return path


def load_evaluation(path: Path) -> Evaluation:
    """Read what `save_evaluation` wrote."""
    items = json.loads(path.read_text())
    values = {name: np.array(each) for name, each in items["values"].items()}
    pictures = {name: np.asarray(Image.open(path.with_name(f"{path.stem}-{name}.png"))) for name in items["pictures"]}
    answers = {name: Answers(tuple(one["said"]), tuple(one["true"])) for name, one in items["answers"].items()}
    judged = Judged(values, items["totals"], pictures, items["protocol"], tuple(items["items"]), answers)
    return Evaluation(items["evaluation_set"], judged)


def _as_items(evaluation: Evaluation) -> dict[str, Any]:
    judged = evaluation.judged
    values = {name: items.tolist() for name, items in judged.values.items()}
    return {
        "evaluation_set": evaluation.evaluation_set,
        "values": values,
        "totals": judged.totals,
        "protocol": judged.protocol,
        "items": judged.items,
        "answers": {name: asdict(one) for name, one in judged.answers.items()},
    }


def record_evaluation(settings: Settings, version: Version, evaluation: Evaluation) -> None:
    """Write the figures to the version's run (metrics, pictures, every item as JSON) and to its tags."""
    client = registry.connect(settings)
    intervals = evaluation.intervals()
    for name, figure in intervals.items():
        client.log_metric(version.run_id, f"evaluation.{name}", figure.mean)
    for name, total in evaluation.judged.totals.items():
        client.log_metric(version.run_id, f"evaluation.{name}", total)
    for name, picture in evaluation.judged.pictures.items():
        client.log_image(version.run_id, picture, f"evaluation/{evaluation.evaluation_set}-{name}.png")
    client.log_dict(version.run_id, _as_items(evaluation), f"evaluation/{evaluation.evaluation_set}.json")
    figures = json.dumps({name: asdict(figure) for name, figure in intervals.items()})
    client.set_model_version_tag(version.family, str(version.number), "evaluation", figures)
    client.set_model_version_tag(version.family, str(version.number), "evaluation_set", evaluation.evaluation_set)


def recorded_pictures(settings: Settings, version: Version, evaluation_set: str) -> dict[str, bytes]:
    """Return the pictures that `record_evaluation` wrote of a version on an evaluation set: name to PNG."""
    files = [file.path for file in registry.connect(settings).list_artifacts(version.run_id, "evaluation")]
    found = {
        match[1]: match[0] for name in files if (match := re.fullmatch(rf".*/{evaluation_set}-([\w-]+)\.png", name))
    }
    return {picture: registry.read_run_file(settings, version, name) for picture, name in sorted(found.items())}


def difference_of_means(fresh: np.ndarray, known: np.ndarray) -> Interval:
    """Mean of `(N,)` values less that of `(M,)` others, with its 95 % percentile-bootstrap interval.

    Raises:
        AtelierError: there are fewer than two of either.
    """
    return _bootstrap((fresh, known), lambda a, b, axis: a.mean(axis) - b.mean(axis))


def interval(values: np.ndarray) -> Interval:
    """Mean of `(N,)` values with its 95 % percentile-bootstrap interval (Efron 1979); the same each time.

    Raises:
        AtelierError: there are fewer than two values.
    """
    return _bootstrap((values,), np.mean)


def _bootstrap(samples: tuple[np.ndarray, ...], statistic: Callable[..., Any]) -> Interval:
    if (fewest := min(map(len, samples))) < 2:
        raise AtelierError(f"{fewest} items are too few to judge by: add more with `atelier ingest`.")
    result = bootstrap(
        samples,
        statistic,
        n_resamples=RESAMPLES,
        # So that memory does not grow with the number of items.
        batch=max(1, 10_000_000 // sum(map(len, samples))),
        vectorized=True,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    low, high = result.confidence_interval
    return Interval(float(statistic(*samples, axis=-1)), float(low), float(high))


def _set_id(data_digest: str, perceptor: Path, judge: str, count: int) -> str:
    """Names the evaluation set: the data, the judging encoder and the number of items decide it."""
    digest = hashlib.sha256(data_digest.encode())
    digest.update(hashlib.sha256(perceptor.read_bytes()).digest() if perceptor.is_file() else judge.encode())
    digest.update(str(count).encode())
    return digest.hexdigest()[:16]
