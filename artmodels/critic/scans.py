"""A picture as a sequence: the orders in which the places of a map are read, and what tells the reader where it is."""

import numpy as np
import torch
from torch import Tensor

ORDERS = ("rows", "columns", "serpentine", "centre outwards")
"""Four ways to go over a map, so that what lies near in the picture is near in one of the sequences at least."""

_FREQUENCIES = (1, 2, 4)
POSITIONS = 4 * len(_FREQUENCIES)
"""Numbers of a position code."""


def scan_orders(side: int) -> Tensor:
    """Return the places of a `side` x `side` map, row by row, in each of `ORDERS`: `(4, side^2) int64`."""
    places = np.arange(side * side).reshape(side, side)
    serpentine = places.copy()
    serpentine[1::2] = serpentine[1::2, ::-1]
    down, across = (axis.ravel() - (side - 1) / 2 for axis in np.mgrid[:side, :side])
    # Ring by ring, each ring clockwise from the left.
    outwards = np.lexsort((np.arctan2(down, across), np.maximum(abs(down), abs(across))))
    orders = [places.ravel(), places.T.ravel(), serpentine.ravel(), outwards]
    return torch.from_numpy(np.stack(orders).astype(np.int64))


def position_codes(side: int) -> Tensor:
    """Return sines and cosines of each place's row and column: `(side^2, POSITIONS) float in [-1, 1]`.

    Of two dimensions, after Vaswani et al. (2017): the slowest wave goes half round from one edge to the other.
    """
    middle = (torch.arange(side) + 0.5) / side
    waves = torch.pi * middle[:, None] * torch.tensor(_FREQUENCIES)
    axis = torch.cat([waves.sin(), waves.cos()], 1)
    rows, columns = axis[:, None].expand(side, side, -1), axis[None].expand(side, side, -1)
    return torch.cat([rows, columns], 2).flatten(0, 1)
