"""The loop that paints: strips from top to bottom, and in each tiles from left to right."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from artmodels.style.network import STRIDE
from artmodels.style.painter import MARGIN
from tasks.large.canvas import Canvas
from tasks.large.source import Source

TILE = 768
"""Side of a tile without its margin: of 256 to 2048 the fastest on a CPU. Larger ones waste less on margins, but their
feature maps leave the cache; the memory they need grows with their area."""

# For the strip that is read and the one that is painted. Only pictures wider than 60,000 pixels come near it.
_STRIP_BYTES = 300_000_000


class Box(NamedTuple):
    """Where a tile lies in the whole picture, in pixels."""

    left: int
    top: int
    right: int
    bottom: int


PaintTile: TypeAlias = Callable[[np.ndarray, Box], np.ndarray]
"""Paints `(h, w, 3) uint8`, a tile with its margin, from a box of the whole picture; returns as many pixels."""


def strip_rows(width: int) -> int:
    """Return how many rows of a picture are painted at a time: a multiple of the network's stride."""
    rows = (_STRIP_BYTES // (3 * width) - 2 * MARGIN) // 2
    return min(TILE, max(MARGIN, rows - rows % STRIDE))


def paint_strips(
    source: Source, canvas: Canvas, paint_tile: PaintTile, on_strip: Callable[[float], None] | None = None
) -> None:
    """Paint what the canvas still lacks.

    Args:
        source: the picture to be repainted.
        canvas: what it becomes, of the same size.
        paint_tile: paints one tile; what it does to a pixel may depend on `MARGIN` pixels around it, no more.
        on_strip: called after each strip with the share of the picture that is done, at most 1.

    Raises:
        BadPicture: the source cannot be read to its end.
        CannotWrite: the canvas cannot be written.
    """
    rows = strip_rows(source.width)
    for strip in source.strips(canvas.done, rows, MARGIN):
        top = canvas.done
        painted = _paint_strip(strip, top - max(0, top - MARGIN), min(rows, source.height - top), top, paint_tile)
        canvas.add(painted)
        if on_strip:
            on_strip(canvas.done / source.height)


def _paint_strip(strip: np.ndarray, above: int, rows: int, top: int, paint_tile: PaintTile) -> np.ndarray:
    """Paint a strip that has `above` rows of margin and starts at row `top` of the picture, without its margins."""
    width = strip.shape[1]
    painted = np.empty((rows, width, 3), np.uint8)
    for left in range(0, width, TILE):
        right = min(width, left + TILE)
        # No margin beyond the picture: there the network continues it as it does a whole one.
        low, high = max(0, left - MARGIN), min(width, right + MARGIN)
        box = Box(low, top - above, high, top - above + len(strip))
        tile = paint_tile(strip[:, low:high], box)
        painted[:, left:right] = tile[above : above + rows, left - low : right - low]
    return painted
