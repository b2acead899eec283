"""What the style-transfer network is trained to do, as one figure."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from artmodels.perception import Perceptor
from artmodels.perception.distances import content_distances

LIMIT = 10.0
"""What a relative distance tends to: a plain style has hardly any deviation, and would rule its batch without this."""

FLOOR = 0.1
"""Share of the mean variance below which a channel's own counts for little."""

EPSILON = 1e-6


@dataclass(frozen=True)
class StyleLoss:
    """Perceptual losses on a frozen encoder's features, as Johnson et al. 2016; see `perception.distances`."""

    perceptor: Perceptor
    texture_weight: float
    moment_weight: float

    def __call__(self, painted: Tensor, content: Tensor, style: Tensor) -> dict[str, Tensor]:
        """Compare pictures `(B, 3, H, W) float in [0, 1]`; return the terms and their weighted sum, `loss`."""
        ours = [features.float() for features in self.perceptor(painted)]
        with torch.no_grad():
            contents = [features.float() for features in self.perceptor(content)]
            styles = [features.float() for features in self.perceptor(style)]
        # The pixels are the first map of style: their statistics are the palette, which the encoder only half sees.
        pairs = [(painted.float(), style.float()), *((ours[i], styles[i]) for i in self.perceptor.style_layers)]
        textures, moments = zip(*(balanced_distances(ours, theirs) for ours, theirs in pairs), strict=True)
        terms = {
            "content": _mean(content_distances(ours[i], contents[i]) for i in self.perceptor.content_layers),
            "texture": _mean(map(_limited, textures)),
            "moments": _mean(map(_limited, moments)),
        }
        loss = terms["content"] + self.texture_weight * terms["texture"] + self.moment_weight * terms["moments"]
        return {"loss": loss, **terms}


def balanced_distances(features: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Return how far covariances, and how far means and deviations, are from the reference's: `(B,)` each.

    Both are relative to the reference's own, channel by channel: a few channels that see light and dark hold nearly
    all of the variance, and unbalanced, to change the palette would be enough, and no stroke would be painted.
    """
    (mean, covariance), (wanted_mean, wanted) = _mean_and_covariance(features), _mean_and_covariance(reference)
    variance, wanted_variance = (one.diagonal(dim1=1, dim2=2) for one in (covariance, wanted))
    # Those next to nothing are raised: noise is not to be matched.
    balance = wanted_variance + FLOOR * wanted_variance.mean(1, keepdim=True) + EPSILON
    deviation, wanted_deviation = (one.clamp_min(EPSILON).sqrt() for one in (variance, wanted_variance))
    moments = ((mean - wanted_mean).square() + (deviation - wanted_deviation).square()) / balance
    scale = balance.sqrt().unsqueeze(1) * balance.sqrt().unsqueeze(2)
    size = (wanted / scale).square().sum((1, 2)) + EPSILON
    return ((covariance - wanted) / scale).square().sum((1, 2)) / size, moments.mean(1)


def _mean_and_covariance(features: Tensor) -> tuple[Tensor, Tensor]:
    flat = features.flatten(2)
    mean = flat.mean(2, keepdim=True)
    centred = flat - mean
    return mean.squeeze(2), centred @ centred.transpose(1, 2) / flat.shape[2]


def _limited(distances: Tensor) -> Tensor:
    # Not clamped: beyond a clamp there is no gradient, and such a style would never be learnt.
    return distances / (1 + distances / LIMIT)


def _mean(values: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(values)).mean()
