"""Is a picture a copy of a work that was learnt from?

Pictures are compared by their drawing alone, small, grey and between two blurs, so that a copy which is blurred,
recoloured, mirrored or cropped is still one. How near is too near is learnt from works held out, which are no copies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

SIDE = 24
"""Of the small pictures, in pixels."""

FINE, COARSE = 0.8, 4.0
"""Deviations of the two blurs, in pixels of the small picture: finer is brushwork, coarser is sky and earth."""

WINDOWS = (1.0, 0.85)
"""Sides of the squares that all works are searched in first, as shares of a work's shorter side."""

SHARES = tuple(np.linspace(0.75, 1.0, 6))
"""The same for the few works that are looked through pixel by pixel."""

LIKELIEST = 4
"""How many those are."""

BORDER = 2
"""Pixels of a small picture that are left out at each side."""

PLAIN = 0.5
"""Deviation in grey levels below which there is nothing to compare."""

FENCE = 2.0
"""Quartile distances below the lower quartile beyond which a distance is no accident: four in ten thousand of normally
distributed ones are as low."""


@dataclass(frozen=True)
class Nearest:
    """Of each picture: how far the nearest work is, 0 for the same drawing and about 1 for none alike, and which."""

    distance: np.ndarray
    work: np.ndarray


def drawing(picture: np.ndarray) -> np.ndarray:
    """Return what a square `(S, S, 3) uint8` shows, without its colours: `(SIDE, SIDE) float32`."""
    return _band(_small(picture, SIDE / len(picture)))


def nearest_works(drawings: Sequence[np.ndarray], works: Sequence[np.ndarray]) -> Nearest:
    """Search works `(H, W, 3) uint8` of any shape for drawings, mirrored and cropped as well."""
    first = _search(np.stack([_unit(one) for one in drawings]), works)
    looked = {
        number: [_band(_small(works[number], SIDE / (share * min(works[number].shape[:2])))) for share in SHARES]
        for number in np.unique(first)
    }
    found = [
        max((_best_match(one, looked[number]), number) for number in likeliest)
        for one, likeliest in zip(drawings, first, strict=True)
    ]
    return Nearest(1 - np.array([likeness for likeness, _ in found]), np.array([number for _, number in found]))


def copy_limit(held_out: Nearest) -> float:
    """Return the distance below which a picture is a copy: one that works held out, being none, never come near."""
    lower, upper = np.quantile(np.log(np.maximum(held_out.distance, 1e-6)), [0.25, 0.75])
    return float(np.exp(lower - FENCE * (upper - lower)))


def _search(drawings: np.ndarray, works: Sequence[np.ndarray]) -> np.ndarray:
    """Return the numbers of the likeliest works for each of `(N, SIDE**2)` drawings: `(N, LIKELIEST)` at most."""
    likeness = np.stack([(drawings @ _windows(work).T).max(1) for work in works], 1)
    return np.argsort(-likeness, axis=1, kind="stable")[:, :LIKELIEST]


def _windows(work: np.ndarray) -> np.ndarray:
    """The drawings of a work's squares, and of their mirror images: `(N, SIDE**2)`."""
    short, found = min(work.shape[:2]), []
    for share in WINDOWS:
        side = max(1, round(short * share))
        for top in _places(work.shape[0], side):
            for left in _places(work.shape[1], side):
                band = drawing(work[top : top + side, left : left + side])
                found += [_unit(band), _unit(band[:, ::-1])]
    return np.stack(found)


def _places(length: int, side: int) -> list[int]:
    """Three places of a window along a side; one where there is no room."""
    return sorted({round((length - side) * share) for share in (0, 0.5, 1)})


def _best_match(band: np.ndarray, works: Sequence[np.ndarray]) -> float:
    """The highest correlation of a drawing, or its mirror image, with any place of a work in any of its sizes."""
    # A blur at the border of a crop is not that of the same place within the work.
    inner = np.ascontiguousarray(band[BORDER:-BORDER, BORDER:-BORDER])
    if not inner.any():
        return 0.0
    found = [
        cv2.matchTemplate(work, one, cv2.TM_CCOEFF_NORMED).max()
        for one in (inner, np.ascontiguousarray(inner[:, ::-1]))
        for work in works
        if work.any()
    ]
    return float(max(found, default=0.0))


def _small(picture: np.ndarray, factor: float) -> np.ndarray:
    """Grey and smaller, at least `SIDE` x `SIDE`: `(h, w) float32`."""
    grey = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY).astype(np.float32)
    height, width = (max(SIDE, round(length * factor)) for length in grey.shape)
    return cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)


def _band(grey: np.ndarray) -> np.ndarray:
    """What is between the two blurs; nothing, all zero, of a plain picture, whose last bits are no drawing."""
    band = cv2.GaussianBlur(grey, (0, 0), FINE) - cv2.GaussianBlur(grey, (0, 0), COARSE)
    return band if band.std() > PLAIN else np.zeros_like(band)


def _unit(band: np.ndarray) -> np.ndarray:
    """A drawing `(SIDE, SIDE)` as a vector whose products with others are correlations; zero stays zero."""
    flat = (band - band.mean()).ravel()
    return flat / max(float(np.linalg.norm(flat)), 1e-6)
