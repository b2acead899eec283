"""Curves and hand movements as few points: the algorithm of Ramer, Douglas and Peucker, by OpenCV."""

import cv2
import numpy as np

from artmodels.sketch.strokes import fitted

EPSILON = 2.0
"""How far a stroke may stray from its points, in units: QuickDraw's own."""


def simplified(strokes: list[np.ndarray]) -> list[np.ndarray]:
    """Fit strokes `(n, 2) float` into the house's box, and leave out the points that they do without.

    What has no extent, or no finite one, is returned as it is: the checks say so.
    """
    points = np.concatenate(strokes)
    if not np.isfinite(points).all() or not 1e-6 <= np.ptp(points, axis=0).max() <= 1e9:
        return strokes
    return [_simplified(stroke) for stroke in fitted(strokes)]


def _simplified(stroke: np.ndarray) -> np.ndarray:
    turn = int(np.linalg.norm(stroke - stroke[0], axis=1).argmax())
    if np.allclose(stroke[0], stroke[-1]) and 0 < turn < len(stroke) - 1:
        # A line that ends where it began has no direction to stray from: it goes there, and comes back.
        return np.vstack([_simplified(stroke[: turn + 1]), _simplified(stroke[turn:])[1:]])
    found = cv2.approxPolyDP(stroke.astype(np.float32)[:, None], EPSILON, False)
    return found[:, 0].astype(np.float64)
