"""The works that a GAN learns from, one sample after the other."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from artmodels.augment import Augmentation
from artmodels.errors import AtelierError
from artmodels.gan.config import GanConfig
from artmodels.images import PackedImages
from artmodels.pictures import to_tensor
from artmodels.stream import shuffled

SCALE = (0.7, 1.0)
"""Area of a crop as a share of the picture's: a work's composition is part of it."""


def learn_classes(data: PackedImages, config: GanConfig) -> list[str]:
    """Return the classes that are painted, sorted; none where the option `classes` names no column.

    Raises:
        AtelierError: fewer than two classes have `min_works` works in the training split.
    """
    if not config.classes:
        return []
    words = data.table[config.classes].fillna("")
    counts = Counter(words[row] for row in data.where(kind="artwork", split="train") if words[row])
    known = sorted(word for word, count in counts.items() if count >= config.min_works)
    if len(known) < 2:
        raise AtelierError(
            f"classes={config.classes!r} needs two classes of min_works={config.min_works} artworks in the training "
            f"split, and {len(known)} has as many: leave the option out, or label more works."
        )
    return known


def rows_of(data: PackedImages, split: str, classes: Sequence[str], column: str) -> np.ndarray:
    """Return the numbers of a split's artworks, of the classes where there are classes: `(N,)`."""
    rows = data.where(kind="artwork", split=split)
    return rows[data.table[column][rows].isin(classes)] if classes else rows


class Works:
    """Sample n: a work `(3, R, R) float in [-1, 1]`, and its class where there are classes, each as often."""

    def __init__(self, data: PackedImages, classes: list[str], config: GanConfig) -> None:
        self.data, self.seed = data, config.seed
        self.augment = Augmentation(config.resolution, SCALE)
        rows = rows_of(data, "train", classes, config.classes)
        if len(rows) < config.batch_size:
            raise AtelierError(
                f"The training split has {len(rows)} artworks, and a batch shows batch_size={config.batch_size} "
                "different ones: add works with `atelier ingest FOLDER` (hundreds to learn a manner from)."
            )
        self.groups = [rows_of(data, "train", [name], config.classes) for name in classes] or [rows]
        self.labelled = bool(classes)

    def sample(self, number: int) -> dict[str, Tensor]:
        """Return sample `number`."""
        label = shuffled(number, len(self.groups), self.seed)
        group = self.groups[label]
        row = int(group[shuffled(number // len(self.groups), len(group), self.seed + 1 + label)])
        crop_seed = int(np.random.default_rng([self.seed, number]).integers(0, 2**31))
        picture = to_tensor(self.augment(self.data[row], crop_seed)) * 2 - 1
        return {"picture": picture} | ({"label": torch.tensor(label)} if self.labelled else {})
