"""What a body that stays as it is sees in packed pictures: computed once, read a thousand times."""

import numpy as np
import torch
from torch import Tensor

from artmodels.augment import Augmentation, sample_seed
from artmodels.classifier.bodies import Body
from artmodels.classifier.views import whole
from artmodels.images import PackedImages
from artmodels.pictures import to_tensor

_CROP = (0.4, 1.0)


class Descriptors:
    """Descriptors of packed pictures, by picture and view.

    View 0 is the whole picture, view 1 its mirror image, every other a random crop, decided by picture and view.
    """

    def __init__(self, body: Body, data: PackedImages, side: int) -> None:
        self.body, self.data, self.side = body.eval(), data, side
        self._crop = Augmentation(side, _CROP)
        self._known: dict[tuple[int, int], Tensor] = {}

    @torch.no_grad()
    def describe(self, row: int, view: int) -> Tensor:
        """Return the descriptor `(D,) float` of a view of a picture."""
        if (row, view) not in self._known:
            picture = self.data[row]
            crop = whole(picture, self.side) if view < 2 else self._crop(picture, sample_seed(0, view, row))
            shown = to_tensor(crop)[None].to(next(self.body.parameters()).device)
            self._known[row, view] = self.body(shown.flip(3) if view == 1 else shown)[0].float().cpu()
        return self._known[row, view]

    def both_ways(self, rows: np.ndarray) -> Tensor:
        """Return `(N, 2, D)`: each picture whole, and mirrored."""
        return torch.stack([torch.stack([self.describe(int(row), view) for view in (0, 1)]) for row in rows])
