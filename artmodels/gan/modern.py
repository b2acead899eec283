"""The default networks: residual, without normalisation, of plain operations (Huang et al. 2024, R3GAN).

What follows the paper: leaky ReLUs after biases, Fixup initialisation (Zhang et al. 2019) in place of normalisation,
resampling by interpolation before the channels change, a learnt map to begin with, a depthwise last layer. What does
not: plain 3 x 3 convolutions, of which CPUs make more than of grouped ones; and the latent is heard at every scale, not
only at the first, so that one picture's composition can be painted with another's surface; and colours are bounded,
without which a discriminator that lost its way was answered by ever brighter ones, to 10^10.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from artmodels.gan.config import SMALLEST

SLOPE = 0.2
"""Of the leaky ReLUs, for what is negative."""

GAIN = (2 / (1 + SLOPE**2)) ** 0.5
"""Keeps the size of what passes a leaky ReLU (He et al. 2015)."""


class BiasedReLU(nn.Module):
    """A bias a channel, then a leaky ReLU."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, features: Tensor) -> Tensor:
        """Return a map of the same size."""
        return functional.leaky_relu(features + self.bias.to(features.dtype).view(1, -1, 1, 1), SLOPE)


class Block(nn.Module):
    """A residual block that is the identity at first."""

    def __init__(self, channels: int, depth: int) -> None:
        super().__init__()
        first, last = (nn.Conv2d(channels, channels, 3, padding=1, bias=False) for _ in range(2))
        # Fixup: of m = 2 layers, the first is scaled by L^(-1 / (2 m - 2)) for L blocks, the last begins at zero.
        nn.init.normal_(first.weight, std=GAIN / (9 * channels) ** 0.5 * depth**-0.5)
        nn.init.zeros_(last.weight)
        self.layers = nn.Sequential(BiasedReLU(channels), first, BiasedReLU(channels), last)

    def forward(self, features: Tensor) -> Tensor:
        """Return a map of the same size."""
        return features + self.layers(features)


class Scale(nn.Module):
    """What a generator does at one scale: fit the channels, hear the latent, and think."""

    def __init__(self, before: int, width: int, known: int, blocks: int, depth: int) -> None:
        super().__init__()
        self.fit = nn.Identity() if before == width else _pointwise(before, width)
        self.hear = nn.Linear(known, width, bias=False)
        # Nothing at first, as Fixup has it.
        nn.init.zeros_(self.hear.weight)
        self.blocks = nn.Sequential(*(Block(width, depth) for _ in range(blocks)))

    def forward(self, features: Tensor, known: Tensor) -> Tensor:
        """Return a map `(B, width, H, W)` of what a latent and a class `(B, known)` make of one."""
        return self.blocks(self.fit(features) * (1 + self.hear(known)[..., None, None]))


class Generator(nn.Module):
    """Latents `(B, latent)` and classes `(B,)` to pictures `(B, 3, R, R)` in [-1, 1]."""

    def __init__(self, latent: int, classes: int, channels: Sequence[int], blocks: int) -> None:
        super().__init__()
        depth = blocks * len(channels)
        self.embed = nn.Embedding(classes, latent) if classes else None
        known = latent * (2 if classes else 1)
        self.start = nn.Linear(known, channels[0] * SMALLEST**2, bias=False)
        nn.init.normal_(self.start.weight, std=known**-0.5)
        self.stages = nn.ModuleList(
            Scale(before, width, known, blocks, depth)
            for before, width in zip((channels[0], *channels), channels, strict=False)
        )
        self.finish, self.paint = BiasedReLU(channels[-1]), _pointwise(channels[-1], 3)

    def forward(self, latents: Tensor, labels: Tensor | None = None, surface: Tensor | None = None) -> Tensor:
        """Paint; `labels` are needed where there are classes; `surface` are latents that the finer scales hear."""
        known = self._known(latents, labels)
        finer = known if surface is None else self._known(surface, labels)
        features = self.start(known).unflatten(1, (-1, SMALLEST, SMALLEST))
        for number, stage in enumerate(self.stages):
            if number:
                features = functional.interpolate(features, scale_factor=2.0, mode="bilinear")
            features = stage(features, known if number < len(self.stages) // 2 else finer)
        return torch.tanh(self.paint(self.finish(features)).float())

    def latent_weights(self) -> Tensor:
        """What the first layers make of a latent, one above the other: `(outputs, latent)`."""
        latent = self.start.in_features // (1 if self.embed is None else 2)
        layers = [self.start, *(stage.hear for stage in self.stages if isinstance(stage, Scale))]
        return torch.cat([layer.weight[:, :latent].detach() for layer in layers])

    def _known(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        """What a latent and a class say together: `(B, known)`."""
        return latents if self.embed is None else torch.cat([latents, self.embed(labels)], 1)


class Discriminator(nn.Module):
    """Pictures `(B, 3, R, R)` in [-1, 1] to scores `(B,)`: how real they look, and how well they fit their class.

    Attributes:
        map_channels: of the maps that `judged` returns.
    """

    def __init__(self, classes: int, channels: Sequence[int], blocks: int) -> None:
        super().__init__()
        finest_first = list(reversed(channels))
        depth = blocks * len(channels)
        self.map_channels = [*finest_first[1:], finest_first[-1]]
        self.look = _pointwise(3, finest_first[0])
        self.stages = nn.ModuleList()
        for width, after in zip(finest_first, (*finest_first[1:], finest_first[-1]), strict=True):
            self.stages.append(
                nn.Sequential(
                    *(Block(width, depth) for _ in range(blocks)),
                    nn.Identity() if after == width else _pointwise(width, after),
                )
            )
        deepest = finest_first[-1]
        self.finish = BiasedReLU(deepest)
        self.gather = nn.Conv2d(deepest, deepest, SMALLEST, groups=deepest, bias=False)
        # A projection (Miyato and Koyama 2018): the score is how well the picture's direction fits that of its class.
        self.embed = nn.Embedding(classes, deepest) if classes else None
        self.judge = nn.Linear(deepest, 1)

    def forward(self, pictures: Tensor, labels: Tensor | None = None) -> Tensor:
        """Judge; `labels` are needed where there are classes."""
        return self.judged(pictures, labels)[0]

    def judged(self, pictures: Tensor, labels: Tensor | None = None) -> tuple[Tensor, list[Tensor]]:
        """Judge, and return the map of every scale as well, from the finest to the coarsest."""
        features, maps = self.look(pictures), []
        for scale, stage in enumerate(self.stages):
            if scale:
                features = functional.avg_pool2d(features, 2)
            features = stage(features)
            maps.append(features)
        gathered = self.gather(self.finish(features)).flatten(1)
        score = self.judge(gathered).squeeze(1).float()
        if self.embed is not None:
            score = score + (gathered.float() * self.embed(labels).float()).sum(1) / gathered.shape[1] ** 0.5
        return score, maps


def _pointwise(inputs: int, outputs: int) -> nn.Conv2d:
    layer = nn.Conv2d(inputs, outputs, 1, bias=False)
    nn.init.normal_(layer.weight, std=inputs**-0.5)
    return layer
