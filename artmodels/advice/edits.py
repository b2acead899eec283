"""An edit that a person could make, and those that change a picture's frame: crops and rotations."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np


@dataclass(frozen=True)
class Edit:
    """A concrete edit.

    Attributes:
        kind: what it changes; of a kind only the best is suggested.
        words: what a person would have to do.
        apply: from a picture `(H, W, 3) uint8` to the edited one, perhaps of another size.
    """

    kind: str
    words: str
    apply: Callable[[np.ndarray], np.ndarray]


SHARES = (0.9, 0.8, 0.7)
"""Sides of the crops, of the picture's."""

PLACES = {0.0: ("upper", "left"), 0.5: ("middle", "centre"), 1.0: ("lower", "right")}
"""Where a crop may lie, of the room there is: what it is called from top to bottom, and from left to right."""

ANGLES = (-4.0, -2.0, -1.0, 1.0, 2.0, 4.0)
"""Rotations, in degrees; more is another picture."""


def framings() -> Iterator[Edit]:
    """Yield the crops and the rotations that are tried."""
    for share in SHARES:
        for down, (vertical, _) in PLACES.items():
            for across, (_, horizontal) in PLACES.items():
                place = "the middle" if (down, across) == (0.5, 0.5) else f"the {vertical} {horizontal}"
                words = f"crop to {share:.0%} of each side, at {place}"
                yield Edit("crop", words, partial(crop, share=share, down=down, across=across))
    for angle in ANGLES:
        way = "clockwise" if angle > 0 else "anticlockwise"
        yield Edit(
            "rotation",
            f"rotate by {abs(angle):g} degree{'' if abs(angle) == 1 else 's'} {way}",
            partial(rotate, degrees=angle),
        )


def crop(picture: np.ndarray, share: float, down: float, across: float) -> np.ndarray:
    """Cut out `share` of both sides, at `down` and `across` of the room that is left: 0 is above or left, 1 below."""
    height, width = picture.shape[:2]
    new_height, new_width = max(1, round(height * share)), max(1, round(width * share))
    top, left = round((height - new_height) * down), round((width - new_width) * across)
    return picture[top : top + new_height, left : left + new_width]


def rotate(picture: np.ndarray, degrees: float) -> np.ndarray:
    """Turn clockwise, and cut out the largest rectangle of the same shape that shows nothing but the picture."""
    height, width = picture.shape[:2]
    turned = cv2.warpAffine(
        picture,
        # OpenCV turns the other way round.
        cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1),
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT,
    )
    sine, cosine = abs(math.sin(math.radians(degrees))), math.cos(math.radians(degrees))
    # The corners of the smaller rectangle, turned back, must lie inside the larger one.
    share = min(width / (width * cosine + height * sine), height / (width * sine + height * cosine))
    return crop(turned, share, 0.5, 0.5)
