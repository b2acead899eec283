"""What pictures show, without their colours: small, grey and between two blurs; and a search for it in many works.

A copy that is blurred, recoloured, mirrored or cropped still has its drawing.
"""

from collections.abc import Iterable, Sequence
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

_UNIT = 2048
"""What a length of 1 is among whole numbers: sums of their products stay below 2^24, where `float32` is exact. So what
is found depends neither on the batch nor on the library that multiplies."""

_AT_ONCE = 16384
"""Windows that are compared at once: 40 MB."""


def drawing(picture: np.ndarray) -> np.ndarray:
    """Return what a square `(S, S, 3) uint8` shows, without its colours: `(SIDE, SIDE) float32`."""
    return _band(_small(picture, SIDE / len(picture)))


@dataclass(frozen=True)
class Drawings:
    """The drawings of works, ready to be searched.

    Attributes:
        windows: of the squares of all works that are searched first, `(M, SIDE**2) int16`: vectors of length `_UNIT`.
        first: where each work's windows begin, and where all end: `(W + 1,) int64`.
        bands: the drawings of whole works in several sizes, one after the other, `float16`.
        places: where each is in `bands`, its height and width: `(W, len(SHARES), 3) int64`.
    """

    windows: np.ndarray
    first: np.ndarray
    bands: np.ndarray
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.places)

    @classmethod
    def of(cls, works: Iterable[np.ndarray]) -> "Drawings":
        """Draw works `(H, W, 3) uint8` of any shape, one or more."""
        return cls.joined([_of_one(work) for work in works])

    @classmethod
    def joined(cls, parts: Sequence["Drawings"]) -> "Drawings":
        """Put the drawings of several works, or several collections, together: one or more."""
        windows, bands = ([getattr(part, name) for part in parts] for name in ("windows", "bands"))
        before = np.cumsum([0, *map(len, windows)]), np.cumsum([0, *map(len, bands)])
        first = [part.first[:-1] + start for part, start in zip(parts, before[0], strict=False)]
        places = [part.places + np.array([start, 0, 0]) for part, start in zip(parts, before[1], strict=False)]
        ends = np.concatenate([*first, before[0][-1:]])
        return cls(np.concatenate(windows), ends, np.concatenate(bands), np.concatenate(places))

    def likeliest(self, drawings: Sequence[np.ndarray], among: np.ndarray) -> np.ndarray:
        """Return the numbers of the works that are most like each drawing, `(N, LIKELIEST)` at most.

        Args:
            drawings: `(SIDE, SIDE) float32` each.
            among: `(W,) bool`: the works that are looked at.
        """
        # A mirrored drawing in a work is the drawing in the mirrored work.
        wanted = np.stack([_whole(side) for one in drawings for side in (one, one[:, ::-1])]).astype(np.float32)
        parts = np.array_split(self.windows, max(1, -(-len(self.windows) // _AT_ONCE)))
        products = np.concatenate([wanted @ part.astype(np.float32).T for part in parts], 1)
        likeness = np.maximum.reduceat(products, self.first[:-1], axis=1).reshape(len(drawings), 2, -1).max(1)
        likeness[:, ~among] = -np.inf
        return np.argsort(-likeness, axis=1, kind="stable")[:, : min(LIKELIEST, int(among.sum()))]

    def distance(self, one: np.ndarray, work: int) -> float:
        """Return how far a drawing is from the place in a work that is most like it: 0 the same, about 1 not alike."""
        sizes = (
            self.bands[start : start + height * width].reshape(height, width)
            for start, height, width in self.places[work]
        )
        return 1 - _best_match(one, [size.astype(np.float32) for size in sizes])

    def tensors(self) -> dict[str, np.ndarray]:
        """Return what `Drawings` is made from, by name."""
        return vars(self).copy()


def _of_one(work: np.ndarray) -> Drawings:
    windows = _windows(work)
    bands = [_band(_small(work, SIDE / (share * min(work.shape[:2])))).astype(np.float16) for share in SHARES]
    starts = np.cumsum([0, *(band.size for band in bands[:-1])])
    places = np.array([(start, *band.shape) for start, band in zip(starts, bands, strict=True)], np.int64)
    flat = np.concatenate([band.ravel() for band in bands])
    return Drawings(windows, np.array([0, len(windows)]), flat, places[None])


def _windows(work: np.ndarray) -> np.ndarray:
    """The drawings of a work's squares: `(K, SIDE**2) int16`."""
    short, found = min(work.shape[:2]), []
    for share in WINDOWS:
        side = max(1, round(short * share))
        for top in _places(work.shape[0], side):
            for left in _places(work.shape[1], side):
                found.append(_whole(drawing(work[top : top + side, left : left + side])))
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


def _whole(band: np.ndarray) -> np.ndarray:
    """A drawing `(SIDE, SIDE)` as a vector of whole numbers, whose products with others are correlations."""
    flat = (band - band.mean()).ravel()
    return np.rint(flat * (_UNIT / max(float(np.linalg.norm(flat)), 1e-6))).astype(np.int16)
