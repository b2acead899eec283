"""Sets of notes become voices, as scores and MIDI files have them."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment


@dataclass(frozen=True)
class Held:
    """A note: its MIDI pitch, its first frame and the frame after its last."""

    pitch: int
    start: int
    stop: int


def voices_of(pitches: np.ndarray) -> np.ndarray:
    """Part frames `(T, N)`, the highest first and -1 for none, into voices that do not cross: `(T, V)`, V at most N.

    In a frame with fewer notes than there are voices, the voices that are nearest to them sing; the others rest.
    """
    sizes = (pitches >= 0).sum(1)
    count = max(1, int(sizes.max(initial=0)))
    voices = np.full((len(pitches), count), -1, np.int16)
    full = pitches[sizes == count][:, :count]
    where = full.mean(0) if len(full) else np.zeros(count)
    for frame, size in enumerate(sizes):
        notes = pitches[frame, :size].astype(float)
        _, chosen = linear_sum_assignment(np.abs(notes[:, None] - where[None]))
        # Sorted, the same voices take the same way together, or less, and none crosses another.
        voices[frame, np.sort(chosen)] = pitches[frame, :size]
        where = np.where(voices[frame] >= 0, voices[frame], where)
    return voices


def held_notes(voices: np.ndarray) -> list[list[Held]]:
    """Return each voice's notes: frames of one pitch, one after another, are one note, since rolls do not tell more."""
    return [_held(voice) for voice in voices.T.tolist()]


def _held(voice: list[int]) -> list[Held]:
    held: list[Held] = []
    for frame, pitch in enumerate(voice):
        if held and held[-1].stop == frame and held[-1].pitch == pitch:
            held[-1] = Held(pitch, held[-1].start, frame + 1)
        elif pitch >= 0:
            held.append(Held(pitch, frame, frame + 1))
    return held
