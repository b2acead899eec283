"""The windows of pieces that the composer learns from, one sample after the other.

A step's windows are of like length, so that little of a batch is padding: pieces are cut into windows, sorted by
length with some chance in it, dealt to batches, and the batches shuffled. Each epoch does so anew and shows
nearly every frame, few of them twice.
"""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from artmodels.errors import AtelierError
from artmodels.music.config import MusicConfig
from artmodels.music.notes import END, reach, transposed, widen
from artmodels.music.pieces import width_of

_JITTER = 0.1
"""How far chance moves a window in the order of lengths, as a share of its length."""


class PieceWindows:
    """Sample n: `notes (T, N) int64`, `start ()` and `length ()` as in `Windows`, and if the piece has `ended ()` then.

    T is that of the batch n is in, with a frame of padding at the least, which an ending can be told in.
    """

    def __init__(self, pieces: list[np.ndarray], config: MusicConfig) -> None:
        """Cut the pieces of the training split.

        Raises:
            AtelierError: there are fewer windows than a batch shows.
        """
        self.config, self.width = config, width_of(pieces)
        self.pieces = pieces
        self.reaches = [reach(piece) for piece in pieces]
        self.lowest = min(low for low, _ in self.reaches)
        self.highest = max(high for _, high in self.reaches)
        self.windows = [
            (piece, number) for piece, notes in enumerate(pieces) for number in range(-(-len(notes) // config.window))
        ]
        self.per_epoch = len(self.windows) // config.batch_size
        if not self.per_epoch:
            raise AtelierError(
                f"The training split gives {len(self.windows)} windows of music, fewer than batch_size="
                f"{config.batch_size}: add pieces with `atelier ingest PATH --kind music`, or set a smaller batch_size."
            )
        # Of an object's own: a shared cache would mix up two sets of pieces.
        self._epoch = lru_cache(maxsize=2)(self._deal)

    def sample(self, number: int) -> dict[str, Tensor]:
        """Return sample `number`."""
        batch, place = divmod(number, self.config.batch_size)
        epoch, batch = divmod(batch, self.per_epoch)
        windows = self._epoch(epoch)[batch]
        piece, start, stop = windows[place]
        room = np.full((max(last - first for _, first, last in windows) + 1, self.width), END, np.int64)
        room[: stop - start] = self._cut(piece, start, stop, number)
        return {
            "notes": torch.from_numpy(room),
            "start": torch.tensor(start),
            "length": torch.tensor(stop - start),
            "ended": torch.tensor(stop == len(self.pieces[piece])),
        }

    def _deal(self, epoch: int) -> list[list[tuple[int, int, int]]]:
        """The batches of an epoch: of each window its piece, its first frame, and the one after its last."""
        chance, window = np.random.default_rng([self.config.seed, epoch]), self.config.window
        cut = []
        for piece, number in self.windows:
            frames = len(self.pieces[piece])
            start = max(0, min(number * window + int(chance.integers(-window, window + 1)) // 2, frames - window))
            cut.append((piece, start, min(frames, start + window)))
        size = self.config.batch_size
        lengths = np.array([stop - start for _, start, stop in cut]) * chance.uniform(
            1 - _JITTER, 1 + _JITTER, len(cut)
        )
        # A part of a batch is left out, another each time.
        order = np.argsort(lengths)[chance.integers(0, len(cut) % size + 1) :][: self.per_epoch * size]
        batches = order.reshape(self.per_epoch, size)[chance.permutation(self.per_epoch)]
        return [[cut[index] for index in batch] for batch in batches]

    def _cut(self, piece: int, start: int, stop: int, number: int) -> np.ndarray:
        """A window's notes, moved up or down as far as the range of all pieces allows."""
        most = self.config.transpose
        low, high = self.reaches[piece]
        moved = np.random.default_rng([self.config.seed, number, 1]).integers(
            max(-most, self.lowest - low), min(most, self.highest - high) + 1
        )
        return transposed(widen(self.pieces[piece][start:stop], self.width), int(moved))
