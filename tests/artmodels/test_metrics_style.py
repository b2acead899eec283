import numpy as np
import pytest
import torch

from artmodels.metrics.crossed import crossed_interval
from artmodels.metrics.kernel import kernel_distance
from artmodels.metrics.style import content_error, gram, nearest_style, style_error


@pytest.fixture
def chance() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_content_error_runs_from_nothing_changed_to_nothing_left(chance):
    content = torch.rand(2, 8, 5, 6, generator=chance)
    assert content_error(content, content) == pytest.approx([0, 0], abs=1e-6)
    assert content_error(3 * content, content) == pytest.approx([0, 0], abs=1e-6)
    left, right = torch.zeros(1, 8, 5, 6), torch.zeros(1, 8, 5, 6)
    left[:, :4], right[:, 4:] = 1, 1
    assert content_error(left, right) == pytest.approx([1])
    half = left.clone()
    half[..., :3] = right[..., :3]
    assert content_error(half, left) == pytest.approx([0.5])


def test_style_error_is_relative_to_doing_nothing(chance):
    content, style = torch.rand(2, 3, 4, 4, generator=chance)
    assert style_error(style, content, style) == pytest.approx([0, 0, 0])
    assert style_error(content, content, style) == pytest.approx([1, 1, 1])
    assert style_error((content + style) / 2, content, style) == pytest.approx([0.5] * 3)


def test_gram_is_a_mean_over_positions(chance):
    features = torch.rand(2, 3, 4, 5, generator=chance)
    expected = np.einsum("bchw,bdhw->bcd", features, features) / 20
    np.testing.assert_allclose(gram(features), expected, rtol=1e-5)
    np.testing.assert_allclose(gram(features.repeat(1, 1, 2, 3)), expected, rtol=1e-5)


def test_nearest_style_lets_layers_count_alike():
    eye = torch.eye(2)
    fine, coarse = torch.stack([eye, 2 * eye, 3 * eye]), 1000 * torch.stack([3 * eye, 2 * eye, eye])
    assert nearest_style([2 * eye, 2000 * eye], [fine, coarse]) == 1
    assert nearest_style([eye, 3100 * eye], [fine, coarse]) == 0
    assert nearest_style([1.1 * eye], [fine]) == 0


def test_kernel_distance_tells_samples_of_one_distribution_from_two(chance):
    one, same = torch.randn(2, 300, 16, generator=chance)
    other = torch.randn(300, 16, generator=chance) + 0.5
    assert abs(kernel_distance(one, same)) < 20
    assert kernel_distance(other, same) > 200
    assert kernel_distance(5 * other, 5 * same) == pytest.approx(kernel_distance(other, same))


def test_kernel_distance_is_as_the_definition_says():
    some, others = torch.tensor([[1.0, 1], [1, -1]]), torch.tensor([[1.0, 1], [-1, 1], [1, 1]])
    within, across = 1.0, (8 + 1 + 8 + 1 + 0 + 1) / 6
    assert kernel_distance(some, others) == pytest.approx(1000 * (within + (1 + 8 + 1) / 3 - 2 * across))


def test_crossed_interval_is_wide_where_pairs_share_pictures():
    rows, columns = (grid.ravel() for grid in np.mgrid[:12, :10])
    random = np.random.default_rng(0)
    alone, shared = random.normal(size=120), random.normal(size=12)[rows] + 0.01 * random.normal(size=120)
    widths = []
    for values in (alone, shared):
        low, high = crossed_interval(values, rows, columns)
        assert low < values.mean() < high
        widths.append(high - low)
    # 12 values and not 120 decide the mean: its interval is that of 12.
    assert widths[1] == pytest.approx(2 * 1.96 * shared.std() / np.sqrt(12), rel=0.2)
    assert crossed_interval(shared, rows, columns) == (low, high)


def test_crossed_interval_takes_any_pairs_and_numbers():
    values = np.array([1.0, 2, 3])
    low, high = crossed_interval(values, np.array([4, 9, 4]), np.array([0, 5, 7]))
    assert 1 <= low <= high <= 3
    assert crossed_interval(np.ones(3), np.arange(3), np.arange(3)) == (1, 1)
