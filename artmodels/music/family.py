"""The music family, as the rest of the house sees it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from artmodels.bundle import Bundle
from artmodels.family import Family, Judged, Kind, Limit, Metric, TrainConfig
from artmodels.music.config import MusicConfig
from artmodels.sequences import Sequences

if TYPE_CHECKING:
    from artmodels.fit import Trainable
    from artmodels.music.composer import Composer
    from artmodels.stream import SampleSource


class MusicFamily(Family):
    """RNN: composes music for several voices."""

    name: ClassVar[str] = "music"
    Config: ClassVar[type[TrainConfig]] = MusicConfig
    data: ClassVar[Literal["pictures", "music", "drawing", "critique"]] = "music"
    unit: ClassVar[str] = "piece"
    deciding: ClassVar[Metric] = Metric(
        "surprise",
        "lower",
        1.0,
        "nats per frame of the test pieces, relative to knowing only how often each key sounds: 1",
    )
    limits: ClassVar[tuple[Limit, ...]] = (Limit("copied", 0.1, "share of pieces that copy one learnt from"),)
    inputs: ClassVar[Mapping[str, Kind]] = {"seed": "double"}
    params: ClassVar[Mapping[str, float | int | str | bool]] = {"frames": 64, "temperature": 0.9}

    def training(self, config: MusicConfig, data: Sequences, perceptor: Path) -> tuple["Trainable", "SampleSource"]:
        """The module, and the stream of windows."""
        # Lightning takes seconds to import, and only training needs it.
        from artmodels.music.module import MusicModule
        from artmodels.music.passages import Passages
        from artmodels.music.pieces import learn_resolution, read_pieces, width_of
        from artmodels.music.samples import PieceWindows

        resolution = config.frames_per_quarter or learn_resolution(data)
        pieces, held_out = (read_pieces(data, split, resolution) for split in ("train", "validation"))
        learnt = {"frames_per_quarter": resolution, "voices": config.voices or width_of(pieces)}
        passages = Passages.of(pieces, held_out)
        return MusicModule(config.model_copy(update=learnt), held_out, passages), PieceWindows(pieces, config)

    def load(self, bundle: Bundle, device: str = "cpu") -> "Composer":
        """The composer."""
        from artmodels.music.composer import Composer

        return Composer(bundle, device)

    def evaluate(
        self, model: "Composer", data: Sequences, perceptor: Path, count: int, cache: Path | None = None
    ) -> Judged:
        """Nats per frame of up to `count` test pieces, relative and as published; and copies among composed ones."""
        from artmodels.music.evaluation import evaluate_composer

        return evaluate_composer(model, data, count)
