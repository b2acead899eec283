"""The pieces of a split, all at one resolution."""

import numpy as np

from artmodels.errors import AtelierError
from artmodels.music.notes import notes_of
from artmodels.sequences import Sequences

RESOLUTION = "frames_per_quarter"
"""The figure of a piece that says how many frames a quarter note lasts."""


def learn_resolution(data: Sequences) -> int:
    """Return the frames per quarter note of the coarsest piece to learn from.

    Raises:
        AtelierError: the training split has no piece.
    """
    rows = data.where(split="train")
    if not len(rows):
        raise AtelierError(
            "The training split has no piece of music: add some with `atelier ingest PATH --kind music`."
        )
    return min(int(data.figures(row)[RESOLUTION]) for row in rows)


def read_pieces(data: Sequences, split: str, resolution: int) -> list[np.ndarray]:
    """Return the notes `(T, N)` of a split's pieces, finer ones thinned to `resolution` frames a quarter note.

    Raises:
        AtelierError: a piece is coarser, or has no whole number of frames for one of these.
    """
    return [_piece(data, row, resolution) for row in data.where(split=split)]


def _piece(data: Sequences, row: int, resolution: int) -> np.ndarray:
    own = int(data.figures(row)[RESOLUTION])
    if own % resolution:
        raise AtelierError(
            f"The piece {data.table['title'][row] or data.table['id'][row]!r} has {own} frames a quarter note, which "
            f"cannot be thinned to {resolution}: take it in anew at a multiple of that."
        )
    return notes_of(data.array(int(row)))[:: own // resolution]


def width_of(pieces: list[np.ndarray]) -> int:
    """Return the most notes that a frame of the pieces has, at least 1."""
    return max([1, *(piece.shape[1] for piece in pieces)])
