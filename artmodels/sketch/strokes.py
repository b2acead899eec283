"""Drawings as arrays: (N, 3) int16, each point as its offset from the one before, and whether the pen lifts after it.

The house's drawings have a longer side of at most `SIDE` units, as QuickDraw's. The first row's offset says where the
drawing begins in its box; a model that draws is not told, since a drawing begins where it begins.
"""

import numpy as np

SIDE = 255
"""Longer side of a drawing, in units."""

MOST_POINTS = 200
"""Points of the longest drawing that a model learns from and is judged on: the paper's N_max."""


def to_strokes(drawing: np.ndarray) -> list[np.ndarray]:
    """Return a drawing's strokes, `(n, 2) float64` each, in units from its box's corner."""
    points = drawing[:, :2].astype(np.float64).cumsum(0)
    ends = np.flatnonzero(drawing[:, 2]) + 1
    return [stroke for stroke in np.split(points, ends) if len(stroke)]


def from_strokes(strokes: list[np.ndarray]) -> np.ndarray:
    """Return the drawing `(N, 3) int16` of strokes `(n, 2)` in units, rounded; undoes `to_strokes`."""
    points = np.concatenate(strokes).round().astype(np.int64)
    offsets = np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int64))
    lifts = np.zeros((len(points), 1), np.int64)
    lifts[np.cumsum([len(stroke) for stroke in strokes]) - 1] = 1
    return np.hstack([offsets, lifts]).astype(np.int16)


def fitted(strokes: list[np.ndarray]) -> list[np.ndarray]:
    """Move strokes to their box's corner and scale them to a longer side of `SIDE`."""
    points = np.concatenate(strokes)
    low, extent = points.min(0), np.ptp(points, axis=0).max()
    return [(stroke - low) * (SIDE / extent) for stroke in strokes]


def stretched(drawing: np.ndarray, most: float, chance: np.random.Generator) -> np.ndarray:
    """Stretch `(N, 3) float` by up to `most` in each direction: the paper's random scaling."""
    return drawing * np.array([*chance.uniform(1 - most, 1 + most, 2), 1], drawing.dtype)


def thinned(drawing: np.ndarray, share: float, chance: np.random.Generator) -> np.ndarray:
    """Leave out a share of the points of `(N, 3) float` that are neither a stroke's first nor its last."""
    lifts = drawing[:, 2] > 0
    inner = ~lifts & ~np.concatenate([[True], lifts[:-1]])
    kept = ~(inner & (chance.random(len(drawing)) < share))
    places = drawing[:, :2].cumsum(0)[kept]
    return np.hstack([np.diff(places, axis=0, prepend=0), drawing[kept, 2:]]).astype(drawing.dtype)
