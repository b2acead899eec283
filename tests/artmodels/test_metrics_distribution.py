"""Distances between sets of pictures."""

import numpy as np
import pytest
import torch
from torchmetrics.image.kid import KernelInceptionDistance

from artmodels.gan.features import balance, vectors_of
from artmodels.images import PackedImages
from artmodels.metrics.frechet import _Given, frechet_distance
from artmodels.metrics.kernel import kernel_distance, kernel_items
from artmodels.metrics.manifold import coverage, density, precision
from artmodels.perception import load_perceptor
from artmodels.pictures import centre_square


@pytest.fixture
def data(watched_folder) -> PackedImages:
    return PackedImages(watched_folder)


def test_kernel_items_add_up_to_the_distance():
    chance = torch.Generator().manual_seed(0)
    some, others = torch.randn(9, 4, generator=chance), torch.randn(7, 4, generator=chance) + 1
    items = kernel_items(some, others)
    assert items.shape == (9,)
    assert items.mean().item() == pytest.approx(kernel_distance(some, others))


@pytest.mark.filterwarnings("ignore:Metric .Kernel Inception Distance. will save")
def test_the_kernel_distance_is_that_of_torchmetrics():
    chance = torch.Generator().manual_seed(0)
    some, others = torch.rand(12, 6, generator=chance), torch.rand(12, 6, generator=chance) + 0.2
    scaled = [each.double() / others.double().square().mean().sqrt() for each in (some, others)]
    metric = KernelInceptionDistance(_Given(6), subsets=1, subset_size=12)
    metric.update(scaled[0], real=False)
    metric.update(scaled[1], real=True)
    assert kernel_distance(some, others) / 1000 == pytest.approx(float(metric.compute()[0]), rel=1e-4)


def test_the_frechet_distance_is_that_of_two_normal_distributions():
    chance = torch.Generator().manual_seed(0)
    some = torch.randn(40000, 2, generator=chance)
    assert frechet_distance(2 * some + torch.tensor([3.0, 0.0]), some) == pytest.approx(9 + 2, rel=0.02)
    assert frechet_distance(some, some) == pytest.approx(0, abs=1e-3)


def test_precision_and_recall_are_each_others_mirror():
    works = torch.arange(10.0).view(-1, 1)
    made = torch.cat([works[:5] + 0.1, torch.full((5, 1), 100.0)])
    assert precision(made, works, neighbours=1).tolist() == [1] * 5 + [0] * 5
    assert precision(works, made[:5], neighbours=1).tolist() == [1] * 6 + [0] * 4
    assert density(works, works, neighbours=2).mean() == pytest.approx(1.45, abs=0.5)
    assert density(made, works).tolist()[5:] == [0] * 5


def test_a_picture_without_any_order_is_far_from_works(data, teacher):
    eye = load_perceptor(teacher)
    works = [centre_square(data[row], 64) for row in data.where("artwork")]
    chance = np.random.default_rng(0)
    shaken = [chance.permutation(work.reshape(-1, 3)).reshape(work.shape) for work in works]
    vectors, others = vectors_of(works, eye), vectors_of(shaken, eye)
    factors = balance(vectors)
    layout = slice(-192, None)
    assert (vectors * factors)[:, layout].square().sum(1).mean() == pytest.approx(1, rel=1e-4)
    assert (vectors * factors)[:, :-192].square().sum(1).mean() == pytest.approx(1, rel=1e-4)
    assert kernel_distance(others * factors, vectors * factors) > kernel_distance(vectors * factors, vectors * factors)


def test_coverage_counts_works_that_have_a_painted_neighbour():
    works = torch.arange(10.0).view(-1, 1)
    assert coverage(works + 0.1, works).mean() == 1
    assert coverage(torch.full((10, 1), 100.0), works).sum() == 0
    assert 0 < coverage(works[:1], works, neighbours=2).mean() < 0.5
