"""Drawings, stroke by stroke: stroke-3 `.npz`, QuickDraw's `.ndjson`, `.svg`, and folders of these at any depth.

A drawing becomes `(N, 3) int16`: offset in x, offset in y, and 1 where the pen lifts. Its longer side is 255 units
(QuickDraw's own convention): integers that have it, give or take five, are left as they are, all else is scaled.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from artmodels.errors import AtelierError
from artmodels.sketch.strokes import SIDE, fitted, from_strokes
from tasks.sources.sequences import Content, SequenceCandidate
from tasks.sources.stroke_files import Sketched, read_ndjson, read_npz
from tasks.sources.svg import read_svg

MOST_STORED = 10_000
"""Points of the longest drawing that is taken in."""

FARTHEST = 100_000
"""Largest coordinate that is taken for a drawing's."""

_LEAST = SIDE - 5

_READERS: dict[str, Callable[[Path, str], Iterator[Sketched]]] = {
    ".npz": read_npz,
    ".ndjson": read_ndjson,
    ".svg": read_svg,
}


def read_drawing(path: Path, columns: Mapping[str, str], defaults: Mapping[str, str]) -> Iterator[SequenceCandidate]:
    """Read a file of drawings, or a folder whose first level names what its drawings show.

    Args:
        path: the file or the folder.
        columns: `label`: the array of an `.npz`, or the field of an `.ndjson`, that says what a drawing shows.
        defaults: words for drawings that do not say it themselves.

    Raises:
        AtelierError: there is no file of drawings, it cannot be read, or a column other than `label` is named.
    """
    if unknown := columns.keys() - {"label"}:
        raise AtelierError(f"Column {min(unknown)!r} is not accepted: of drawings, `label` may have another name.")
    label = columns.get("label", "")
    if path.is_file():
        return (_candidate(one, defaults) for one in open_file(path, label))
    files = [file for file in sorted(path.rglob("*")) if file.suffix.lower() in _READERS and file.is_file()]
    if not files:
        raise AtelierError(f"{path} holds no drawings: {', '.join(_READERS)} files are accepted.")
    return (one for file in files for one in _of_folder(path, file, label, defaults))


def open_file(path: Path, label: str = "") -> Iterator[Sketched]:
    """Yield what a file of drawings holds.

    Raises:
        AtelierError: it is no such file, or cannot be read.
    """
    if path.suffix.lower() not in _READERS:
        raise AtelierError(f"{path} is no file of drawings: {', '.join(_READERS)} files are accepted.")
    return _READERS[path.suffix.lower()](path, label)


def check_strokes(strokes: list[np.ndarray]) -> list[np.ndarray]:
    """Return strokes `(n, 2) float64` if they make a drawing.

    Raises:
        AtelierError: there are too few or too many points, or some are out of range or no numbers.
    """
    count = sum(len(stroke) for stroke in strokes)
    if not 2 <= count <= MOST_STORED:
        raise AtelierError(f"it has {count} points: 2 to {MOST_STORED} make a drawing")
    points = np.concatenate(strokes).astype(np.float64)
    if not np.isfinite(points).all():
        raise AtelierError("a coordinate is not a finite number")
    if np.abs(points).max() > FARTHEST:
        raise AtelierError(f"a stroke is out of range: coordinates from -{FARTHEST} to {FARTHEST} are accepted")
    if np.ptp(points, axis=0).max() < 1e-6:
        raise AtelierError("all its points are in one place")
    return strokes


def as_stroke3(strokes: list[np.ndarray]) -> np.ndarray:
    """Return strokes as the house keeps drawings: see above.

    Raises:
        AtelierError: see `check_strokes`.
    """
    points = np.concatenate(check_strokes(strokes))
    whole = (points == points.round()).all() and points.min() >= 0 and points.max() <= SIDE
    as_it_is = whole and np.ptp(points, axis=0).max() >= _LEAST
    return from_strokes(strokes if as_it_is else fitted(strokes))


def _of_folder(folder: Path, file: Path, label: str, defaults: Mapping[str, str]) -> Iterator[SequenceCandidate]:
    parts = file.relative_to(folder).parts
    given = {**defaults, "label": parts[0]} if len(parts) > 1 else defaults
    try:
        yield from (_candidate(one, given) for one in open_file(file, label))
    except AtelierError as error:
        # The others are not to be lost for this one.
        yield SequenceCandidate(str(file), given, partial(_raise, str(error)))


def _candidate(one: Sketched, given: Mapping[str, str]) -> SequenceCandidate:
    return SequenceCandidate(one.where, {**given, **one.metadata}, partial(_fetch, one))


def _fetch(one: Sketched) -> Content:
    return as_stroke3(one.fetch()), {}


def _raise(reason: str) -> Content:
    raise AtelierError(reason)
