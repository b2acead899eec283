"""What every family of models provides, and the list of families.

Train, evaluate, promote and serve are written once, against this interface: adding a family is adding one folder
and one line in `FAMILIES`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artmodels.accept import first_fault, meant
from artmodels.errors import AtelierError

if TYPE_CHECKING:
    import pandas as pd

    from artmodels.bundle import Bundle
    from artmodels.fit import Trainable
    from artmodels.stream import SampleSource

FAMILIES: dict[str, str] = {
    "style": "artmodels.style.family:StyleFamily",
    "classifier": "artmodels.classifier.family:ClassifierFamily",
    "gan": "artmodels.gan.family:GanFamily",
    "music": "artmodels.music.family:MusicFamily",
    "sketch": "artmodels.sketch.family:SketchFamily",
    "reader": "artmodels.reader.family:ReaderFamily",
    "critic": "artmodels.critic.family:CriticFamily",
}
"""Name of each family and where it lives; imported when first asked for, since torch takes its time."""


Kind = Literal["binary", "binaries", "string", "double"]
"""What a column of the registry's interface holds; `binaries`, a list of files, may be left out."""


class TrainConfig(BaseModel):
    """The options of training that all families share; a family's `Config` adds its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    seed: int = Field(0, ge=0, description="Everything drawn by chance in training follows from this.")
    steps: int = Field(2000, ge=1, description="Optimiser steps.")
    batch_size: int = Field(4, ge=1, le=4096, description="Samples a step.")
    learning_rate: float = Field(1e-3, gt=0, le=1, description="Peak learning rate.")
    ema_decay: float = Field(0.995, ge=0, lt=1, description="Decay of the weights' moving average, a step.")
    precision: Literal["32-true", "bf16-mixed"] = Field(
        "bf16-mixed",
        description="Arithmetic of the forward pass; bf16 needs a GPU or a CPU with avx512_bf16.",
    )
    checkpoint_steps: int = Field(200, ge=1, description="Steps between checkpoints.")
    checkpoint_minutes: float = Field(5, gt=0, description="Minutes between checkpoints, whatever the steps.")
    preview_steps: int = Field(20, ge=1, description="Step of the first preview picture; from it on, intervals grow.")
    workers: int = Field(0, ge=0, le=64, description="Processes that load data; 0: the trainer's own.")


@dataclass(frozen=True)
class Metric:
    """A figure on the evaluation set, and which way is better."""

    name: str
    better: Literal["lower", "higher"]
    baseline: float
    """What doing nothing scores: a family's first champion must beat it."""
    meaning: str


@dataclass(frozen=True)
class Guard:
    """A figure a challenger may not worsen beyond `most` times the champion's, however good it is otherwise."""

    name: str
    most: float
    meaning: str


@dataclass(frozen=True)
class Limit:
    """A figure of the evaluation that no model may exceed, whatever the champion's is."""

    name: str
    most: float
    meaning: str


@dataclass(frozen=True)
class Answers:
    """What a model said of each item whose truth is known, and the truth `(N,)`: words, or numbers."""

    said: tuple[str, ...] | tuple[float, ...]
    true: tuple[str, ...] | tuple[float, ...]


@dataclass(frozen=True)
class Judged:
    """What an evaluation found.

    Attributes:
        values: each metric's values `(N,)`, item by item, so that two models can be compared pairwise.
        totals: figures that only the whole has.
        pictures: for a person to look at, `(H, W, 3) uint8` each.
        protocol: how the figures came about, where others could come about otherwise.
        items: id of the work that each item of the deciding metric is about, of a family that judges works.
        answers: of a model that names or estimates, what it said, by what it was asked.
    """

    values: dict[str, np.ndarray]
    totals: dict[str, float] = field(default_factory=dict)
    pictures: dict[str, np.ndarray] = field(default_factory=dict)
    protocol: dict[str, str] = field(default_factory=dict)
    items: tuple[str, ...] = ()
    answers: dict[str, Answers] = field(default_factory=dict)


class Model(ABC):
    """A trained model ready for inference, on one device."""

    @abstractmethod
    def predict(self, rows: "pd.DataFrame", params: Mapping[str, Any]) -> list[bytes]:
        """Serve the registry's interface: one output for each row of `Family.inputs` columns."""

    @abstractmethod
    def exercise(self) -> float:
        """Do a typical piece of work, for the guards that measure its cost; return how many `Family.unit` it was."""


class Family(ABC):
    """One kind of model: its options, its training, its evaluation, its serving."""

    name: ClassVar[str]
    Config: ClassVar[type[TrainConfig]]
    deciding: ClassVar[Metric]
    data: ClassVar[Literal["pictures", "music", "drawing", "critique"]] = "pictures"
    """What its models learn from and are judged on: packed pictures, or sequences of a kind."""
    kinds: ClassVar[tuple[str, ...]] = ("artwork",)
    """Of pictures, the kinds that they learn from."""
    unit: ClassVar[str] = "megapixel"
    """What a model's work is counted in."""
    limits: ClassVar[tuple[Limit, ...]] = ()
    judged_by: ClassVar[Literal["items", "samples"]] = "items"
    """Which number of `params.yaml` says how many items a model is judged on."""
    judges_works: ClassVar[bool] = False
    """Whether each item of its evaluation is about one artwork, so that new ones can be told from known ones."""
    inputs: ClassVar[Mapping[str, Kind]]
    params: ClassVar[Mapping[str, float | int | str | bool]]

    @property
    def guards(self) -> tuple[Guard, ...]:
        """What a challenger may cost, compared with the champion."""
        return (
            Guard(f"seconds_per_{self.unit}", 1.5, f"time that one {self.unit} takes on this machine"),
            Guard("peak_megabytes", 1.5, "most memory that a typical piece of work takes, the process included"),
        )

    def open_data(self, prepared: Path) -> Any:
        """Open what the family's models learn from, in the folder of what `dvc.yaml` derives.

        Raises:
            AtelierError: it is not there, or damaged.
        """
        if self.data == "pictures":
            from artmodels.images import PackedImages

            return PackedImages(prepared / "packed")
        from artmodels.sequences import Sequences

        return Sequences(prepared / "sequences" / f"{self.data}.parquet")

    def configure(self, options: Mapping[str, Any]) -> TrainConfig:
        """Check a configuration.

        Raises:
            AtelierError: an option is unknown or out of its range; the message names it.
        """
        try:
            return self.Config(**options)
        except ValidationError as error:
            field, value, reason = first_fault(error)
            if field not in (known := self.Config.model_fields):
                reason = f"unknown option{meant(field, known)}; known are {', '.join(known)}"
            raise AtelierError(f"{self.name}: {field}={value!r} is not accepted: {reason}.") from error

    def encoder(self, config: Any, default: str) -> str:
        """Return the file or name of the perceptual encoder that training uses: the default, or an option's."""
        return default

    @abstractmethod
    def training(self, config: Any, data: Any, perceptor: Path) -> tuple["Trainable", "SampleSource"]:
        """Return the module to train and the samples it learns from; `data` is what `open_data` returned."""

    @abstractmethod
    def load(self, bundle: "Bundle", device: str = "cpu") -> Model:
        """Build the inference model from a bundle."""

    @abstractmethod
    def evaluate(self, model: Any, data: Any, perceptor: Path, count: int, cache: Path | None = None) -> Judged:
        """Judge a model on the pinned test set: the same `count` items, in the same order, for any model.

        `cache` is a folder for what depends on the data and the encoder alone.
        """


def get_family(name: str) -> Family:
    """Return a family by name.

    Raises:
        AtelierError: there is none of that name.
    """
    if name not in FAMILIES:
        raise AtelierError(
            f"There is no model family {name!r}{meant(name, FAMILIES)}; known are {', '.join(FAMILIES)}."
        )
    module, _, attribute = FAMILIES[name].partition(":")
    family: Family = getattr(import_module(module), attribute)()
    return family
