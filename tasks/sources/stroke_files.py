"""Files of many drawings: stroke-3 arrays in an `.npz`, and QuickDraw's `.ndjson`."""

import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from artmodels.errors import AtelierError
from artmodels.sketch.strokes import to_strokes
from tasks.sources.archive import demand_modest
from tasks.sources.simplify import simplified

Strokes = list[np.ndarray]

_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, KeyError),
    # Encrypted, compressed in an unknown way, and a header that promises more than there is memory.
    *(RuntimeError, NotImplementedError, MemoryError),
)

_SPLITS = {"": "", "train": "train", "valid": "validation", "validation": "validation", "test": "test"}


@dataclass(frozen=True)
class Sketched:
    """A drawing in a file.

    Attributes:
        where: the file, and the drawing's number in it.
        fetch: returns its strokes, `(n, 2) float64` each. Raises AtelierError where they are none.
        metadata: `label` and `split`, where the file says them.
    """

    where: str
    fetch: Callable[[], Strokes]
    metadata: Mapping[str, str] = field(default_factory=dict)


def read_npz(path: Path, label: str = "") -> Iterator[Sketched]:
    """Yield the drawings of flat stroke-3 arrays.

    `points` `(all, 3)` and `lengths` `(N,)`, or the same after `train_`, `valid_` and `test_`; an array `label` (or of
    another name) holds words, or numbers of the array `classes`. Nothing pickled is opened.

    Raises:
        AtelierError: it is no such file; names the array.
    """
    arrays = _open_npz(path)
    found = [prefix for prefix in _SPLITS if f"{_joined(prefix)}points" in arrays]
    if not found:
        raise AtelierError(
            f"{path} has no array `points` (or `train_points`, ...): it has {', '.join(arrays) or 'none'}."
        )
    return (one for prefix in found for one in _of_arrays(path, arrays, prefix, label))


def read_ndjson(path: Path, label: str = "") -> Iterator[Sketched]:
    """Yield the drawings of an `.ndjson`, one a line: `drawing` `[[xs, ys], ...]` and `word` (or another field).

    Strokes with times, QuickDraw's raw drawings, are scaled and simplified as QuickDraw does (epsilon 2).
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _of_line(f"{path}#{number}", line, label or "word")


def _open_npz(path: Path) -> dict[str, np.ndarray]:
    try:
        demand_modest(path)
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except _UNREADABLE as error:
        raise AtelierError(f"{path} cannot be read as arrays ({' '.join(str(error).split())}).") from error


def _joined(prefix: str) -> str:
    return f"{prefix}_" if prefix else ""


def _of_arrays(path: Path, arrays: Mapping[str, np.ndarray], prefix: str, label: str) -> Iterator[Sketched]:
    start = _joined(prefix)
    points, lengths = arrays[f"{start}points"], arrays.get(f"{start}lengths")
    if points.ndim != 2 or points.shape[1] != 3 or points.dtype.kind not in "iuf":
        raise AtelierError(f"{path}: {start}points has the shape {points.shape}: (points, 3) numbers are accepted.")
    if lengths is None or lengths.ndim != 1 or lengths.dtype.kind not in "iu":
        raise AtelierError(f"{path}: {start}lengths is missing or no list of whole numbers.")
    if (lengths < 0).any() or int(lengths.sum()) != len(points):
        raise AtelierError(f"{path}: {start}lengths do not sum to the {len(points)} rows of {start}points.")
    words = _words(path, arrays, f"{start}{label or 'label'}", len(lengths), needed=bool(label))
    ends = np.cumsum(lengths)
    for number, (end, length) in enumerate(zip(ends, lengths, strict=True)):
        metadata = {"label": words[number], "split": _SPLITS[prefix]}
        yield Sketched(
            f"{path}#{start}{number}",
            partial(_strokes, points[end - length : end]),
            {name: value for name, value in metadata.items() if value},
        )


def _words(path: Path, arrays: Mapping[str, np.ndarray], name: str, count: int, needed: bool) -> list[str]:
    if name not in arrays:
        if needed:
            raise AtelierError(f"{path} has no array {name!r}: it has {', '.join(arrays)}.")
        return [""] * count
    labels = arrays[name]
    if labels.shape != (count,):
        raise AtelierError(f"{path}: {name} has the shape {labels.shape}: one for each of {count} drawings is needed.")
    if labels.dtype.kind in "iu" and "classes" in arrays:
        classes = arrays["classes"]
        if count and not 0 <= labels.min() <= labels.max() < len(classes):
            raise AtelierError(f"{path}: {name} names a class that is not one of the {len(classes)} in `classes`.")
        labels = classes[labels]
    return [str(word) for word in labels]


def _strokes(points: np.ndarray) -> Strokes:
    if not np.isfinite(points).all():
        raise AtelierError("a coordinate is not a finite number")
    if wrong := set(np.unique(points[:, 2]).tolist()) - {0, 1}:
        raise AtelierError(f"the pen is {min(wrong):g}: 0, it stays down, and 1, it lifts, are accepted")
    return to_strokes(points)


def _of_line(where: str, line: bytes, label: str) -> Sketched:
    try:
        said: Any = json.loads(line)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return Sketched(where, _no_json)
    word = said.get(label)
    metadata = {"label": word} if isinstance(word, str) and word else {}
    return Sketched(where, partial(_of_lists, said.get("drawing")), metadata)


def _no_json() -> Strokes:
    raise AtelierError("the line is no JSON object")


def _of_lists(drawing: Any) -> Strokes:
    try:
        strokes = [np.array([stroke[0], stroke[1]], np.float64).T for stroke in drawing]
        timed = any(len(stroke) > 2 for stroke in drawing)
        if not all(stroke.ndim == 2 for stroke in strokes):
            raise ValueError
    except (TypeError, ValueError, IndexError, KeyError, OverflowError) as error:
        raise AtelierError("`drawing` is no list of strokes [[x, ...], [y, ...]] of numbers") from error
    strokes = [stroke for stroke in strokes if len(stroke)]
    if not timed or not strokes or not np.isfinite(np.concatenate(strokes)).all():
        return strokes
    return simplified(strokes)
