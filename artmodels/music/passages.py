"""Is a piece a copy of one that was learnt from?

The longest passage that it shares with any of them, in frames: the same chords at the same places one after the other,
in whatever key. How long is too long is learnt from pieces held out, which are no copies: chorales share their tunes
and their cadences.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from artmodels.music.notes import END

PREFIX = "passages."
"""Of the tensors that a bundle keeps them in."""

FENCE = 2.0
"""Quartile distances above the upper quartile beyond which a length is no accident: four in ten thousand of normally
distributed logarithms are as high."""

_EDGE = 0
"""The step between two pieces, which none has in it."""


@dataclass(frozen=True)
class Passages:
    """What a model learnt from, as the steps from frame to frame.

    Attributes:
        steps: `(S,) int32`, all pieces after one another; two steps are alike where the numbers are.
        limit: frames of the longest shared passage that is no copy.
    """

    steps: np.ndarray
    limit: int

    @classmethod
    def of(cls, pieces: Sequence[np.ndarray], held_out: Sequence[np.ndarray]) -> "Passages":
        """Remember pieces `(T, N)`, and set the limit by others; without any, a passage of any length is allowed."""
        edge = np.array([_EDGE], np.int32)
        known = cls(np.concatenate([part for piece in pieces for part in (steps_of(piece), edge)]), 0)
        shared = [known.longest(piece) for piece in held_out]
        return cls(known.steps, copy_limit(shared) if shared else np.iinfo(np.int32).max)

    def longest(self, piece: np.ndarray) -> int:
        """Return the frames of the longest passage that a piece `(T, N)` shares; 0 where it shares no step."""
        order, ordered = self._order
        # At each place the steps in a row that agree up to the one before; all but a few places have none.
        run, ended, longest = np.zeros(len(self.steps) + 1, np.int32), np.zeros(0, np.int64), 0
        for step in steps_of(piece):
            places = order[np.searchsorted(ordered, step) : np.searchsorted(ordered, step, "right")]
            lengths = run[places] + 1
            run[ended] = 0
            ended = places + 1
            run[ended] = lengths
            longest = max(longest, int(lengths.max(initial=0)))
        return longest + 1 if longest else 0

    @cached_property
    def _order(self) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(self.steps, kind="stable")
        return order, self.steps[order]

    def tensors(self) -> dict[str, Tensor]:
        """As a bundle keeps them."""
        limit = torch.tensor(self.limit, dtype=torch.int32)
        return {f"{PREFIX}steps": torch.from_numpy(self.steps), f"{PREFIX}limit": limit}

    @classmethod
    def split(cls, tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], "Passages"]:
        """Return a bundle's other tensors, and the passages.

        Raises:
            KeyError: the bundle has none.
        """
        others = {name: tensor for name, tensor in tensors.items() if not name.startswith(PREFIX)}
        return others, cls(tensors[f"{PREFIX}steps"].numpy(), int(tensors[f"{PREFIX}limit"]))


def copy_limit(shared: Sequence[int]) -> int:
    """Return the frames beyond which a shared passage makes a copy, from those of pieces that are none."""
    lower, upper = np.quantile(np.log(np.maximum(shared, 1)), [0.25, 0.75])
    return int(np.ceil(np.exp(upper + FENCE * (upper - lower))))


def steps_of(notes: np.ndarray) -> np.ndarray:
    """Return the steps `(T - 1,) int32` of a piece: two chords without their key, and how the top note moves."""
    marks = np.append(np.random.default_rng(0).integers(1, 2**63, END, np.uint64), np.uint64(0))
    top = notes[:, 0]
    depth = np.where(notes == END, END, top[:, None] - notes)
    # A sum of marks does not care for how many columns there are.
    chord = marks[depth].sum(1, dtype=np.uint64)
    moved = np.where((top[1:] == END) | (top[:-1] == END), END, top[1:] - top[:-1]).astype(np.uint64)
    mixed = chord[:-1] * np.uint64(0x9E3779B97F4A7C15) + chord[1:] * np.uint64(0xC2B2AE3D27D4EB4F) + moved * marks[1]
    found = (mixed >> np.uint64(32)).astype(np.uint32).view(np.int32)
    return np.where(found == _EDGE, np.int32(1), found)
