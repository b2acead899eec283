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
    return [
        cv2.approxPolyDP(stroke.astype(np.float32)[:, None], EPSILON, False)[:, 0].astype(np.float64)
        for stroke in fitted(strokes)
    ]
