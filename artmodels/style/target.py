"""What style transfer by optimisation aims at: the content of one picture, the statistics of another."""

from dataclasses import dataclass

import torch
from torch import Tensor

from artmodels.perception import Perceptor
from artmodels.perception.distances import content_distances, covariance
from artmodels.style.palette import Palette

_EPSILON = 1e-6


@dataclass(frozen=True)
class _Statistics:
    """What makes a style at one layer: `(1, C)` means and deviations, `(1, C, C)` covariances."""

    mean: Tensor
    deviation: Tensor
    covariance: Tensor

    @classmethod
    def of(cls, features: Tensor) -> "_Statistics":
        matrix = covariance(features)
        variance = matrix.diagonal(dim1=1, dim2=2)
        return cls(features.mean(dim=(2, 3)), (variance + _EPSILON).sqrt(), matrix)

    def error(self, features: Tensor) -> Tensor:
        """Squared distances to another picture's statistics, relative to these."""
        other = _Statistics.of(features)
        texture = (other.covariance - self.covariance).square().sum() / (self.covariance.square().sum() + _EPSILON)
        moments = (other.mean - self.mean).square().sum() + (other.deviation - self.deviation).square().sum()
        return texture + moments / (self.deviation.square().sum() + _EPSILON)


@dataclass(frozen=True)
class Target:
    """What is aimed at: a content's features, a style's statistics at every layer, and its palette."""

    perceptor: Perceptor
    contents: dict[int, Tensor]
    styles: dict[int, _Statistics]
    palette: Palette

    @classmethod
    @torch.no_grad()
    def of(cls, content: Tensor, style: Tensor, perceptor: Perceptor) -> "Target":
        """Look at a content `(1, 3, H, W) float in [0, 1]` and a style `(1, 3, h, w)`."""
        contents, styles = perceptor(content), perceptor(style)
        return cls(
            perceptor,
            {index: contents[index] for index in perceptor.content_layers},
            {index: _Statistics.of(styles[index]) for index in perceptor.style_layers},
            Palette.of(style),
        )

    def loss(self, pixels: Tensor, style_weight: float) -> Tensor:
        """How far pixels `(1, 3, H, W)` are from the content, and by a weight from the style: a scalar."""
        features = self.perceptor(pixels)
        kept = [content_distances(features[index], one).mean() for index, one in self.contents.items()]
        spread, shift = self.palette.distances(pixels)
        # Summed, as they are at the other layers.
        carried = [3 * (spread + shift).sum(), *(one.error(features[index]) for index, one in self.styles.items())]
        return torch.stack(kept).mean() + style_weight * torch.stack(carried).mean()
