"""What the style-transfer network is trained to do, as one figure."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from artmodels.perception import Perceptor
from artmodels.perception.distances import content_distances, covariance_distances, moment_distances

LIMIT = 10.0
"""What a relative distance tends to: a plain style has hardly any deviation, and would rule its batch without this."""


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
        terms = {
            "content": _mean(content_distances(ours[i], contents[i]) for i in self.perceptor.content_layers),
            "texture": _mean(_limited(covariance_distances(a, b)) for a, b in pairs),
            "moments": _mean(_limited(moment_distances(a, b)) for a, b in pairs),
        }
        loss = terms["content"] + self.texture_weight * terms["texture"] + self.moment_weight * terms["moments"]
        return {"loss": loss, **terms}


def _limited(distances: Tensor) -> Tensor:
    # Not clamped: beyond a clamp there is no gradient, and such a style would never be learnt.
    return distances / (1 + distances / LIMIT)


def _mean(values: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(values)).mean()
