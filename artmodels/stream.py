"""An endless stream of training samples in which sample n is a pure function of the seed and n.

That one property gives the rest: the same samples whatever the number of loader workers, and a run that resumes at
step k sees what the undisturbed run saw.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol

import numpy as np
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler


class SampleSource(Protocol):
    """Where a family's samples come from."""

    def sample(self, number: int) -> dict[str, Tensor]:
        """Return sample `number` (0, 1, 2, ... without end), the same each time it is asked for."""
        ...


@lru_cache(maxsize=8)
def _order(seed: int, epoch: int, size: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(size)


def shuffled(number: int, size: int, seed: int) -> int:
    """Index of sample `number` among `size`: each epoch a fresh permutation, every index once an epoch."""
    return int(_order(seed, number // size, size)[number % size])


class _Samples(Dataset[dict[str, Tensor]]):
    def __init__(self, source: SampleSource) -> None:
        self.source = source

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        return self.source.sample(number)


class _Batches(Sampler[list[int]]):
    def __init__(self, batch_size: int, first: int) -> None:
        self.batch_size, self.first = batch_size, first

    def __iter__(self) -> Iterator[list[int]]:
        number = self.first * self.batch_size
        while True:
            yield list(range(number, number + self.batch_size))
            number += self.batch_size


def stream(source: SampleSource, batch_size: int, first_step: int, workers: int) -> DataLoader[dict[str, Tensor]]:
    """Return an endless loader that begins with the batch of step `first_step`."""
    return DataLoader(
        _Samples(source),
        batch_sampler=_Batches(batch_size, first_step),
        num_workers=workers,
        # A forked worker inherits locks held by other threads, and may wait for them for ever.
        multiprocessing_context="spawn" if workers else None,
        persistent_workers=workers > 0,
    )
