import os
from itertools import islice

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from artmodels.images import PackedImages
from artmodels.stream import shuffled, stream
from artmodels.style.samples import StylePairs


class Numbers:
    """Sample n: the number itself, and the process that made it."""

    def sample(self, number: int) -> dict[str, Tensor]:
        return {"number": torch.tensor(number), "process": torch.tensor(os.getpid())}


def batches(source, count: int, first: int = 0, workers: int = 0, batch_size: int = 2) -> list[dict[str, Tensor]]:
    return list(islice(iter(stream(source, batch_size, first, workers)), count))


def assert_equal(one: list[dict[str, Tensor]], other: list[dict[str, Tensor]]) -> None:
    assert len(one) == len(other)
    for ours, theirs in zip(one, other, strict=True):
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.fixture
def pairs(packed_folder) -> StylePairs:
    return StylePairs(PackedImages(packed_folder), 32, seed=3)


# Workers are spawned, and import what this file imports: seconds each.
@pytest.mark.parametrize("workers", [1, 2])
def test_samples_are_the_same_whatever_the_number_of_workers(pairs, workers):
    assert_equal(batches(pairs, 5, workers=workers), batches(pairs, 5))


def test_a_stream_that_begins_later_goes_on_where_the_other_was(pairs):
    whole = batches(pairs, 8)
    for first in (1, 5, 7):
        assert_equal(batches(pairs, 8 - first, first), whole[first:])


@given(st.integers(1, 9), st.integers(0, 10**6), st.integers(1, 5))
def test_batches_are_counted_through(batch_size, first, count):
    numbers = torch.cat([batch["number"] for batch in batches(Numbers(), count, first, batch_size=batch_size)])
    assert numbers.tolist() == list(range(first * batch_size, (first + count) * batch_size))


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 9))
def test_processes_share_each_batch_in_its_order(share, processes, first):
    shares = [
        torch.cat([one["number"] for one in islice(iter(stream(Numbers(), share, first, 0, rank, processes)), 2)])
        for rank in range(processes)
    ]
    whole = torch.stack([one.view(2, share) for one in shares], 1).flatten()
    size = share * processes
    assert whole.tolist() == list(range(first * size, (first + 2) * size))


def test_without_workers_the_own_process_loads():
    assert set(batches(Numbers(), 1)[0]["process"].tolist()) == {os.getpid()}


@given(st.integers(1, 200), st.integers(0, 50), st.integers(0, 2**32))
def test_each_epoch_is_a_permutation(size, epoch, seed):
    indices = [shuffled(number, size, seed) for number in range(epoch * size, (epoch + 1) * size)]
    assert sorted(indices) == list(range(size))


@given(st.integers(0, 2**32), st.integers(0, 1000))
def test_epochs_and_seeds_are_shuffled_differently(seed, epoch):
    size = 50
    orders = [
        [shuffled(at * size + place, size, chosen) for place in range(size)]
        for at, chosen in ((epoch, seed), (epoch + 1, seed), (epoch, seed + 1))
    ]
    assert orders[0] != orders[1]
    assert orders[0] != orders[2]


def test_numbers_may_be_asked_for_in_any_order():
    forwards = [shuffled(number, 7, 1) for number in range(700)]
    assert [shuffled(number, 7, 1) for number in reversed(range(700))] == forwards[::-1]
