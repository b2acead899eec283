"""How a picture is shown to the classifier: at one scale, and mirrored."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from artmodels.classifier.network import SMALLEST
from artmodels.pictures import to_tensor

LONGEST = 2
"""Longer side of what is shown, in shorter sides, as training pictures are packed: what is longer loses both ends."""


def seen_part(height: int, width: int) -> tuple[slice, slice]:
    """Return the rows and columns of a picture that are shown."""
    longest = LONGEST * min(height, width)
    top, left = max(0, (height - longest) // 2), max(0, (width - longest) // 2)
    return slice(top, min(height, top + longest)), slice(left, min(width, left + longest))


def whole(picture: np.ndarray, side: int) -> np.ndarray:
    """Bring the shorter side of `(H, W, 3) uint8` down to `side` pixels, or up to `SMALLEST` where it has fewer."""
    picture = picture[seen_part(*picture.shape[:2])]
    short = min(picture.shape[:2])
    factor = max(min(1.0, side / short), SMALLEST / short)
    if factor == 1:
        return picture
    size = (round(picture.shape[1] * factor), round(picture.shape[0] * factor))
    filtering = Image.Resampling.BOX if factor < 1 else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(picture).resize(size, filtering))


def both_ways(picture: np.ndarray, side: int) -> Tensor:
    """Show a picture and its mirror image: `(2, 3, h, w) float in [0, 1]`."""
    shown = to_tensor(whole(picture, side))
    return torch.stack([shown, shown.flip(2)])
