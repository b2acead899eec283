"""How a picture looks to the house's perceptual encoder, in few numbers: the codes that tastes are learnt on."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from artmodels.classifier.bodies import Moments
from artmodels.classifier.codes import CodeSpace
from artmodels.classifier.views import both_ways
from artmodels.perception import Perceptor

SIDE = 256
"""Shorter side at which pictures are looked at, in pixels."""

CODES = 24
"""Numbers of a code; more would need more choices."""


class Eye:
    """Describes pictures by feature statistics at several depths, as the classifier does."""

    def __init__(self, encoder: Perceptor, device: str = "cpu") -> None:
        self.body, self.device = Moments(encoder).eval().to(device), device

    @torch.inference_mode()
    def describe(self, picture: np.ndarray) -> Tensor:
        """Return the descriptor `(D,) float` of a picture `(H, W, 3) uint8` and its mirror image."""
        views = both_ways(picture, SIDE).to(self.device)
        return torch.stack([self.body(view[None])[0] for view in views]).mean(0).float().cpu()


def code_space(descriptors: Sequence[Tensor]) -> CodeSpace:
    """Return the space in which the descriptors of some pictures differ most."""
    return CodeSpace.of_works(torch.stack(list(descriptors)), CODES, seed=0)


def codes_of(space: CodeSpace, descriptors: Sequence[Tensor]) -> np.ndarray:
    """Return the codes `(N, K) float64` of descriptors."""
    with torch.no_grad():
        codes: np.ndarray = space(torch.stack(list(descriptors)))[0].double().numpy()
    return codes
