"""The preview: held-out works, what each is taken for and how surely, and what it is."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from artmodels.captions import captioned, told
from artmodels.pictures import centre_square

WORKS, COLUMNS, SIDE = 12, 6, 160


def preview_sheet(
    pictures: Sequence[np.ndarray], probabilities: Tensor, classes: Sequence[str], truths: Sequence[str]
) -> np.ndarray:
    """Draw the sheet: `(H, W, 3) uint8`.

    Args:
        pictures: the works, `(h, w, 3) uint8` each.
        probabilities: of the classes `(N, C)`.
        classes: that are known.
        truths: of each work, empty where it is not known.
    """
    lines = []
    for own, true in zip(probabilities, truths, strict=True):
        best = classes[int(own.argmax())]
        said = f"{best} {100 * float(own.max()):.0f} %"
        lines.append([[words] for words in told(said, true, best == true if true else None)])
    return captioned([centre_square(picture, SIDE) for picture in pictures], lines, COLUMNS)
