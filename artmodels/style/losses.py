"""What the style-transfer network is trained to do, as one figure."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from artmodels.perception import Perceptor
from artmodels.perception.distances import content_distances, covariance_distances, moment_distances

LIMIT = 10.0
"""A plain style has hardly any deviation to be relative to: without a limit it would rule its batch."""


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
        content_layers, style_layers = self.perceptor.content_layers, self.perceptor.style_layers
        terms = {
            "content": _mean(content_distances(ours[i], contents[i]) for i in content_layers),
            "texture": _mean(covariance_distances(ours[i], styles[i]).clamp(max=LIMIT) for i in style_layers),
            "moments": _mean(moment_distances(ours[i], styles[i]).clamp(max=LIMIT) for i in style_layers),
        }
        loss = terms["content"] + self.texture_weight * terms["texture"] + self.moment_weight * terms["moments"]
        return {"loss": loss, **terms}


def _mean(values: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(values)).mean()
