"""Which pictures are most like the ones that a person likes."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch

from artmodels.gan.features import balance, vectors_of
from artmodels.perception import Perceptor
from artmodels.pictures import centre_square

SIDE = 128
"""Of the liked pictures' centre squares, in pixels."""


def most_like(pictures: Iterable[np.ndarray], liked: Sequence[np.ndarray], eye: Perceptor, count: int) -> list[int]:
    """Return the numbers of the pictures nearest to any of the liked ones, the nearest first.

    By the same vectors as a generator is judged by: textures, and what lies where.

    Args:
        pictures: `(R, R, 3) uint8`, `count` or more.
        liked: `(H, W, 3) uint8` of any shape, one or more.
        eye: the perceptual encoder.
        count: how many to return.
    """
    wanted, found = vectors_of([centre_square(one, SIDE) for one in liked], eye), vectors_of(pictures, eye)
    factors = balance(wanted)
    distances = torch.cdist(found * factors, wanted * factors).min(1).values
    return torch.argsort(distances, stable=True)[:count].tolist()
