"""Keeping a content's colours under a style's brushwork."""

import cv2
import numpy as np


def keep_colours(painted: np.ndarray, content: np.ndarray) -> np.ndarray:
    """Return the painted picture's lightness with the content's colours, both `(H, W, 3) uint8` (Gatys et al. 2017).

    In CIE L*a*b*; pixel by pixel, so that it can be done tile by tile.
    """
    ours, theirs = (cv2.cvtColor(picture, cv2.COLOR_RGB2LAB) for picture in (painted, content))
    return np.asarray(cv2.cvtColor(np.dstack([ours[..., :1], theirs[..., 1:]]), cv2.COLOR_LAB2RGB))
