"""Pieces as numbers: pitches as they are stored, keys from the top down as the network takes them, piano rolls.

A frame is the set of the keys that sound in it. Its notes are written from the highest to the lowest, `(N,) int64`,
key 0 being the piano's lowest (MIDI pitch 21), with `END` in the places that are left.
"""

import numpy as np
import torch
from torch import Tensor

KEYS, LOWEST = 88, 21
"""Keys of a piano, and the MIDI pitch of the first."""

END = KEYS
"""Stands where a frame has no more notes."""


def notes_of(pitches: np.ndarray) -> np.ndarray:
    """Return the notes `(T, V) int64` of pitches `(T, V)`, -1 for none; a pitch that two voices share counts once."""
    falling = -np.sort(-pitches.astype(np.int64), axis=1)
    falling[:, 1:][falling[:, 1:] == falling[:, :-1]] = -1
    falling = -np.sort(-falling, axis=1)
    return np.where(falling < 0, END, falling - LOWEST)


def pitches_of(notes: np.ndarray) -> np.ndarray:
    """Return the MIDI pitches `(T, N) int16` of notes, -1 for none."""
    return np.where(notes == END, -1, notes + LOWEST).astype(np.int16)


def roll_of(notes: Tensor) -> Tensor:
    """Return the piano roll `(..., KEYS) float`, 1 where a key sounds, of notes `(..., N)`."""
    roll = torch.zeros(*notes.shape[:-1], KEYS + 1, device=notes.device)
    return roll.scatter_(-1, notes, 1.0)[..., :KEYS]


def widen(notes: np.ndarray, width: int) -> np.ndarray:
    """Return notes `(T, N)` in `width` columns, of which the frames need no more."""
    room = np.full((len(notes), width), END, np.int64)
    kept = min(width, notes.shape[1])
    room[:, :kept] = notes[:, :kept]
    return room


def transposed(notes: np.ndarray, semitones: int) -> np.ndarray:
    """Return the notes moved up by so many semitones, which must leave them on the piano."""
    return np.where(notes == END, END, notes + semitones)


def reach(notes: np.ndarray) -> tuple[int, int]:
    """Return the lowest and the highest key that sounds; the middle of the piano where none does."""
    keys = notes[notes != END]
    return (int(keys.min()), int(keys.max())) if len(keys) else (KEYS // 2, KEYS // 2)
