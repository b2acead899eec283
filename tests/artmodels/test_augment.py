import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from artmodels.augment import Augmentation, sample_seed


@pytest.fixture
def image(make_painting) -> np.ndarray:
    return make_painting(0, 128, 200)


def crops(augment: Augmentation, image: np.ndarray, seeds: list[int]) -> list[np.ndarray]:
    return [augment(image, seed) for seed in seeds]


def test_the_seed_decides_alone(image):
    augment = Augmentation(64, jitter=0.1)
    forwards = crops(augment, image, list(range(20)))
    backwards = crops(Augmentation(64, jitter=0.1), image, list(range(20))[::-1])[::-1]
    assert all(np.array_equal(one, other) for one, other in zip(forwards, backwards, strict=True))
    assert len({crop.tobytes() for crop in forwards}) == 20


def test_workers_make_the_same_crops(image):
    augment, seeds, workers = Augmentation(32), list(range(12)), 2
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        parts = [pool.submit(crops, augment, image, seeds[rank::workers]) for rank in range(workers)]
        for rank, part in enumerate(parts):
            expected = crops(augment, image, seeds[rank::workers])
            assert all(np.array_equal(one, other) for one, other in zip(part.result(), expected, strict=True))


@pytest.mark.parametrize("shape", [(128, 200), (40, 30), (64, 64)])
def test_crops_are_new_arrays_of_one_size(make_painting, shape):
    image = make_painting(1, *shape)
    image.setflags(write=False)
    crop = Augmentation(64)(image, 3)
    assert crop.shape == (64, 64, 3)
    assert crop.dtype == np.uint8
    assert crop.flags.c_contiguous
    assert crop.flags.writeable
    assert not np.shares_memory(crop, image)


def test_without_options_the_whole_is_kept(make_painting):
    square = make_painting(2, 64, 64)
    still = Augmentation(64, scale=(1.0, 1.0), flip=False)
    # The ratio still varies a little, so this is the picture but for a few columns.
    assert np.abs(still(square, 0).astype(int) - square).mean() < 12
    mirrored = [
        np.abs(Augmentation(64, (1.0, 1.0))(square, seed).astype(int) - square).mean() > 12 for seed in range(99)
    ]
    assert 25 < sum(mirrored) < 75


def test_jitter_changes_colours_only_when_asked(make_painting):
    grey = np.full((64, 64, 3), 100, np.uint8)
    assert {int(Augmentation(32)(grey, seed).mean()) for seed in range(10)} == {100}
    assert len({int(Augmentation(32, jitter=0.3)(grey, seed).mean()) for seed in range(10)}) > 4


def test_sample_seeds_differ_by_training_epoch_and_number():
    seeds = {sample_seed(seed, epoch, number) for seed in range(5) for epoch in range(5) for number in range(50)}
    assert len(seeds) == 1250
    assert sample_seed(1, 2, 3) == sample_seed(1, 2, 3) < 2**63
    assert sample_seed(0, 1, 2) != sample_seed(0, 2, 1)


def test_it_asks_no_server():
    assert os.environ["NO_ALBUMENTATIONS_UPDATE"] == "1"
