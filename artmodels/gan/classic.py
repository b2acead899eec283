"""The classic baseline: DCGAN (Radford et al. 2015), any power of two in size, with classes where there are some."""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from artmodels.errors import AtelierError
from artmodels.gan.config import SMALLEST

DEVIATION = 0.02
"""Of the first weights, as the paper has it."""


class ClassicGenerator(nn.Module):
    """Latents `(B, latent)` and classes `(B,)` to pictures `(B, 3, R, R)` in [-1, 1]."""

    def __init__(self, latent: int, classes: int, channels: Sequence[int]) -> None:
        super().__init__()
        self.embed = nn.Embedding(classes, latent) if classes else None
        layers: list[nn.Module] = [
            nn.ConvTranspose2d(latent * (2 if classes else 1), channels[0], SMALLEST, bias=False),
            nn.BatchNorm2d(channels[0]),
            nn.ReLU(inplace=True),
        ]
        for before, width in itertools.pairwise(channels):
            layers += [
                nn.ConvTranspose2d(before, width, 4, 2, 1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
        layers += [nn.Conv2d(channels[-1], 3, 3, padding=1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        self.apply(_begin)

    def forward(self, latents: Tensor, labels: Tensor | None = None, surface: Tensor | None = None) -> Tensor:
        """Paint; `labels` are needed where there are classes.

        Raises:
            AtelierError: another surface is asked for: the latent is heard at one scale only.
        """
        if surface is not None:
            raise AtelierError("A DCGAN (network=classic) hears its latent once: it cannot mix two pictures.")
        given = latents if self.embed is None else torch.cat([latents, self.embed(labels)], 1)
        return self.layers(given[..., None, None]).float()

    def latent_weights(self) -> Tensor:
        """What the first layer makes of a latent: `(outputs, latent)`."""
        first = self.layers[0]
        assert isinstance(first, nn.ConvTranspose2d)
        latent = first.in_channels // (1 if self.embed is None else 2)
        return first.weight[:latent].detach().flatten(1).T


class ClassicDiscriminator(nn.Module):
    """Pictures `(B, 3, R, R)` in [-1, 1] to scores `(B,)`."""

    map_channels: Sequence[int] = ()

    def __init__(self, classes: int, channels: Sequence[int]) -> None:
        super().__init__()
        finest_first = list(reversed(channels))
        layers: list[nn.Module] = [nn.Conv2d(3, finest_first[0], 3, padding=1), nn.LeakyReLU(0.2)]
        for width, after in itertools.pairwise(finest_first):
            layers += [nn.Conv2d(width, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        deepest = finest_first[-1] * SMALLEST**2
        self.embed = nn.Embedding(classes, deepest) if classes else None
        self.judge = nn.Linear(deepest, 1)
        self.apply(_begin)

    def forward(self, pictures: Tensor, labels: Tensor | None = None) -> Tensor:
        """Judge; `labels` are needed where there are classes."""
        return self.judged(pictures, labels)[0]

    def judged(self, pictures: Tensor, labels: Tensor | None = None) -> tuple[Tensor, list[Tensor]]:
        """Judge; there are no maps to paint from."""
        flat = self.layers(pictures).flatten(1)
        score = self.judge(flat).squeeze(1).float()
        if self.embed is not None:
            score = score + (flat.float() * self.embed(labels).float()).sum(1) / flat.shape[1] ** 0.5
        return score, []


def _begin(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, 0, DEVIATION)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, DEVIATION)
