"""The trained composer at work: seeds in, pieces out."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from artmodels.bundle import Bundle, build_filled, fitting
from artmodels.errors import AtelierError
from artmodels.family import Model
from artmodels.music.composing import compose, harmonise
from artmodels.music.config import MusicConfig
from artmodels.music.network import MusicNet
from artmodels.music.notes import END, KEYS, pitches_of
from artmodels.music.passages import Passages

if TYPE_CHECKING:
    import pandas as pd

MOST_SEED = 2**32 - 1
MOST_FRAMES = 4096
HOTTEST = 5.0

_EXERCISE = 32


class Composer(Model):
    """Composes pieces, each from a seed.

    Attributes:
        frames_per_quarter: how fine time is.
        passages: what it learnt from, to tell copies by.
    """

    frames_per_quarter: int
    passages: Passages

    def __init__(self, bundle: Bundle, device: str = "cpu") -> None:
        """Take a bundle's network to a device.

        Raises:
            AtelierError: the bundle's configuration or weights are another network's.
        """
        try:
            weights, self.passages = Passages.split(bundle.tensors)
        except KeyError as error:
            raise AtelierError(f"The bundle lacks {error}: fetch or train the model again.") from error
        with fitting():
            self.config = MusicConfig(**bundle.config)
            self.network = build_filled(lambda: MusicNet(self.config), weights)
        self.frames_per_quarter = max(1, self.config.frames_per_quarter)
        self.network.eval().requires_grad_(False).to(device)

    def compose(
        self, seed: int, frames: int = 64, temperature: float = 0.9, phrase: np.ndarray | None = None
    ) -> np.ndarray:
        """Compose a piece of at most `frames` frames, see `composing.compose`: notes `(T, N) int64`.

        Raises:
            AtelierError: an argument is out of its range, or the phrase leaves no room.
        """
        _check(seed, temperature)
        if not 1 <= frames <= MOST_FRAMES:
            raise AtelierError(f"frames={frames} is not accepted: 1 to {MOST_FRAMES}.")
        if phrase is not None and len(phrase) >= frames:
            raise AtelierError(f"frames={frames} is not accepted: the phrase alone has {len(phrase)}.")
        return compose(self.network, seed, frames, temperature, phrase)

    def harmonise(self, seed: int, soprano: np.ndarray, temperature: float = 0.9) -> np.ndarray:
        """Set voices below an upper one, keys `(T,)`, see `composing.harmonise`: notes `(T, N) int64`.

        Raises:
            AtelierError: an argument is out of its range.
        """
        _check(seed, temperature)
        if not 1 <= len(soprano) <= MOST_FRAMES or not ((soprano >= 0) & (soprano <= END)).all():
            raise AtelierError(f"A soprano has 1 to {MOST_FRAMES} frames, each with one of the piano's {KEYS} keys.")
        return harmonise(self.network, soprano, seed, temperature)

    def predict(self, rows: "pd.DataFrame", params: Mapping[str, Any]) -> list[bytes]:
        """Column `seed`; parameters `frames` and `temperature`; the answer: a JSON object each, with the pitches."""
        frames, temperature = int(params.get("frames", 64)), float(params.get("temperature", 0.9))
        answers = []
        for seed in rows["seed"]:
            pitches = pitches_of(self.compose(int(seed), frames, temperature)).tolist()
            sounding = [[pitch for pitch in frame if pitch >= 0] for frame in pitches]
            answers.append(json.dumps({"frames_per_quarter": self.frames_per_quarter, "pitches": sounding}).encode())
        return answers

    def exercise(self) -> float:
        """Compose a short piece."""
        self.compose(0, _EXERCISE)
        return 1.0


def _check(seed: int, temperature: float) -> None:
    if not 0 <= seed <= MOST_SEED:
        raise AtelierError(f"seed={seed} is not accepted: 0 to {MOST_SEED}.")
    if not 0 < temperature <= HOTTEST:
        raise AtelierError(f"temperature={temperature:g} is not accepted: above 0, up to {HOTTEST:g}.")
