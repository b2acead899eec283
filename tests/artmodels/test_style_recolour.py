import pytest
import torch

from artmodels.perception.distances import covariance
from artmodels.pictures import to_tensor
from artmodels.style.recolour import matrix_power, recolour


def test_the_palette_becomes_the_style_s(make_painting):
    # Muted, so that nothing needs to be clamped.
    content, style = (to_tensor(make_painting(n, 60, 50 + n))[None] * 0.2 + 0.4 for n in (1, 2))
    painted = recolour(content, style)
    assert painted.shape == content.shape
    torch.testing.assert_close(painted.mean((2, 3)), style.mean((2, 3)))
    torch.testing.assert_close(covariance(painted), covariance(style), rtol=0.1, atol=2e-4)


def test_grey_stays_grey_and_colours_turn_grey(make_painting):
    colours = to_tensor(make_painting(1))[None]
    grey = colours.mean(1, keepdim=True).expand_as(colours)
    for content in (colours, grey):
        painted = recolour(content, grey)
        assert float((painted - painted.mean(1, keepdim=True)).abs().max()) < 1e-2


def test_its_own_palette_changes_nothing_much(make_painting):
    content = to_tensor(make_painting(1))[None]
    torch.testing.assert_close(recolour(content, content), content, atol=5e-3, rtol=0)


def test_a_plain_picture_takes_a_plain_colour():
    plain, red = torch.full((1, 3, 8, 8), 0.5), torch.tensor([0.9, 0.1, 0.1]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    torch.testing.assert_close(recolour(plain, red), red)


@pytest.mark.parametrize("exponent", [0.5, -0.5])
def test_powers_undo_themselves(exponent):
    some = torch.rand(2, 3, 3, generator=torch.Generator().manual_seed(0))
    matrices = some @ some.mT + 0.1 * torch.eye(3)
    root = matrix_power(matrices, exponent)
    torch.testing.assert_close(
        root @ root, matrices if exponent > 0 else torch.linalg.inv(matrices), rtol=1e-3, atol=1e-4
    )
