"""Maps of places, as large as the picture."""

import cv2
import numpy as np

from artmodels.classifier.views import seen_part


def enlarge(places: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Spread a map `(n, n) float` over a picture `(H, W, 3)`: `(H, W) float32 in [0, 1]`, the strongest place being 1.

    What the critic is not shown (see `seen_part`) is 0.
    """
    rows, columns = seen_part(*picture.shape[:2])
    size = (columns.stop - columns.start, rows.stop - rows.start)
    spread = cv2.resize(places.astype(np.float32), size, interpolation=cv2.INTER_LINEAR).clip(0)
    heat = np.zeros(picture.shape[:2], np.float32)
    heat[rows, columns] = spread / max(float(spread.max()), 1e-12)
    return heat
