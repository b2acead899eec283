"""The critic family, as the rest of the house sees it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from artmodels.bundle import Bundle
from artmodels.critic.config import CriticConfig
from artmodels.family import Family, Judged, Kind, Metric, TrainConfig
from artmodels.images import PackedImages

if TYPE_CHECKING:
    from artmodels.critic.critic import Critic
    from artmodels.fit import Trainable
    from artmodels.stream import SampleSource


class CriticFamily(Family):
    """RNN: reads a picture place by place and evaluates it: rating, style, year, artist; how surely, and why."""

    name: ClassVar[str] = "critic"
    Config: ClassVar[type[TrainConfig]] = CriticConfig
    unit: ClassVar[str] = "critique"
    deciding: ClassVar[Metric] = Metric(
        "misjudgement",
        "lower",
        1.0,
        "how wrong it is of style, year and rating, as far as they are known, relative to a blind guess: 1",
    )
    judges_works: ClassVar[bool] = True
    inputs: ClassVar[Mapping[str, Kind]] = {"picture": "binary"}
    params: ClassVar[Mapping[str, float | int | str | bool]] = {"reasons": True}

    def encoder(self, config: CriticConfig, default: str) -> str:
        """The option `weights`, or the default."""
        return config.weights or default

    def training(self, config: CriticConfig, data: PackedImages, perceptor: Path) -> tuple["Trainable", "SampleSource"]:
        """The module, and the stream of works to read."""
        # Lightning takes seconds to import, and only training needs it.
        from artmodels.critic.labels import check_heads, labels_of, learn_classes, learn_scales
        from artmodels.critic.module import CriticModule
        from artmodels.critic.places import Places
        from artmodels.critic.samples import ReadWorks
        from artmodels.perception import load_perceptor

        classes, scales = learn_classes(data, config.min_works), learn_scales(data, config)
        check_heads(classes, scales, config.min_works)
        labels = labels_of(data, classes, scales)
        encoder = load_perceptor(perceptor)
        places = Places(encoder, data, config.side, config.places, config.codes, config.seed)
        return CriticModule(config, places, classes, scales, labels), ReadWorks(places, labels, config.seed)

    def load(self, bundle: Bundle, device: str = "cpu") -> "Critic":
        """The critic."""
        from artmodels.critic.critic import Critic

        return Critic(bundle, device)

    def evaluate(
        self, model: "Critic", data: PackedImages, perceptor: Path, count: int, cache: Path | None = None
    ) -> Judged:
        """How wrong it is of up to `count` test works, and how often its intervals hold the truth."""
        from artmodels.critic.evaluation import evaluate_works, evaluation_works

        return evaluate_works(model, data, evaluation_works(data, count))
