"""What pictures are like, as one vector each: what a perceptual encoder makes of them, and what lies where.

The means of an encoder's maps alone know textures well and compositions badly: by the encoder that ships, works whose
phases were drawn by chance, which show nothing at all, were as good as more works. So a picture of 8 x 8 pixels counts
as much as the encoder does.
"""

import os
from collections.abc import Iterable, Sequence
from itertools import islice
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

AT_ONCE = 8
"""Pictures that the encoder looks at together, in half the time that it takes for one by one."""

LAYOUT = 8
"""Side of the small picture that tells what lies where, in pixels."""


@torch.inference_mode()
def vectors_of(pictures: Iterable[np.ndarray], eye: Perceptor, side: int = SIDE) -> Tensor:
    """Return `(N, D) float32` for pictures `(H, W, 3) uint8`: the means of the two deepest maps, then the layout.

    The encoder looks at `side` pixels: half of them take a quarter of the time.
    """
    waiting, found = iter(pictures), []
    while batch := list(islice(waiting, AT_ONCE)):
        # A batch is always full: kernels are chosen by its size, and differ in the last bit.
        full = batch + batch[:1] * (AT_ONCE - len(batch))
        found.append(_vectors(full, eye, side)[: len(batch)].cpu())
    return torch.cat(found)


def balance(vectors: Tensor) -> Tensor:
    """Return factors `(D,)` by which encoder and layout count as much as each other, judged by works' vectors."""
    layout = 3 * LAYOUT**2
    parts = vectors.split([vectors.shape[1] - layout, layout], 1)
    return torch.cat([(part.square().sum(1).mean().rsqrt()).expand(part.shape[1]) for part in parts])


def _vectors(pictures: Sequence[np.ndarray], eye: Perceptor, side: int) -> Tensor:
    device = next(eye.parameters()).device
    seen = [to_tensor(picture)[None].to(device) for picture in pictures]
    # Averaged where it is made smaller, smooth where it is made larger.
    shrunk = torch.cat([functional.interpolate(one, (side, side), mode="bilinear", antialias=True) for one in seen])
    parts = [maps.mean((2, 3)) for maps in eye(shrunk.contiguous(memory_format=torch.channels_last))[-2:]]
    layout = torch.cat([functional.adaptive_avg_pool2d(one, LAYOUT).flatten(1) for one in seen])
    return torch.cat([*parts, layout], 1)


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
