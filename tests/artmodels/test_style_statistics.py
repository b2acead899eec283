"""The transport map, against what it promises."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from artmodels.style import statistics
from artmodels.style.statistics import Affine, Statistics, identity, measure, mix, transport


def features(channels: int, seed: int, side: int = 24) -> torch.Tensor:
    chance = torch.Generator().manual_seed(seed)
    # No direction is so faint that what is added against faint ones tells.
    turned, _ = torch.linalg.qr(torch.randn(channels, channels, generator=chance))
    mixing = turned * (0.5 + 1.5 * torch.rand(channels, generator=chance))
    noise = torch.randn(1, channels, side * side, generator=chance)
    return (mixing @ noise + torch.randn(channels, 1, generator=chance)).view(1, channels, side, side)


def test_statistics_are_those_of_numpy():
    maps = features(5, 0)
    found = measure(maps)
    flat = maps[0].flatten(1)
    assert torch.allclose(found.mean[0], flat.mean(1), atol=1e-5)
    assert torch.allclose(found.covariance[0], torch.cov(flat, correction=0), atol=1e-4)


def test_even_weights_are_no_weights():
    maps = features(4, 1)
    plain, weighted = measure(maps), measure(maps, torch.full((1, 1, 24, 24), 7.0))
    assert torch.allclose(plain.mean, weighted.mean, atol=1e-5)
    assert torch.allclose(plain.covariance, weighted.covariance, atol=1e-4)


@settings(max_examples=25)
@given(st.integers(1, 24), st.integers(0, 1000))
def test_transported_features_have_the_styles_statistics(channels, seed):
    content, style = features(channels, seed), measure(features(channels, seed + 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "SHRINKAGE", 1e-5)
        carried = measure(transport(measure(content), style)(content))
    scale = style.covariance.abs().max()
    assert torch.allclose(carried.mean, style.mean, atol=1e-2 * float(scale.sqrt()))
    assert torch.allclose(carried.covariance, style.covariance, atol=2e-2 * float(scale))


def test_no_other_map_moves_the_features_less():
    content, style = features(6, 3), measure(features(6, 4))
    carried = transport(measure(content), style)(content)
    own = measure(content).covariance[0]
    root = torch.linalg.cholesky(style.covariance[0]) @ torch.linalg.inv(torch.linalg.cholesky(own))
    offset = style.mean[0] - root @ measure(content).mean[0]
    by_cholesky = Affine(root[None], offset[None])(content)
    assert (carried - content).square().sum() < (by_cholesky - content).square().sum()


def test_a_style_of_ones_own_changes_nothing():
    content = features(8, 5)
    own = measure(content)
    assert torch.allclose(transport(own, own)(content), content, atol=1e-3)
    plain = Statistics(torch.ones(1, 4), torch.zeros(1, 4, 4))
    assert torch.allclose(transport(plain, plain).matrix, torch.eye(4), atol=1e-4)
    assert torch.equal(identity(transport(own, own))(content), content)


def test_plain_features_are_not_blown_up():
    style = measure(features(4, 6))
    for level in (0.0, 1e-9, 1e-3):
        plain = Statistics(torch.zeros(1, 4), level * torch.eye(4)[None])
        # What is asked of a content without any variance: 1 / sqrt(SHRINKAGE) times the style's largest direction.
        assert transport(plain, style).matrix.abs().max() < 2 * (4 / statistics.SHRINKAGE) ** 0.5


def test_mixing_is_linear():
    maps = [transport(measure(features(3, 0)), measure(features(3, seed))) for seed in (1, 2)]
    mixed = mix(maps, (0.25, 0.75))
    content = features(3, 0)
    assert torch.allclose(mixed(content), 0.25 * maps[0](content) + 0.75 * maps[1](content), atol=1e-4)


def test_nothing_is_differentiated_through_the_decomposition():
    content = features(4, 0).requires_grad_()
    carried = transport(measure(content), measure(features(4, 1)))
    assert not carried.matrix.requires_grad
    carried(content).sum().backward()
    assert content.grad is not None
    assert torch.isfinite(content.grad).all()
