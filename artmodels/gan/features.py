"""What a perceptual encoder makes of pictures, as one vector each."""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from artmodels.perception import Perceptor
from artmodels.pictures import to_tensor

SIDE = 128
"""Side at which the encoder looks, in pixels: pictures of any resolution are brought to it alike."""


RESAMPLING = "bilinear, antialiased"
"""How they are."""


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


def cached_vectors(pictures: Iterable[np.ndarray], eye: Perceptor, path: Path | None) -> Tensor:
    """Return `vectors_of`, read from a file where it is there; None: there is no such file, and none is made."""
    if path is not None and path.is_file():
        return load_file(path)["vectors"]
    vectors = vectors_of(pictures, eye)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.part")
        save_file({"vectors": vectors}, temporary)
        temporary.replace(path)
    return vectors
