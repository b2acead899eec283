"""Music on its way in: MIDI files, the piano rolls of Boulanger-Lewandowski et al. 2012, voices in NumPy's archives.

A piece is stored as the MIDI pitches that sound in each frame, `(T, V) int16`, -1 for none; its figures say how many
frames a quarter note lasts, and whether each column is a voice.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from artmodels.errors import AtelierError
from artmodels.music.notes import KEYS, LOWEST
from tasks.midi import FINEST, pitches_of_roll, read_midi
from tasks.sources.archive import demand_modest
from tasks.sources.matlab import read_cells
from tasks.sources.sequences import Content, SequenceCandidate

SPLITS = {"train": "train", "valid": "validation", "test": "test"}
"""Names of the published splits, and ours."""

FRAMES_PER_QUARTER = {"JSB_Chorales": 1}
"""Of the 2012 sets; the others have frames of an eighth note."""

_SIXTEENTHS, _MOST_PER_QUARTER = 4, 64

_FAULTS = (
    *(OSError, ValueError, EOFError, KeyError, NotImplementedError, RuntimeError, MemoryError),
    *(zipfile.BadZipFile, zlib.error),
)
"""What NumPy raises where an archive is none, or damaged."""

Piece = tuple[str, str, Callable[[], Content]]
"""Its place in the file, its published split, and how it is fetched."""


def read_music(path: Path, columns: Mapping[str, str], defaults: Mapping[str, str]) -> Iterator[SequenceCandidate]:
    """Yield the pieces of a file (`.mid`, `.midi`, `.mat`, `.npz`), or of all such files in a folder.

    Raises:
        AtelierError: there is no such file in it, or columns are renamed, which music has none of.
    """
    if columns:
        raise AtelierError("A column mapping goes with a CSV, and music comes in files without columns.")
    files = sorted(_files(path)) if path.is_dir() else [path]
    if not files or files[0].suffix.lower() not in _FORMATS:
        raise AtelierError(f"{path} is no music: {', '.join(_FORMATS)} files, or a folder of them, are accepted.")
    return (candidate for file in files for candidate in _candidates(file, defaults))


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in _FORMATS and path.is_file() and not hidden:
            yield path


def _candidates(file: Path, defaults: Mapping[str, str]) -> Iterator[SequenceCandidate]:
    try:
        pieces = list(_FORMATS[file.suffix.lower()](file))
    except AtelierError as error:
        # Among the rejected, like a picture that cannot be read.
        pieces = [("", "", partial(_refuse, str(error)))]
    for place, split, fetch in pieces:
        name = f"{file.stem} {place}".strip()
        # The place is the piece's group, so that two that are alike, of which the published sets have some, both stay.
        published = {"split": split, "group": name} if split else {}
        yield SequenceCandidate(
            f"{file}#{place}" if place else str(file), {"title": name, **defaults, **published}, fetch
        )


def _refuse(reason: str) -> Content:
    raise AtelierError(reason)


def _midi(file: Path) -> list[Piece]:
    return [("", "", lambda: (read_midi(file), {"frames_per_quarter": float(FINEST), "voices": 0.0}))]


def _rolls(file: Path) -> Iterator[Piece]:
    """The pieces of a 2012 set: cells `traindata`, `validdata`, `testdata` of binary rolls `(T, KEYS)`."""
    cells = read_cells(file, [f"{split}data" for split in SPLITS])
    per_quarter = float(FRAMES_PER_QUARTER.get(file.stem, 2))
    for split, ours in SPLITS.items():
        if f"{split}data" not in cells:
            raise AtelierError(f"{file} lacks {split}data: a piano-roll set has traindata, validdata and testdata.")
        for number, roll in enumerate(cells[f"{split}data"]):
            yield f"{ours} {number}", ours, partial(_from_roll, roll, per_quarter)


def _from_roll(roll: np.ndarray, per_quarter: float) -> Content:
    if roll.ndim != 2 or roll.shape[1] != KEYS or not np.isin(roll, (0, 1)).all():
        raise AtelierError(f"it has the shape {roll.shape}: frames of {KEYS} keys, each 0 or 1, are accepted")
    return _checked(pitches_of_roll(roll.astype(bool))), {"frames_per_quarter": per_quarter, "voices": 0.0}


def _archive(file: Path) -> Iterator[Piece]:
    """The pieces of an archive: for each split `SPLIT_pitches (sum of T, V)` and `SPLIT_lengths (N,)`."""
    try:
        demand_modest(file)
        # Opened here: NumPy leaves a file open that is no archive.
        with file.open("rb") as raw, np.load(raw, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except _FAULTS as error:
        raise AtelierError(f"{file} cannot be read as a .npz file: {error or 'it ends too early'}.") from error
    per_quarter = arrays.get("frames_per_quarter", np.array(_SIXTEENTHS))
    if per_quarter.shape or per_quarter not in range(1, _MOST_PER_QUARTER + 1):
        raise AtelierError(f"{file}: frames_per_quarter is no whole number from 1 to {_MOST_PER_QUARTER}.")
    for split, ours in SPLITS.items():
        pitches, lengths = (arrays.get(f"{split}_{name}", np.zeros(())) for name in ("pitches", "lengths"))
        whole = pitches.dtype.kind in "iu" and lengths.dtype.kind in "iu" and (pitches.ndim, lengths.ndim) == (2, 1)
        if not whole or (lengths < 0).any() or lengths.sum() != len(pitches):
            raise AtelierError(
                f"{file} lacks {split}_pitches (frames, voices) with {split}_lengths that sum to its frames, whole "
                "numbers both."
            )
        for number, stop in enumerate(np.cumsum(lengths).tolist()):
            voices = pitches[stop - int(lengths[number]) : stop]
            yield f"{ours} {number}", ours, partial(_from_voices, voices, float(per_quarter))


def _from_voices(voices: np.ndarray, per_quarter: float) -> Content:
    return _checked(voices), {"frames_per_quarter": per_quarter, "voices": 1.0}


def _checked(pitches: np.ndarray) -> np.ndarray:
    sounding = pitches[pitches != -1]
    if not len(sounding):
        raise AtelierError("there are no notes in it")
    if sounding.min() < LOWEST or sounding.max() >= LOWEST + KEYS:
        raise AtelierError(
            f"it has pitches from {sounding.min()} to {sounding.max()}: those of a piano, {LOWEST} to "
            f"{LOWEST + KEYS - 1}, and -1 for none, are accepted"
        )
    return pitches


_FORMATS: dict[str, Callable[[Path], "Iterator[Piece] | list[Piece]"]] = {
    ".mid": _midi,
    ".midi": _midi,
    ".mat": _rolls,
    ".npz": _archive,
}
"""Readers by the end of a file's name."""
