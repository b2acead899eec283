"""A drawing that a person gives: an SVG, or one of those in a file of many, `FILE#NUMBER`."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artmodels.errors import AtelierError
from artmodels.sketch.pictures import MARGIN
from artmodels.sketch.strokes import SIDE, fitted, from_strokes
from tasks.paths import given_path
from tasks.sources.drawing import as_stroke3, check_strokes, open_file
from tasks.sources.svg import svg_strokes


@dataclass(frozen=True)
class Given:
    """A drawing `(N, 3) int16`, where it is from, and the sha256 of what it is."""

    drawing: np.ndarray
    where: str
    sha256: str


def read_whole(where: str, field: str) -> Given:
    """Read a drawing, as large as the house's.

    Raises:
        AtelierError: it cannot be read; names the field.
    """
    return _read(where, field, as_stroke3)


def read_begun(where: str, field: str) -> Given:
    """Read a begun drawing, as large as it is on its page, which the finished one may fill.

    An SVG says how large its page is; other files' pages are 255 units. Where the page is not known, it is the drawing.

    Raises:
        AtelierError: it cannot be read; names the field.
    """
    path = Path(where)
    page = path.suffix.lower() == ".svg"
    return _read(where, field, lambda strokes: _placed(check_strokes(strokes), _share(path) if page else None))


def _share(path: Path) -> float:
    """How much of an SVG's page is drawn on, less the edge that stays blank."""
    strokes, page = svg_strokes(path)
    extent = float(np.ptp(np.concatenate(strokes), axis=0).max())
    return min(1.0, extent / (page * (1 - 2 * MARGIN))) if page else 1.0


def _placed(strokes: list[np.ndarray], share: float | None) -> np.ndarray:
    """The strokes at a share of the house's size; None: at their own, if that is not larger."""
    if share is None:
        share = min(1.0, float(np.ptp(np.concatenate(strokes), axis=0).max()) / SIDE)
    return from_strokes([stroke * share for stroke in fitted(strokes)])


def _read(where: str, field: str, convert: Callable[[list[np.ndarray]], np.ndarray]) -> Given:
    given_path(where, field)
    name, _, number = where.rpartition("#") if "#" in where and not Path(where).exists() else (where, "", "0")
    path = Path(name)
    if not path.is_file():
        raise AtelierError(f"{field}: there is no file {name}.")
    if not number.isdecimal():
        raise AtelierError(f"{field}={where!r} is not accepted: write FILE, or FILE#NUMBER from 0 on.")
    try:
        found = next((one for place, one in enumerate(open_file(path)) if place == int(number)), None)
        if found is None:
            raise AtelierError(f"{path} holds no drawing of the number {number}.")
        drawing = convert(found.fetch())
    except AtelierError as error:
        raise AtelierError(f"{field}: {where}: {error}") from error
    return Given(drawing, where, hashlib.sha256(np.ascontiguousarray(drawing, "<i2").tobytes()).hexdigest())
