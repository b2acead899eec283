"""How a video's content moves from one frame to the next, and how much a painted video flickers along with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

SMALLEST = 12
"""Frames with a shorter side than the flow's patches need are taken as still."""


@dataclass(frozen=True)
class Motion:
    """Where each pixel of a frame was in the frame before.

    Attributes:
        source: `(H, W, 2) float32`, the x and y of that place, in pixels.
        visible: `(H, W) bool`, whether it was seen there; not so where something has moved away from it.
    """

    source: np.ndarray
    visible: np.ndarray

    def carry(self, picture: np.ndarray) -> np.ndarray:
        """Move a picture of the frame before, `(H, W, 3)` of uint8 or float32, to where things are in this frame.

        By cubic splines, because bilinear interpolation blurs a picture that is carried over and over.
        """
        x, y = self.source[..., 0], self.source[..., 1]
        return np.asarray(cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))


def estimate(previous: np.ndarray, current: np.ndarray) -> Motion:
    """Estimate the motion between two frames `(H, W, 3) uint8` of one size.

    Dense inverse search (Kroeger et al. 2016) both ways; a pixel is visible if going there and back ends where it
    began, as nearly as Sundaram et al. (2010) ask.
    """
    height, width = current.shape[:2]
    grid = np.dstack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)))
    if min(height, width) < SMALLEST:
        return Motion(grid, np.ones((height, width), bool))
    before, now = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (previous, current))
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    back = search.calc(now, before, np.zeros_like(grid))
    source = grid + back
    forth = search.calc(before, now, np.zeros_like(grid))
    there = cv2.remap(forth, source[..., 0], source[..., 1], cv2.INTER_LINEAR)
    missed = np.square(back + there).sum(2)
    allowed = 0.01 * (np.square(back) + np.square(there)).sum(2) + 0.5
    # Half a pixel, so that the border of a video that stands still is inside.
    inside = ((source >= -0.5) & (source <= (width - 0.5, height - 0.5))).all(2)
    return Motion(source, inside & (missed < allowed))


def warped_error(previous: np.ndarray, current: np.ndarray, motion: Motion) -> float:
    """Return how much two successive pictures `(H, W, 3) uint8` differ where the same thing is seen (Lai et al. 2018).

    The mean squared difference of values in [0, 1] between the current picture and the previous one, moved to it, over
    the pixels that are visible in both; 0 where there are none.
    """
    if not motion.visible.any():
        return 0.0
    apart = current.astype(np.float32) - motion.carry(previous)
    return float(np.square(apart[motion.visible] / 255).mean())


@dataclass
class FlickerMeter:
    """The mean warped error of several versions of a video, frame after frame."""

    _before: Mapping[str, np.ndarray] = field(default_factory=dict)
    _errors: dict[str, list[float]] = field(default_factory=dict)

    def add(self, pictures: Mapping[str, np.ndarray], motion: Motion | None) -> None:
        """Take in the next frame `(H, W, 3) uint8` of each version; motion None: the first, or a cut before it."""
        for name, picture in pictures.items():
            errors = self._errors.setdefault(name, [])
            if motion is not None:
                errors.append(warped_error(self._before[name], picture, motion))
        self._before = dict(pictures)

    def means(self) -> dict[str, float]:
        """Return each version's mean; 0 for a single frame."""
        return {name: float(np.mean(errors)) if errors else 0.0 for name, errors in self._errors.items()}
