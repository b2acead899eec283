"""What pictures look like to those who search for copies: their drawings, deep features and perceptual hashes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from artmodels.gan.drawings import drawing
from artmodels.gan.features import vectors_of
from artmodels.perception import Perceptor
from tasks.near import as_numbers, perceptual_hash

_SIDE = 64
"""Side at which the encoder looks, in pixels: finding copies takes less of it than judging a generator does."""


@dataclass(frozen=True)
class Looks:
    """What some pictures look like; each is its own, whatever else is looked at.

    Attributes:
        drawings: `(SIDE, SIDE) float32` each.
        vectors: their deep features, `(N, D) float32`.
        hashes: their perceptual hashes, `(N,) uint64`.
    """

    drawings: Sequence[np.ndarray]
    vectors: Tensor
    hashes: np.ndarray

    def of(self, numbers: Sequence[int]) -> "Looks":
        """Return those of some of the pictures."""
        return Looks([self.drawings[one] for one in numbers], self.vectors[numbers], self.hashes[numbers])


def look_at(pictures: Iterable[np.ndarray], eye: Perceptor) -> Looks:
    """Look at squares `(S, S, 3) uint8`, one or more, and forget them one by one."""
    drawings: list[np.ndarray] = []
    hashes: list[str] = []

    def seen() -> Iterator[np.ndarray]:
        for picture in pictures:
            drawings.append(drawing(picture))
            hashes.append(perceptual_hash(picture))
            yield picture

    return Looks(drawings, vectors_of(seen(), eye, _SIDE), as_numbers(hashes))
