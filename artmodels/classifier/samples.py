"""The works that the classifier learns from, one sample after the other."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from artmodels.augment import Augmentation
from artmodels.classifier.descriptors import Descriptors
from artmodels.images import PackedImages
from artmodels.pictures import to_tensor
from artmodels.stream import shuffled


class _Works:
    """The training split's artworks and their labels."""

    def __init__(self, data: PackedImages, labels: Mapping[str, np.ndarray], seed: int) -> None:
        self.rows, self.labels, self.seed = data.where(kind="artwork", split="train"), labels, seed

    def drawn(self, number: int) -> tuple[int, dict[str, Tensor]]:
        """Return the row of sample `number`, and its labels by head."""
        row = int(self.rows[shuffled(number, len(self.rows), self.seed)])
        return row, {head: torch.tensor(int(labels[row])) for head, labels in self.labels.items()}


class DescribedWorks(_Works):
    """Sample n: the descriptor `(D,)` of a view of a work, for a body that stays as it is."""

    def __init__(self, descriptors: Descriptors, labels: Mapping[str, np.ndarray], views: int, seed: int) -> None:
        super().__init__(descriptors.data, labels, seed)
        self.descriptors, self.views = descriptors, views

    def sample(self, number: int) -> dict[str, Tensor]:
        """Return sample `number`; each epoch shows the next view."""
        row, labels = self.drawn(number)
        view = (number // len(self.rows) + row) % self.views
        return {"descriptor": self.descriptors.describe(row, view), **labels}


class CroppedWorks(_Works):
    """Sample n: a random crop `(3, side, side) float in [0, 1]` of a work, for a network trained from end to end."""

    def __init__(self, data: PackedImages, labels: Mapping[str, np.ndarray], side: int, seed: int) -> None:
        super().__init__(data, labels, seed)
        self.data, self.augment = data, Augmentation(side, jitter=0.1)

    def sample(self, number: int) -> dict[str, Tensor]:
        """Return sample `number`."""
        row, labels = self.drawn(number)
        crop_seed = int(np.random.default_rng([self.seed, number]).integers(0, 2**31))
        return {"picture": to_tensor(self.augment(self.data[row], crop_seed)), **labels}
