"""The sketch family, as the rest of the house sees it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from artmodels.bundle import Bundle
from artmodels.family import Family, Judged, Kind, Metric, TrainConfig
from artmodels.sketch.config import SketchConfig

if TYPE_CHECKING:
    from artmodels.fit import Trainable
    from artmodels.sequences import Sequences
    from artmodels.sketch.drawer import Drawer
    from artmodels.stream import SampleSource


class SketchFamily(Family):
    """RNN: draws, finishes what was begun, and varies what is given, stroke by stroke."""

    name: ClassVar[str] = "sketch"
    Config: ClassVar[type[TrainConfig]] = SketchConfig
    deciding: ClassVar[Metric] = Metric(
        "cost",
        "lower",
        1.0,
        "nats that a test drawing takes to say, relative to points that know nothing of one another: 1",
    )
    data: ClassVar[Literal["pictures", "music", "drawing", "critique"]] = "drawing"
    unit: ClassVar[str] = "drawing"
    judged_by: ClassVar[Literal["items", "samples"]] = "samples"
    inputs: ClassVar[Mapping[str, Kind]] = {"seed": "double"}
    params: ClassVar[Mapping[str, float | int | str | bool]] = {"class": "", "temperature": 0.4}

    def training(self, config: SketchConfig, data: "Sequences", perceptor: Path) -> tuple["Trainable", "SampleSource"]:
        """The module, and the stream of drawings."""
        # Lightning takes seconds to import, and only training needs it.
        from artmodels.sketch.module import SketchModule
        from artmodels.sketch.samples import Drawings, labels_of, learn_classes, rows_of

        rows, held_out = rows_of(data, "train"), rows_of(data, "validation")
        classes = learn_classes(data, rows, config)
        drawings, others = ([data.array(int(row)) for row in each] for each in (rows, held_out))
        source = Drawings(drawings, labels_of(data, rows, classes), config)
        return SketchModule(config, classes, source.scale, others, labels_of(data, held_out, classes)), source

    def load(self, bundle: Bundle, device: str = "cpu") -> "Drawer":
        """The drawer."""
        from artmodels.sketch.drawer import Drawer

        return Drawer(bundle, device)

    def evaluate(
        self, model: "Drawer", data: "Sequences", perceptor: Path, count: int, cache: Path | None = None
    ) -> Judged:
        """What up to `count` test drawings cost, against points that know nothing of one another."""
        from artmodels.sketch.evaluation import evaluate_drawer

        return evaluate_drawer(model, data, count)
