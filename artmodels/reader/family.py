"""The reader family, as the rest of the house sees it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from artmodels.bundle import Bundle
from artmodels.family import Family, Judged, Kind, Metric, TrainConfig
from artmodels.reader.config import ReaderConfig
from artmodels.sequences import Sequences

if TYPE_CHECKING:
    from artmodels.fit import Trainable
    from artmodels.reader.reader import Reader
    from artmodels.stream import SampleSource


class ReaderFamily(Family):
    """RNN: reads the scores that experts give from what was written about a work."""

    name: ClassVar[str] = "reader"
    Config: ClassVar[type[TrainConfig]] = ReaderConfig
    deciding: ClassVar[Metric] = Metric(
        "misreading", "lower", 1.0, "absolute error of the total score, relative to always guessing the mean: 1"
    )
    data: ClassVar[Literal["pictures", "music", "drawing", "critique"]] = "critique"
    unit: ClassVar[str] = "critique"
    inputs: ClassVar[Mapping[str, Kind]] = {"text": "string"}
    params: ClassVar[Mapping[str, float | int | str | bool]] = {}

    def training(self, config: ReaderConfig, data: Sequences, perceptor: Path) -> tuple["Trainable", "SampleSource"]:
        """The module, and the stream of critiques."""
        # Lightning takes seconds to import, and only training needs it.
        from artmodels.reader.module import ReaderModule

        module = ReaderModule(config, data)
        return module, module.samples

    def load(self, bundle: Bundle, device: str = "cpu") -> "Reader":
        """The reader."""
        from artmodels.reader.reader import Reader

        return Reader(bundle, device)

    def evaluate(
        self, model: "Reader", data: Sequences, perceptor: Path, count: int, cache: Path | None = None
    ) -> Judged:
        """Errors of up to `count` test critiques, and whether the intervals held."""
        from artmodels.reader.evaluation import evaluate_readings, evaluation_rows

        return Judged(*evaluate_readings(model, data, evaluation_rows(data, count)))
