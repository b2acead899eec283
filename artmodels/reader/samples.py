"""The critiques that the reader learns from, in batches of about one length."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from artmodels.reader.words import PADDING
from artmodels.stream import shuffled

CHUNK = 16
"""Batches among which critiques are sorted by length: long enough to save padding, short enough to stay mixed."""


def bucketed(lengths: np.ndarray, batch: int, seed: int, epoch: int) -> np.ndarray:
    """Return an epoch's order of sequences: every `batch` of them of about one length, the batches mixed.

    What is left when no batch more can be filled stays out, other sequences in each epoch.

    Args:
        lengths: `(N,)`, N at least `batch`.
        batch: sequences of a step.
        seed: another one gives another order.
        epoch: 0, 1, 2, ...
    """
    chance = np.random.default_rng([seed, epoch])
    mixed = chance.permutation(len(lengths))[: len(lengths) // batch * batch]
    batches = []
    for start in range(0, len(mixed), CHUNK * batch):
        chunk = mixed[start : start + CHUNK * batch]
        batches.append(chunk[np.argsort(lengths[chunk], kind="stable")].reshape(-1, batch))
    return chance.permutation(np.concatenate(batches)).ravel()


class Critiques:
    """Sample n: a critique's words and figures, padded to the longest."""

    def __init__(self, texts: Sequence[Sequence[int]], targets: Tensor, batch: int, seed: int) -> None:
        """Take word numbers of each text, and figures `(N, F)`, standardised, NaN where one is not given."""
        self.targets, self.batch, self.seed = targets, batch, seed
        self.lengths = np.array([len(text) for text in texts])
        self.words = torch.full((len(texts), int(self.lengths.max())), PADDING, dtype=torch.int32)
        for row, text in zip(self.words, texts, strict=True):
            row[: len(text)] = torch.tensor(text, dtype=torch.int32)
        self._epoch, self._order = -1, np.empty(0, np.int64)

    def sample(self, number: int) -> dict[str, Tensor]:
        """Return sample `number`."""
        row = self._row(number)
        return {"words": self.words[row], "length": torch.tensor(self.lengths[row]), "targets": self.targets[row]}

    def _row(self, number: int) -> int:
        size = len(self.lengths) // self.batch * self.batch
        if not size:
            return shuffled(number, len(self.lengths), self.seed)
        epoch, place = divmod(number, size)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, bucketed(self.lengths, self.batch, self.seed, epoch)
        return int(self._order[place])
