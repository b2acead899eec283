"""From pictures to descriptors: feature statistics of an encoder, or the classic CNN."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from artmodels.perception import Perceptor

_EPSILON = 1e-6


class Body(nn.Module):
    """What turns pictures into feature maps, and those into a descriptor."""

    def maps(self, pictures: Tensor) -> list[Tensor]:
        """Return the feature maps of `(B, 3, H, W) float in [0, 1]`, fine to coarse."""
        raise NotImplementedError

    def describe(self, maps: Sequence[Tensor]) -> Tensor:
        """Return the descriptors `(B, D) float` of what `maps` returned."""
        raise NotImplementedError

    def forward(self, pictures: Tensor) -> Tensor:
        """Describe `(B, 3, H, W) float in [0, 1]` by `(B, D) float`."""
        return self.describe(self.maps(pictures))


class Moments(Body):
    """Means and deviations of an encoder's feature maps: what style is, as far as a CNN can tell.

    Statistics of maps at several depths carry style (Gatys et al. 2016; Huang and Belongie 2017). Their square roots
    are taken: a few strong channels would otherwise outweigh all others.
    """

    def __init__(self, encoder: Perceptor) -> None:
        super().__init__()
        self.encoder = encoder

    def maps(self, pictures: Tensor) -> list[Tensor]:
        """Return the encoder's maps."""
        features: list[Tensor] = self.encoder(pictures)
        return features

    def describe(self, maps: Sequence[Tensor]) -> Tensor:
        """Return the square roots of every channel's mean and deviation."""
        statistics = []
        for features in maps:
            variance, mean = torch.var_mean(features.float(), dim=(2, 3), correction=0)
            statistics += [(mean.relu() + _EPSILON).sqrt(), (variance + _EPSILON).sqrt().sqrt()]
        return torch.cat(statistics, 1)


class Classic(Body):
    """Convolutions, pooling, fully connected layers (LeCun et al. 1998): the baseline, trained from scratch."""

    def __init__(self, widths: tuple[int, ...] = (16, 32, 64, 128), hidden: int = 256) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in zip((3, *widths), widths, strict=False):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        self.convolutions = nn.Sequential(*layers)
        # Pooled once more, so that pictures of any size and shape reach the dense layer with as many numbers.
        self.dense = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(16 * widths[-1], hidden), nn.ReLU())

    def maps(self, pictures: Tensor) -> list[Tensor]:
        """Return the last convolution's map."""
        return [self.convolutions(pictures * 2 - 1)]

    def describe(self, maps: Sequence[Tensor]) -> Tensor:
        """Return what the dense layer makes of the map."""
        described: Tensor = self.dense(maps[-1])
        return described.float()
