"""An endless stream of training samples in which sample n is a pure function of the seed and n.

That one property gives the rest: the same samples whatever the number of loader workers or of training processes,
and a run that resumes at step k sees what the undisturbed run saw.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import count
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
    def __init__(self, batch_size: int, first: int, rank: int, processes: int) -> None:
        self.batch_size, self.first, self.rank, self.processes = batch_size, first, rank, processes

    def __iter__(self) -> Iterator[list[int]]:
        for share in count(self.first * self.processes + self.rank, self.processes):
            yield list(range(share * self.batch_size, (share + 1) * self.batch_size))


def stream(
    source: SampleSource, batch_size: int, first_step: int, workers: int, rank: int = 0, processes: int = 1
) -> DataLoader[dict[str, Tensor]]:
    """Return an endless loader that begins with the batch of step `first_step`.

    Args:
        source: of the samples.
        batch_size: samples of this process a step.
        first_step: how many steps were taken before.
        workers: processes that load; 0: this one.
        rank: which of the processes that train together this is; a step's samples are theirs in turn.
        processes: how many they are.
    """
    return DataLoader(
        _Samples(source),
        batch_sampler=_Batches(batch_size, first_step, rank, processes),
        num_workers=workers,
        # A forked worker inherits locks held by other threads, and may wait for them for ever.
        multiprocessing_context="spawn" if workers else None,
        persistent_workers=workers > 0,
    )
