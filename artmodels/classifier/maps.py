"""Where the classifier looked: how much every place of a picture spoke for a class.

Gradient times activation, summed over a map's channels: HiResCAM (Draelos and Carin 2020). Grad-CAM (Selvaraju et
al. 2017) averages the gradient over the places first, and of a deviation, half of what this network reads, that
average is nothing.
"""

import numpy as np
import torch
from captum.attr import InputXGradient
from PIL import Image
from torch import Tensor
from torch.nn import functional

from artmodels.classifier.namer import Namer
from artmodels.classifier.views import seen_part, whole
from artmodels.pictures import to_tensor

_HOT = np.array([255, 96, 0], np.float32)
_STRENGTH = 0.75


def where_it_looked(namer: Namer, picture: np.ndarray, head: str, name: str) -> np.ndarray:
    """Return how much each place spoke for a class: `(H, W) float32 in [0, 1]`, the strongest place being 1.

    Args:
        namer: the classifier.
        picture: `(H, W, 3) uint8`.
        head: one of the namer's heads.
        name: one of its classes.
    """
    network, shown = namer.network, to_tensor(whole(picture, namer.config.side))[None].to(namer.device)
    with torch.no_grad():
        maps = tuple(features.detach() for features in network.body.maps(shown))
    with torch.enable_grad():
        spoken = InputXGradient(_Reading(namer, head)).attribute(
            tuple(features.requires_grad_() for features in maps), target=namer.classes[head].index(name)
        )
    seen = seen_part(*picture.shape[:2])
    size = tuple(part.stop - part.start for part in seen)
    total = torch.stack([_spread(one, size) for one in spoken]).sum(0).relu()
    heat = np.zeros(picture.shape[:2], np.float32)
    heat[seen] = (total / total.max().clamp(min=1e-12)).cpu().numpy()
    return heat


def overlay(picture: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Lay a map `(H, W) float in [0, 1]` over a picture `(H, W, 3) uint8`: grey, and orange where it was looked at."""
    grey = np.asarray(Image.fromarray(picture).convert("L"), np.float32)[:, :, None] * np.ones(3, np.float32)
    share = _STRENGTH * heat[:, :, None]
    return np.asarray(((1 - share) * grey + share * _HOT).round(), np.uint8)


class _Reading:
    """What a head believes, as a function of the body's feature maps."""

    def __init__(self, namer: Namer, head: str) -> None:
        self.network, self.head = namer.network, head

    def __call__(self, *maps: Tensor) -> Tensor:
        logits, _ = self.network.answer(self.network.body.describe(maps))
        # Against the other classes: what speaks for all of them alike tells nothing.
        return logits[self.head].log_softmax(1)


def _spread(spoken: Tensor, size: tuple[int, ...]) -> Tensor:
    """Sum `(1, C, h, w)` over the channels and enlarge it to `size`, the sum over all places staying the same."""
    coarse = spoken.detach().sum(1, keepdim=True)
    factor = coarse.shape[2] * coarse.shape[3] / (size[0] * size[1])
    return functional.interpolate(coarse, size, mode="bilinear", align_corners=False)[0, 0] * factor
