"""The GAN family, as the rest of the house sees it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from artmodels.bundle import Bundle
from artmodels.family import Family, Judged, Kind, Limit, Metric, TrainConfig
from artmodels.gan.config import GanConfig
from artmodels.images import PackedImages

if TYPE_CHECKING:
    from artmodels.fit import Trainable
    from artmodels.gan.painter import GanPainter
    from artmodels.stream import SampleSource


class GanFamily(Family):
    """GAN: paints new works in the manner of a collection."""

    name: ClassVar[str] = "gan"
    Config: ClassVar[type[TrainConfig]] = GanConfig
    deciding: ClassVar[Metric] = Metric(
        "kernel_distance",
        "lower",
        1.0,
        "kernel distance (KID) from the test works, relative to works seen through frosted glass: 1",
    )
    limits: ClassVar[tuple[Limit, ...]] = (Limit("copied", 0.01, "share of pictures that copy a work learnt from"),)
    judged_by: ClassVar[Literal["items", "samples"]] = "samples"
    inputs: ClassVar[Mapping[str, Kind]] = {"seed": "double"}
    params: ClassVar[Mapping[str, float | int | str | bool]] = {"class": "", "truncation": 1.0}

    def training(self, config: GanConfig, data: PackedImages, perceptor: Path) -> tuple["Trainable", "SampleSource"]:
        """The module, and the stream of works."""
        # Lightning takes seconds to import, and only training needs it.
        from artmodels.gan.diagnosis import Diagnosis
        from artmodels.gan.module import GanModule
        from artmodels.gan.samples import Works, learn_classes
        from artmodels.perception import load_perceptor

        classes = learn_classes(data, config)
        works = Works(data, classes, config)
        eye = load_perceptor(perceptor)
        diagnosis = Diagnosis(data, eye, classes, config.classes, config.resolution, config.check_samples)
        return GanModule(config, classes, diagnosis), works

    def load(self, bundle: Bundle, device: str = "cpu") -> "GanPainter":
        """The painter."""
        from artmodels.gan.painter import GanPainter

        return GanPainter(bundle, device)

    def evaluate(
        self, model: "GanPainter", data: PackedImages, perceptor: Path, count: int, cache: Path | None = None
    ) -> Judged:
        """Figures of the first `count` seeds' pictures against the test works, and of whether they are copies."""
        from artmodels.gan.evaluation import evaluate_generator

        return evaluate_generator(model, data, perceptor, count, cache)
