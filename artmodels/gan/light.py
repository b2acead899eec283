"""Networks for few works and little time: FastGAN (Liu et al. 2021), written from the paper.

What follows it: gated linear units after batch normalisation, skip-layer excitation (a coarse map says how much of each
channel a fine one keeps), a discriminator under spectral normalisation that judges patch by patch. What does not: no
noise is injected, so that a seed is one picture, and pictures are judged at one size.
"""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from artmodels.gan.config import SMALLEST

EXCITED = 2
"""Most scales, the finest ones, that are gated by coarser ones; at most half of all are."""


def _gated(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, 2 * outputs, 3, padding=1, bias=False), nn.BatchNorm2d(2 * outputs), nn.GLU(1)
    )


class Excitation(nn.Module):
    """Tells from a coarse map `(B, C, h, w)` how much of each channel of a fine one to keep: `(B, width, 1, 1)`."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.AdaptiveAvgPool2d(SMALLEST),
            nn.Conv2d(channels, width, SMALLEST, bias=False),
            nn.SiLU(),
            nn.Conv2d(width, width, 1, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return the gates."""
        return self.layers(features)


class LightGenerator(nn.Module):
    """Latents `(B, latent)` and classes `(B,)` to pictures `(B, 3, R, R)` in [-1, 1]."""

    def __init__(self, latent: int, classes: int, channels: Sequence[int]) -> None:
        super().__init__()
        self.embed = nn.Embedding(classes, latent) if classes else None
        known = latent * (2 if classes else 1)
        self.start = nn.Linear(known, 2 * channels[0] * SMALLEST**2, bias=False)
        self.begin = nn.Sequential(nn.BatchNorm2d(2 * channels[0]), nn.GLU(1))
        self.scales = nn.ModuleList(
            nn.Sequential(nn.Upsample(scale_factor=2.0), _gated(before, width), _gated(width, width))
            for before, width in itertools.pairwise(channels)
        )
        gated = min(EXCITED, len(channels) // 2)
        self.ungated = len(channels) - gated
        self.excite = nn.ModuleList(
            Excitation(channels[number], channels[number + self.ungated]) for number in range(gated)
        )
        self.paint = nn.Conv2d(channels[-1], 3, 3, padding=1)

    def forward(self, latents: Tensor, labels: Tensor | None = None, surface: Tensor | None = None) -> Tensor:
        """Paint; `labels` are needed where there are classes; `surface` are latents of other pictures' gates."""
        maps = self._coarse(latents, labels)
        exciting = maps if surface is None else self._coarse(surface, labels)
        features = maps[-1]
        for scale, excite, coarse in zip(self.scales[self.ungated - 1 :], self.excite, exciting, strict=False):
            features = scale(features) * excite(coarse)
        return torch.tanh(self.paint(features).float())

    def latent_weights(self) -> Tensor:
        """What the first layer makes of a latent: `(outputs, latent)`."""
        latent = self.start.in_features // (1 if self.embed is None else 2)
        return self.start.weight[:, :latent].detach()

    def _coarse(self, latents: Tensor, labels: Tensor | None) -> list[Tensor]:
        """The maps before the gated scales, from the coarsest."""
        known = latents if self.embed is None else torch.cat([latents, self.embed(labels)], 1)
        maps = [self.begin(self.start(known).unflatten(1, (-1, SMALLEST, SMALLEST)))]
        for scale in self.scales[: self.ungated - 1]:
            maps.append(scale(maps[-1]))
        return maps


class Halving(nn.Module):
    """Half the side: two convolutions, and a plain average beside them."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            *_judging(inputs, outputs, 4, stride=2, padding=1), *_judging(outputs, outputs, 3, padding=1)
        )
        self.plain = nn.Sequential(nn.AvgPool2d(2), *_judging(inputs, outputs, 1))

    def forward(self, features: Tensor) -> Tensor:
        """Return a map `(B, outputs, H / 2, W / 2)`."""
        return (self.main(features) + self.plain(features)) / 2


class LightDiscriminator(nn.Module):
    """Pictures `(B, 3, R, R)` in [-1, 1] to scores `(B, patches)`.

    Attributes:
        map_channels: of the maps that `judged` returns.
    """

    def __init__(self, classes: int, channels: Sequence[int]) -> None:
        super().__init__()
        finest_first = list(reversed(channels))
        # The coarsest scale is the last one's kernel; where there is room, the patches are above it.
        self.map_channels = finest_first if len(channels) < 5 else finest_first[:-1]
        self.look = nn.Sequential(spectral_norm(nn.Conv2d(3, finest_first[0], 3, padding=1)), nn.LeakyReLU(0.2))
        self.halve = nn.ModuleList(Halving(width, after) for width, after in itertools.pairwise(self.map_channels))
        deepest = self.map_channels[-1]
        self.finish = nn.Sequential(*_judging(deepest, deepest, 1))
        self.judge = spectral_norm(nn.Conv2d(deepest, 1, SMALLEST, bias=False))
        self.embed = nn.Embedding(classes, deepest) if classes else None

    def forward(self, pictures: Tensor, labels: Tensor | None = None) -> Tensor:
        """Judge; `labels` are needed where there are classes."""
        return self.judged(pictures, labels)[0]

    def judged(self, pictures: Tensor, labels: Tensor | None = None) -> tuple[Tensor, list[Tensor]]:
        """Judge, and return the map of every scale as well, from the finest to the coarsest."""
        maps = [self.look(pictures)]
        for halve in self.halve:
            maps.append(halve(maps[-1]))
        features = self.finish(maps[-1])
        scores = self.judge(features).flatten(1).float()
        if self.embed is not None:
            # A projection (Miyato and Koyama 2018), of the whole picture.
            gathered = features.float().mean((2, 3))
            scores = scores + (gathered * self.embed(labels).float()).sum(1, keepdim=True)
        return scores, maps


def _judging(inputs: int, outputs: int, kernel: int, **options: int) -> tuple[nn.Module, nn.Module, nn.Module]:
    convolution = spectral_norm(nn.Conv2d(inputs, outputs, kernel, bias=False, **options))  # type: ignore[arg-type]
    return convolution, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)
