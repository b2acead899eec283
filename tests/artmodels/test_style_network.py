import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from artmodels.perception import load_perceptor
from artmodels.style.network import SMALLEST, STRIDE, StyleTransferNet, pad


@pytest.fixture(scope="module")
def network() -> StyleTransferNet:
    torch.manual_seed(0)
    return StyleTransferNet(depth=1, code=16, blocks=1).eval().requires_grad_(False)


def pictures(height: int, width: int, count: int = 1, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))


SIDES = st.one_of(st.integers(1, 12), st.integers(1, 70))


@settings(max_examples=40)
@given(SIDES, SIDES, SIDES, SIDES)
def test_a_picture_of_any_size_is_painted_in_a_style_of_any_size(network, height, width, style_height, style_width):
    painted = network(pictures(height, width), pictures(style_height, style_width, seed=1))
    assert painted.shape == (1, 3, height, width)
    assert painted.dtype == torch.float32
    assert torch.isfinite(painted).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 600), (600, 1), (7, 513), (1000, 3)])
def test_pixels_and_lines_are_pictures_too(network, shape):
    assert torch.isfinite(network(pictures(*shape), pictures(*shape, seed=1))).all()
    assert torch.isfinite(network(torch.ones(1, 3, *shape), torch.zeros(1, 3, *shape))).all()


@given(SIDES, SIDES)
def test_padding_repeats_the_edges_and_no_more_than_needed(height, width):
    content = pictures(height, width)
    padded = pad(content)
    assert torch.equal(padded[:, :, :height, :width], content)
    for before, after in zip((height, width), padded.shape[2:], strict=True):
        assert after % STRIDE == 0
        assert SMALLEST <= after < max(SMALLEST + 1, before + STRIDE)
    assert torch.equal(padded[:, :, -1, -1], content[:, :, -1, -1])


def test_sides_that_fit_are_not_padded():
    assert pad(pictures(64, 32)).shape == (1, 3, 64, 32)


def test_a_picture_does_not_depend_on_its_companions(network):
    content, style = pictures(33, 41, 4), pictures(40, 38, 4, seed=1)
    painted = network(content, style)
    for number in (2, 0, 3, 1):
        alone = network(content[number : number + 1], style[number : number + 1])[0]
        assert torch.allclose(alone, painted[number], atol=1e-4)


def test_the_style_tells(network):
    content = pictures(32, 32)
    assert not torch.allclose(network(content, pictures(32, 32, seed=1)), network(content, pictures(32, 32, seed=2)))


def test_its_own_style_and_no_strength_change_nothing_on_the_way(network):
    content, style = pictures(48, 40), pictures(40, 48, seed=1)
    features, own = network.encode_content(content), network.survey(content)
    unchanged = network.paint(features, network.recipe(own, [network.survey(style)], alpha=0))
    assert torch.allclose(network(content, content), unchanged, atol=1e-3)


def test_a_mixture_lies_between(network):
    content = pictures(48, 40)
    own = network.survey(content)
    one, other = (network.survey(pictures(40, 48, seed=seed)) for seed in (1, 2))
    alone = [network.recipe(own, [style]).maps[0].matrix for style in (one, other)]
    mixed = network.recipe(own, [one, other], (0.25, 0.75)).maps[0].matrix
    assert torch.allclose(mixed, 0.25 * alone[0] + 0.75 * alone[1], atol=1e-4)


def test_weights_choose_what_is_surveyed(network):
    left, right = pictures(32, 32), pictures(32, 32, seed=1)
    both = torch.cat([left, right], 3)
    weights = torch.zeros(1, 1, 32, 64)
    weights[..., :32] = 1
    for ours, theirs in zip(network.survey(both, weights)[:1], network.survey(left)[:1], strict=True):
        assert torch.allclose(ours.mean, theirs.mean, atol=1e-5)
        assert torch.allclose(ours.covariance, theirs.covariance, atol=1e-5)


def test_every_weight_is_taught():
    torch.manual_seed(0)
    network = StyleTransferNet(depth=1, code=16, blocks=1)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            # As after the first step: until then, the code says nothing.
            if "affine" in name:
                parameter.normal_(std=0.1)
    content = pictures(32, 32, 2)
    painted = network(content, pictures(32, 32, 2, seed=1))
    (painted - content).square().sum().backward()
    silent = [
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not torch.isfinite(parameter.grad).all() or parameter.grad.abs().sum() == 0
    ]
    assert silent == []


def test_the_encoder_starts_from_a_teacher_of_its_shape(teacher):
    perceptor = load_perceptor(teacher)
    network = StyleTransferNet(depth=2, code=16, blocks=0)
    assert network.encoder.start_from(perceptor)
    content = pictures(64, 48)
    with torch.no_grad():
        for ours, theirs in zip(network.encoder(content), perceptor(content)[1:], strict=False):
            assert torch.allclose(ours, theirs, atol=1e-4)
    assert not StyleTransferNet(depth=3, code=16, blocks=0).encoder.start_from(perceptor)
