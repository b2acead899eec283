import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from artmodels.style.network import SMALLEST, STRIDE, AdaptiveNorm, StyleTransferNet, pad


@pytest.fixture(scope="module")
def network() -> StyleTransferNet:
    torch.manual_seed(0)
    return StyleTransferNet(width=4, code=16, blocks=1).eval().requires_grad_(False)


def pictures(height: int, width: int, count: int = 1, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))


SIDES = st.one_of(st.integers(1, 12), st.integers(1, 70))


@settings(max_examples=40)
@given(SIDES, SIDES, SIDES, SIDES)
def test_a_picture_of_any_size_is_painted_in_a_style_of_any_size(network, height, width, style_height, style_width):
    code = network.encode_style(pictures(style_height, style_width, seed=1))
    assert code.shape == (1, 16)
    painted = network(pictures(height, width), code)
    assert painted.shape == (1, 3, height, width)
    assert painted.dtype == torch.float32
    assert painted.min() >= 0
    assert painted.max() <= 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 600), (600, 1), (7, 513), (1000, 3)])
def test_pixels_and_lines_are_pictures_too(network, shape):
    code = network.encode_style(pictures(*shape, seed=1))
    assert torch.isfinite(network(pictures(*shape), code)).all()


@given(SIDES, SIDES, st.sampled_from([1, STRIDE]))
def test_padding_repeats_the_edges_and_no_more_than_needed(height, width, multiple):
    content = pictures(height, width)
    padded = pad(content, multiple)
    assert torch.equal(padded[:, :, :height, :width], content)
    for before, after in zip((height, width), padded.shape[2:], strict=True):
        assert after % multiple == 0
        assert SMALLEST <= after < max(SMALLEST + 1, before + multiple)
    assert torch.equal(padded[:, :, -1, -1], content[:, :, -1, -1])


def test_sides_that_fit_are_not_padded():
    assert pad(pictures(64, 32), STRIDE).shape == (1, 3, 64, 32)
    assert pad(pictures(65, 33)).shape == (1, 3, 65, 33)


def test_a_picture_does_not_depend_on_its_companions(network):
    content, style = pictures(33, 21, 4), pictures(40, 28, 4, seed=1)
    codes = network.encode_style(style)
    painted = network(content, codes)
    for number in (2, 0, 3, 1):
        code = network.encode_style(style[number : number + 1])
        assert torch.allclose(code[0], codes[number], atol=1e-5)
        assert torch.allclose(network(content[number : number + 1], code)[0], painted[number], atol=1e-5)


def test_the_style_tells(network):
    content = pictures(32, 32)
    bright, dark = (network.encode_style(torch.full((1, 3, 32, 32), value)) for value in (0.9, 0.1))
    assert not torch.allclose(network(content, bright), network(content, dark), atol=1e-4)


def test_every_weight_is_taught():
    torch.manual_seed(0)
    network = StyleTransferNet(width=4, code=16, blocks=1)
    content = pictures(32, 32, 2)
    painted = network(content, network.encode_style(pictures(32, 32, 2, seed=1)))
    (painted - content).square().sum().backward()
    silent = [
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not torch.isfinite(parameter.grad).all()
    ]
    assert silent == []
    weights = [parameter for name, parameter in network.named_parameters() if name.endswith("weight")]
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in weights)


def test_adaptive_norm_sets_mean_and_deviation():
    norm = AdaptiveNorm(2, 3)
    torch.nn.init.zeros_(norm.affine.weight)
    with torch.no_grad():
        norm.affine.bias.copy_(torch.tensor([1.0, 3.0, 5.0, -7.0]))
    out = norm(torch.randn(1, 2, 50, 50) * 9 + 4, torch.zeros(1, 3))
    variance, mean = torch.var_mean(out, dim=(2, 3), correction=0)
    assert torch.allclose(mean, torch.tensor([[5.0, -7.0]]), atol=1e-3)
    assert torch.allclose(variance.sqrt(), torch.tensor([[2.0, 4.0]]), atol=1e-3)
    assert not torch.allclose(functional.instance_norm(out), out)
