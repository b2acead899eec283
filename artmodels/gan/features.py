"""What a perceptual encoder makes of pictures, as one vector each."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from artmodels.perception import Perceptor
from artmodels.pictures import to_tensor

SIDE = 128
"""Side at which the encoder looks, in pixels: pictures of any resolution are brought to it alike."""


@torch.inference_mode()
def vectors_of(pictures: Iterable[np.ndarray], eye: Perceptor) -> Tensor:
    """Return `(N, D) float32` for pictures `(H, W, 3) uint8`: the means of the two deepest maps' channels."""
    return torch.stack([_vector(picture, eye) for picture in pictures])


def _vector(picture: np.ndarray, eye: Perceptor) -> Tensor:
    device = next(eye.parameters()).device
    seen = to_tensor(picture)[None].to(device)
    # Averaged where it is made smaller, smooth where it is made larger.
    shrunk = functional.interpolate(seen, (SIDE, SIDE), mode="bilinear", antialias=True)
    return torch.cat([maps.mean((2, 3)) for maps in eye(shrunk)[-2:]], 1)[0].cpu()
