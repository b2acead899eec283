"""The style-transfer family, as the rest of the house sees it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from artmodels.bundle import Bundle
from artmodels.family import Family, Judged, Kind, Metric, TrainConfig
from artmodels.images import PackedImages
from artmodels.style.config import StyleConfig

if TYPE_CHECKING:
    from artmodels.fit import Trainable
    from artmodels.stream import SampleSource
    from artmodels.style.painter import StylePainter


class StyleFamily(Family):
    """CNN: repaints a picture in the style of another."""

    name: ClassVar[str] = "style"
    kinds: ClassVar[tuple[str, ...]] = ("artwork", "photograph")
    Config: ClassVar[type[TrainConfig]] = StyleConfig
    deciding: ClassVar[Metric] = Metric(
        "ideal_distance",
        "lower",
        1.0,
        "distance of (content lost, style missed) from (0, 0); doing nothing: 1",
    )
    judges_works: ClassVar[bool] = True
    inputs: ClassVar[Mapping[str, Kind]] = {
        "content": "binary",
        "style": "binary",
        "more_styles": "binaries",
        "masks": "binaries",
    }
    params: ClassVar[Mapping[str, float | int | str | bool]] = {
        "alpha": 1.0,
        "brush": 1.0,
        "keep_colours": False,
        "weights": "",
    }

    def training(self, config: StyleConfig, data: PackedImages, perceptor: Path) -> tuple["Trainable", "SampleSource"]:
        """The module, and the stream of content and style crops."""
        # Lightning takes seconds to import, and only training needs it.
        from artmodels.perception import load_perceptor
        from artmodels.style.module import StyleModule
        from artmodels.style.samples import StylePairs

        source = StylePairs(data, config.crop, config.seed)
        return StyleModule(config, load_perceptor(perceptor), data), source

    def load(self, bundle: Bundle, device: str = "cpu") -> "StylePainter":
        """The painter."""
        from artmodels.style.painter import StylePainter

        return StylePainter(bundle, device)

    def evaluate(
        self, model: "StylePainter", data: PackedImages, perceptor: Path, count: int, cache: Path | None = None
    ) -> Judged:
        """Content, style and ideal distance of every test pair, and the first pairs to look at."""
        from artmodels.style.evaluation import draw_pairs, evaluate_pairs, evaluation_pairs

        pairs = evaluation_pairs(data, count)
        return Judged(
            evaluate_pairs(model, data, perceptor, pairs),
            pictures={"pairs": draw_pairs(model, data, pairs)},
            items=tuple(data.table["id"].iloc[[style for _, style in pairs]]),
        )
