"""The drawings that a model learns from, in batches of like length."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from artmodels.errors import AtelierError
from artmodels.sketch.config import SketchConfig
from artmodels.sketch.network import ANY
from artmodels.sketch.strokes import MOST_POINTS, stretched, thinned

if TYPE_CHECKING:
    from artmodels.sequences import Sequences

POOL = 16
"""Batches whose drawings are sorted by length among themselves: enough that a batch's are alike, and no two epochs
show the same batch."""


def rows_of(data: "Sequences", split: str) -> np.ndarray:
    """Return the numbers of a split's drawings that are not longer than `MOST_POINTS`: `(N,)`."""
    rows = data.where(split=split)
    return rows[[len(data.array(int(row))) <= MOST_POINTS for row in rows]] if len(rows) else rows


def learn_classes(data: "Sequences", rows: np.ndarray, config: SketchConfig) -> list[str]:
    """Return the classes that are told apart, sorted: none where `naming` is 0, or where there are not two."""
    if not config.naming:
        return []
    counts = Counter(name for name in data.table["label"].fillna("").to_numpy()[rows] if name)
    known = sorted(name for name, count in counts.items() if count >= config.min_drawings)
    return known if len(known) > 1 else []


def labels_of(data: "Sequences", rows: np.ndarray, classes: Sequence[str]) -> np.ndarray:
    """Return each drawing's class, `(N,) int64`; `ANY` where it is not known."""
    numbers = {name: number for number, name in enumerate(classes, ANY + 1)}
    return np.array([numbers.get(name, ANY) for name in data.table["label"].to_numpy()[rows]], np.int64)


def offset_scale(drawings: list[np.ndarray]) -> float:
    """Return the standard deviation of all offsets, both directions together: the paper's scaling factor."""
    offsets = np.concatenate([drawing[1:, :2] for drawing in drawings]).astype(np.float64)
    return float(max(offsets.std(), 1.0))


def as_points(drawing: np.ndarray, scale: float) -> Tensor:
    """Return a drawing as the networks read it: `(MOST_POINTS, 3) float32`, offsets in shares of the scale, padded."""
    points = np.zeros((MOST_POINTS, 3), np.float32)
    points[: len(drawing)] = drawing / np.array([scale, scale, 1])
    # A drawing begins where it begins.
    points[0, :2] = 0
    return torch.from_numpy(points)


class Drawings:
    """Sample n: a drawing `(MOST_POINTS, 3) float32`, padded, its length and its class, each once an epoch.

    Those of a batch are of like length.

    Attributes:
        scale: what offsets are measured in, in units.

    Raises:
        AtelierError: there are fewer drawings than a batch has.
    """

    def __init__(self, drawings: list[np.ndarray], labels: np.ndarray, config: SketchConfig) -> None:
        if len(drawings) < config.batch_size:
            raise AtelierError(
                f"The training split has {len(drawings)} drawings, and batch_size={config.batch_size}: lower it, or "
                "add drawings with `atelier ingest PATH --kind drawing`."
            )
        self.drawings, self.labels, self.config = drawings, labels, config
        self.scale = offset_scale(drawings)
        self.lengths = np.array([len(drawing) for drawing in drawings])
        self._epoch, self._order = -1, np.empty(0, np.int64)

    def sample(self, number: int) -> dict[str, Tensor]:
        """Return sample `number`, stretched and thinned, each epoch otherwise."""
        index, config = self._index(number), self.config
        chance = np.random.default_rng([config.seed, number])
        drawing = thinned(self.drawings[index].astype(np.float32), config.dropping, chance)
        told = self.labels[index] if chance.random() >= config.withheld else ANY
        return {
            "points": as_points(stretched(drawing, config.scaling, chance), self.scale),
            "length": torch.tensor(len(drawing)),
            "label": torch.tensor(int(told)),
        }

    def _index(self, number: int) -> int:
        size = self.config.batch_size
        batches = len(self.drawings) // size
        epoch, place = divmod(number, batches * size)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self._draw_order(epoch, batches)
        return int(self._order[place])

    def _draw_order(self, epoch: int, batches: int) -> np.ndarray:
        size, chance = self.config.batch_size, np.random.default_rng([self.config.seed, epoch])
        order = chance.permutation(len(self.drawings))[: batches * size]
        pools = [order[first : first + POOL * size] for first in range(0, len(order), POOL * size)]
        alike = np.concatenate([pool[np.argsort(self.lengths[pool], kind="stable")] for pool in pools])
        return alike.reshape(batches, size)[chance.permutation(batches)].ravel()
