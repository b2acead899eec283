"""What the style-transfer network is trained to do, as one figure."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from artmodels.perception import Perceptor
from artmodels.perception.distances import content_distances
from artmodels.style.palette import Palette
from artmodels.style.statistics import measure

LIMIT = 10.0
"""What a relative distance tends to: a plain style has hardly any deviation, and would rule its batch without this."""

FLOOR = 0.1
"""Share of the mean variance below which a channel's own counts for little."""

EPSILON = 1e-6


SMALLEST_LOOK = 64
"""Pictures are not looked at smaller than this: the deepest maps would have too few positions for statistics."""


@dataclass(frozen=True)
class StyleLoss:
    """Perceptual losses on a frozen encoder's features, as Johnson et al. 2016; see `perception.distances`.

    The encoder looks `looks` times, each time at pictures of half the size, so that large forms count as strokes do
    (as the octaves of Gatys et al. 2017, here for the loss of a network).
    """

    perceptor: Perceptor
    texture_weight: float
    moment_weight: float
    looks: int = 1

    def __call__(self, painted: Tensor, content: Tensor, style: Tensor) -> dict[str, Tensor]:
        """Compare pictures `(B, 3, H, W) float in [0, 1]`; return the terms and their weighted sum, `loss`."""
        found = []
        for _ in range(self.looks):
            found.append(self._look(painted, content, style))
            if min(painted.shape[2:]) < 2 * SMALLEST_LOOK:
                break
            painted, content, style = (functional.avg_pool2d(picture, 2) for picture in (painted, content, style))
        terms = {name: torch.stack([look[name] for look in found]).mean() for name in found[0]}
        loss = terms["content"] + self.texture_weight * terms["texture"] + self.moment_weight * terms["moments"]
        return {"loss": loss, **terms}

    def _look(self, painted: Tensor, content: Tensor, style: Tensor) -> dict[str, Tensor]:
        ours = [features.float() for features in self.perceptor(painted)]
        with torch.no_grad():
            contents = [features.float() for features in self.perceptor(content)]
            styles = [features.float() for features in self.perceptor(style)]
        # The pixels are the first map of style: the encoder only half sees their colours.
        palette = Palette.of(style.float()).distances(painted.float())
        deeper = (balanced_distances(ours[i], styles[i]) for i in self.perceptor.style_layers)
        textures, moments = zip(palette, *deeper, strict=True)
        return {
            "content": _mean(content_distances(ours[i], contents[i]) for i in self.perceptor.content_layers),
            "texture": _mean(map(_limited, textures)),
            "moments": _mean(map(_limited, moments)),
        }


def balanced_distances(features: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Return how far covariances, and how far means and deviations, are from the reference's: `(B,)` each.

    Both are relative to the reference's own, channel by channel: a few channels that see light and dark hold nearly
    all of the variance, and unbalanced, to change the palette would be enough, and no stroke would be painted.
    """
    ours, wanted = measure(features), measure(reference)
    variance, wanted_variance = (one.covariance.diagonal(dim1=1, dim2=2) for one in (ours, wanted))
    # Those next to nothing are raised: noise is not to be matched.
    balance = wanted_variance + FLOOR * wanted_variance.mean(1, keepdim=True) + EPSILON
    deviation, wanted_deviation = (one.clamp_min(EPSILON).sqrt() for one in (variance, wanted_variance))
    moments = ((ours.mean - wanted.mean).square() + (deviation - wanted_deviation).square()) / balance
    scale = balance.sqrt().unsqueeze(1) * balance.sqrt().unsqueeze(2)
    size = (wanted.covariance / scale).square().sum((1, 2)) + EPSILON
    return ((ours.covariance - wanted.covariance) / scale).square().sum((1, 2)) / size, moments.mean(1)


def _limited(distances: Tensor) -> Tensor:
    # Not clamped: beyond a clamp there is no gradient, and such a style would never be learnt.
    return distances / (1 + distances / LIMIT)


def _mean(values: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(values)).mean()
