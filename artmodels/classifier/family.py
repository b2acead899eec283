"""The classifier family, as the rest of the house sees it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from artmodels.bundle import Bundle
from artmodels.classifier.config import ClassifierConfig
from artmodels.family import Family, Judged, Kind, Metric, TrainConfig
from artmodels.images import PackedImages

if TYPE_CHECKING:
    from artmodels.classifier.namer import Namer
    from artmodels.fit import Trainable
    from artmodels.stream import SampleSource


class ClassifierFamily(Family):
    """CNN: names a painting's style, genre, artist and period."""

    name: ClassVar[str] = "classifier"
    Config: ClassVar[type[TrainConfig]] = ClassifierConfig
    deciding: ClassVar[Metric] = Metric(
        "surprise",
        "lower",
        1.0,
        "negative log likelihood of the true style, relative to knowing only how frequent each style is: 1",
    )
    judges_works: ClassVar[bool] = True
    inputs: ClassVar[Mapping[str, Kind]] = {"picture": "binary"}
    params: ClassVar[Mapping[str, float | int | str | bool]] = {"top": 5}

    def encoder(self, config: ClassifierConfig, default: str) -> str:
        """The option `weights`, or the default."""
        return config.weights or default

    def training(
        self, config: ClassifierConfig, data: PackedImages, perceptor: Path
    ) -> tuple["Trainable", "SampleSource"]:
        """The module, and the stream of labelled works."""
        # Lightning takes seconds to import, and only training needs it.
        from artmodels.classifier.descriptors import Descriptors
        from artmodels.classifier.labels import labels_of, learn_classes
        from artmodels.classifier.module import ClassifierModule, is_fixed
        from artmodels.classifier.network import build_body
        from artmodels.classifier.samples import CroppedWorks, DescribedWorks
        from artmodels.perception import load_perceptor

        classes = learn_classes(data, config.min_works)
        labels = labels_of(data, classes)
        encoder = load_perceptor(perceptor) if config.network == "moments" else None
        descriptors = Descriptors(build_body(config, encoder), data, config.side)
        module = ClassifierModule(config, descriptors, classes)
        if is_fixed(config):
            return module, DescribedWorks(descriptors, labels, config.views, config.seed)
        return module, CroppedWorks(data, labels, config.side, config.seed)

    def load(self, bundle: Bundle, device: str = "cpu") -> "Namer":
        """The namer."""
        from artmodels.classifier.namer import Namer

        return Namer(bundle, device)

    def evaluate(
        self, model: "Namer", data: PackedImages, perceptor: Path, count: int, cache: Path | None = None
    ) -> Judged:
        """Surprise at the true style and whether it was named, for up to `count` test works; other heads likewise."""
        from artmodels.classifier.evaluation import evaluate_works, evaluation_works

        return evaluate_works(model, data, evaluation_works(data, count))
