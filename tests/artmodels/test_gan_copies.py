"""Whether a generated picture is a copy."""

import cv2
import numpy as np
import pytest

from artmodels.gan.copies import copy_limit, drawing, nearest_works
from artmodels.pictures import centre_square


def same(work: np.ndarray) -> np.ndarray:
    return centre_square(work, 64)


def blurred_and_mirrored(work: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(np.ascontiguousarray(same(work)[:, ::-1]), (0, 0), 1.5)


def cropped(work: np.ndarray) -> np.ndarray:
    height, width = work.shape[:2]
    return centre_square(work[height // 8 :, : width - width // 8], 64)


def recoloured(work: np.ndarray) -> np.ndarray:
    return (40 + same(work) * np.array([0.8, 0.7, 0.5])).astype(np.uint8)


class Replaying:
    """A generator that shows works that there are."""

    device, resolution = "cpu", 64

    def __init__(self, works: list[np.ndarray]) -> None:
        self.works = works

    def generate(self, seed: int) -> np.ndarray:
        return self.works[seed % len(self.works)]


@pytest.fixture
def drawn(make_painting) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Works learnt from, and others."""
    works = [make_painting(seed, 96, 120) for seed in range(40)]
    return works[:20], works[20:]


@pytest.mark.parametrize("replay", [same, blurred_and_mirrored, recoloured, cropped])
def test_a_replayed_work_is_called_a_copy_and_another_is_not(drawn, replay):
    learnt, others = drawn
    limit = copy_limit(nearest_works([drawing(same(work)) for work in others[:10]], learnt))
    caught = nearest_works([drawing(replay(work)) for work in learnt], learnt)
    assert (caught.distance < limit).mean() >= 0.9
    assert (caught.work[caught.distance < limit] == np.arange(20)[caught.distance < limit]).all()
    assert (nearest_works([drawing(replay(work)) for work in others[10:]], learnt).distance < limit).sum() == 0


def test_a_plain_picture_is_nobodys_copy(drawn):
    learnt, _ = drawn
    found = nearest_works([drawing(np.full((64, 64, 3), 90, np.uint8))], [*learnt, np.full((80, 70, 3), 90, np.uint8)])
    assert found.distance == pytest.approx(1)
