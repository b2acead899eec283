"""Whether a generated picture is a copy."""

import cv2
import numpy as np
import pytest
import torch

from artmodels.gan.copies import copy_limit, nearest_drawn, nearest_works
from artmodels.gan.drawings import Drawings, drawing
from artmodels.gan.features import vectors_of
from artmodels.perception import load_perceptor
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
    limit = copy_limit(nearest_works([drawing(same(work)) for work in others[:10]], learnt).distance)
    caught = nearest_works([drawing(replay(work)) for work in learnt], learnt)
    assert (caught.distance < limit).mean() >= 0.9
    assert (caught.work[caught.distance < limit] == np.arange(20)[caught.distance < limit]).all()
    assert (nearest_works([drawing(replay(work)) for work in others[10:]], learnt).distance < limit).sum() == 0


def test_a_plain_picture_is_nobodys_copy(drawn):
    learnt, _ = drawn
    found = nearest_works([drawing(np.full((64, 64, 3), 90, np.uint8))], [*learnt, np.full((80, 70, 3), 90, np.uint8)])
    assert found.distance == pytest.approx(1)


def test_the_same_is_found_in_any_batch_and_among_drawings_that_were_put_together(drawn):
    learnt, others = drawn
    works = Drawings.joined([Drawings.of(learnt[:7]), Drawings.of(learnt[7:8]), Drawings.of(learnt[8:])])
    drawings = [drawing(same(work)) for work in [*others, *learnt]]
    together, whole = nearest_drawn(drawings, works), nearest_works(drawings, learnt)
    assert (together.distance == whole.distance).all()
    assert (together.work == whole.work).all()
    assert [nearest_drawn([one], works).distance[0] for one in drawings] == together.distance.tolist()


def test_the_search_is_exact_whatever_multiplies(drawn):
    learnt, others = drawn
    works = Drawings.of(learnt)
    lengths = np.linalg.norm(works.windows.astype(np.int64), axis=1)
    # Sums of products of whole numbers are exact as float32 as long as they stay below 2^24.
    assert 2000 < lengths.min() <= lengths.max() < 2**12
    assert len(works.likeliest([drawing(same(others[0]))], np.arange(20) < 2)[0]) == 2


def test_few_works_held_out_are_below_the_limit_however_they_are_distributed():
    chance = np.random.default_rng(0)
    usual = np.exp(chance.normal(-1, 0.2, 950))
    assert copy_limit(usual) == pytest.approx(np.exp(-1 - 2 * 0.27 - 0.135), rel=0.1)
    assert (usual < copy_limit(usual)).mean() < 0.003
    # A twentieth of them is alike: beyond the fence of the others.
    alike = np.append(usual, np.exp(chance.normal(-2.5, 0.2, 50)))
    assert (alike < copy_limit(alike)).mean() <= 0.01


def test_only_the_works_that_are_named_are_searched(drawn):
    learnt, _ = drawn
    found = nearest_drawn([drawing(same(learnt[3]))], Drawings.of(learnt), np.arange(20) > 3)
    assert found.work[0] > 3


def test_features_do_not_depend_on_what_else_is_looked_at(drawn, teacher):
    eye = load_perceptor(teacher)
    pictures = [same(work) for work in drawn[0][:3]]
    together = vectors_of(pictures, eye)
    assert (together == torch.cat([vectors_of([one], eye) for one in pictures])).all()
