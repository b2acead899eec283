"""Is a picture a copy of a work that was learnt from?

Pictures are compared by their drawing alone. How near is too near is learnt from works held out, which are no copies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from artmodels.gan.drawings import Drawings

FENCE = 2.0
"""Quartile distances below the lower quartile beyond which a distance is no accident: four in ten thousand of normally
distributed ones are as low."""

RARE = 0.01
"""Share of works held out that may be as near: where many works are alike, such as seas with one horizon, distances are
not normally distributed, and more would be beyond the fence. It is what the gate allows a generator."""


@dataclass(frozen=True)
class Nearest:
    """Of each picture: how far the nearest work is, 0 for the same drawing and about 1 for none alike, and which."""

    distance: np.ndarray
    work: np.ndarray


def nearest_works(drawings: Sequence[np.ndarray], works: Sequence[np.ndarray]) -> Nearest:
    """Search works `(H, W, 3) uint8` of any shape for drawings, mirrored and cropped as well."""
    return nearest_drawn(drawings, Drawings.of(works))


def nearest_drawn(drawings: Sequence[np.ndarray], works: Drawings, among: np.ndarray | None = None) -> Nearest:
    """The same of works whose drawings are there already; `among`, `(W,) bool`, names some of them."""
    likeliest = works.likeliest(drawings, np.ones(len(works), bool) if among is None else among)
    found = [
        min((works.distance(one, number), number) for number in numbers)
        for one, numbers in zip(drawings, likeliest.tolist(), strict=True)
    ]
    return Nearest(np.array([distance for distance, _ in found]), np.array([number for _, number in found]))


def copy_limit(held_out: np.ndarray) -> float:
    """Return the distance below which a picture is a copy: one that works held out, being none, never come near.

    Args:
        held_out: `(N,)`: how far each is from the nearest work learnt from.
    """
    rare, lower, upper = np.quantile(np.log(np.maximum(held_out, 1e-6)), [RARE, 0.25, 0.75])
    return float(np.exp(min(rare, lower - FENCE * (upper - lower))))
