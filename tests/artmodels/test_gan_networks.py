"""The GAN's networks, losses, augmentation and latents."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from artmodels.bundle import Bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.gan.config import GanConfig
from artmodels.gan.diffaugment import _shifted, augment
from artmodels.gan.latents import between, labels_of, latents_of
from artmodels.gan.losses import gradient_penalty, relativistic, saturated
from artmodels.gan.modern import Block
from artmodels.gan.module import GanModule
from artmodels.gan.networks import build_discriminator, build_generator
from artmodels.gan.painter import GanPainter
from artmodels.gan.reconstruction import Reconstruction

TINY = {"resolution": 16, "width": 4, "widest": 8, "latent": 4, "batch_size": 2, "steps": 4, "check_samples": 16}
KINDS = ("light", "modern", "classic")


def tiny(**options: object) -> GanConfig:
    return GanConfig(**{**TINY, **options})


def bundle_of(module: GanModule) -> Bundle:
    return Bundle("gan", module.bundle_config(), module.bundle_state())


@pytest.mark.parametrize("resolution", [16, 32, 64, 512])
def test_channels_double_towards_the_coarsest_scale(resolution):
    channels = GanConfig(resolution=resolution, width=8, widest=64).channels()
    assert channels[-1] == 8
    assert len(channels) == (resolution // 4).bit_length()
    assert all(coarse in (fine, 2 * fine) for coarse, fine in itertools.pairwise(channels))
    assert max(channels) <= 64


def test_gamma_follows_the_resolution_unless_it_is_given():
    assert GanConfig(resolution=64).penalty() == 1
    assert GanConfig(resolution=128).penalty() == 4
    assert GanConfig(gamma=3).penalty() == 3
    with pytest.raises(AtelierError, match=r"resolution=48 is not accepted: .*a power of two"):
        get_family("gan").configure({"resolution": 48})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("resolution", [16, 64])
def test_networks_are_of_the_resolution_and_listen_to_classes(kind, classes, resolution):
    config = tiny(network=kind, resolution=resolution)
    generator, discriminator = (build(config, classes).eval() for build in (build_generator, build_discriminator))
    latents = torch.randn(2, 4, generator=torch.Generator().manual_seed(0))
    first, second = (torch.full((2,), label) if classes else None for label in (0, 1))
    painted = generator(latents, first)
    assert painted.shape == (2, 3, resolution, resolution)
    assert discriminator(painted, first).shape[0] == 2
    assert not torch.equal(painted[0], painted[1])
    if classes:
        assert not torch.equal(painted, generator(latents, second))
        assert not torch.equal(discriminator(painted, first), discriminator(painted, second))


def test_a_block_is_the_identity_at_first():
    features = torch.randn(1, 8, 6, 6)
    assert torch.equal(Block(8, 4)(features), features)


def test_the_size_of_what_passes_hardly_changes_with_depth():
    for blocks in (1, 8):
        config = tiny(resolution=64, width=16, widest=64, blocks=blocks)
        painted = build_generator(config, 0)(torch.randn(8, 4))
        assert 0.1 < float(painted.detach().std()) < 3


def test_losses_are_what_they_should_be_when_nobody_wins():
    scores = torch.zeros(5)
    assert relativistic(scores, scores).item() == pytest.approx(np.log(2))
    assert saturated(scores, True).item() == saturated(scores, False).item() == pytest.approx(np.log(2))
    assert relativistic(scores + 50, scores) < 1e-6
    assert saturated(scores + 50, True) < 1e-6 < saturated(scores + 50, False)


def test_the_penalty_is_the_squared_gradient():
    pictures = torch.rand(3, 3, 4, 4, requires_grad=True)
    weights = torch.randn(3, 4, 4)
    scores = (pictures * weights).sum((1, 2, 3))
    assert gradient_penalty(scores, pictures).item() == pytest.approx(weights.square().sum().item(), rel=1e-5)
    bent = pictures.square().sum((1, 2, 3))
    gradient_penalty(bent, pictures).backward()
    assert torch.allclose(pictures.grad, 8 * pictures.detach() / 3, atol=1e-5), "it is differentiable itself"


def test_augmentation_changes_every_picture_and_lets_gradients_through():
    torch.manual_seed(0)
    pictures = torch.rand(6, 3, 16, 16, requires_grad=True)
    changed = augment(pictures)
    assert changed.shape == pictures.shape
    assert all((one != other).any() for one, other in zip(changed, pictures, strict=True))
    changed.sum().backward()
    assert (pictures.grad.abs().sum((1, 2, 3)) > 0).all()
    cut = (changed == 0).all(1).float().mean((1, 2))
    assert (cut < 0.6).all()


def test_shifts_are_by_whole_pixels_and_zero_comes_in():
    torch.manual_seed(1)
    picture = torch.arange(1.0, 257).view(1, 1, 16, 16).expand(20, 3, 16, 16)
    for shifted in _shifted(picture):
        seen = shifted[0][shifted[0] > 0]
        assert set(seen.tolist()) <= set(range(1, 257))
        assert len(seen) >= 14 * 14
        inner = shifted[0, 8, 8] - picture[0, 0, 8, 8]
        assert shifted[0, 9, 7] - picture[0, 0, 9, 7] == inner


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=6, unique=True), st.integers(1, 40))
def test_a_seeds_latent_is_its_own(seeds, size):
    together = latents_of(seeds, size)
    assert together.shape == (len(seeds), size)
    for place, seed in enumerate(seeds):
        assert torch.equal(latents_of([seed], size)[0], together[place])
    assert torch.equal(latents_of(seeds, size, 0.5), 0.5 * together)
    assert labels_of(seeds, 3).tolist() == [labels_of([seed], 3).item() for seed in seeds]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"seed": -1}, "seed=-1 is not accepted: 0 to 4294967295"),
        ({"truncation": 1.5}, "truncation=1.5 is not accepted: 0 to 1"),
        ({"name": "Cubism"}, "class='Cubism' is not accepted; accepted are style 0, style 1"),
    ],
)
def test_what_is_not_accepted_is_named(asked, words):
    painter = GanPainter(bundle_of(GanModule(tiny(classes="style"), ["style 0", "style 1"])))
    with pytest.raises(AtelierError, match=words):
        painter.generate(**{"seed": 0, **asked})


@pytest.mark.parametrize("kind", ["light", "modern"])
@pytest.mark.parametrize("side", [32, 64])
def test_a_discriminator_learns_to_paint_what_it_saw(kind, side):
    torch.manual_seed(0)
    discriminator = build_discriminator(tiny(network=kind, resolution=side), 0)
    reconstruction = Reconstruction(discriminator.map_channels)
    pictures = torch.rand(4, 3, side, side) * 2 - 1
    optimizer = torch.optim.Adam([*discriminator.parameters(), *reconstruction.parameters()], 0.01)
    losses = []
    for _ in range(12):
        loss = reconstruction(pictures, discriminator.judged(pictures)[1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]


def test_a_surface_changes_what_is_fine_and_not_what_is_coarse():
    torch.manual_seed(0)
    generator = build_generator(tiny(resolution=64, latent=16, width=8, widest=32), 0).train()
    with torch.no_grad():
        for _ in range(20):
            generator(torch.randn(16, 16))
        generator.eval()
        one, other = torch.randn(2, 8, 16)
        plain, mixed, strange = generator(one), generator(one, None, other), generator(other)
        own = generator(one, None, one)
    assert torch.equal(plain, own)
    assert 0 < (plain - mixed).abs().mean() < (plain - strange).abs().mean()
    with pytest.raises(AtelierError, match="it cannot mix two pictures"):
        build_generator(tiny(network="classic"), 0)(torch.randn(2, 4), None, torch.randn(2, 4))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("classes", [0, 2])
def test_directions_are_where_the_first_layers_hear_most(kind, classes):
    names = ["a", "b"][:classes]
    painter = GanPainter(bundle_of(GanModule(tiny(network=kind, classes="style" if classes else ""), names)))
    directions, weights = painter.directions, painter.generator.latent_weights()
    assert torch.allclose(directions @ directions.T, torch.eye(4), atol=1e-5)
    heard = (weights @ directions.T).norm(dim=0)
    assert torch.equal(heard, heard.sort(descending=True).values)
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    assert (largest > 0).all()


def test_the_way_between_latents_keeps_their_length():
    start, end = torch.tensor([[3.0, 0, 0]]), torch.tensor([[0.0, 3, 0]])
    assert torch.allclose(between(start, end, 0), start)
    assert torch.allclose(between(start, end, 1), end, atol=1e-6)
    assert float(between(start, end, 0.5).norm()) == pytest.approx(3)
    assert torch.allclose(between(start, start, 0.3), start)
