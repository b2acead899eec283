"""The pairs of pictures that the style-transfer network learns from."""

import numpy as np
from torch import Tensor

from artmodels.augment import Augmentation
from artmodels.errors import AtelierError
from artmodels.images import PackedImages
from artmodels.pictures import to_tensor
from artmodels.stream import shuffled

PHOTOGRAPH_SHARE = 0.5
"""Share of contents that are photographs; the others are artworks, since artists repaint those too."""

SCALE = (0.3, 1.0)
"""Area of a crop as a share of the picture's: a smaller part is enlarged, and blurs the strokes."""


class StylePairs:
    """Sample n: a content crop and a style crop, each `(3, crop, crop) float in [0, 1]`, decided by seed and n."""

    def __init__(self, data: PackedImages, crop: int, seed: int) -> None:
        self.data, self.seed = data, seed
        self.photographs = data.where(kind="photograph", split="train")
        self.artworks = data.where(kind="artwork", split="train")
        for kind, rows in (("photograph", self.photographs), ("artwork", self.artworks)):
            if len(rows) == 0:
                raise AtelierError(
                    f"No {kind} in the training split: style transfer learns from artworks (styles) and photographs "
                    f"(contents); add some with `atelier ingest FOLDER --kind {kind}`."
                )
        self.augment = Augmentation(crop, SCALE)

    def sample(self, number: int) -> dict[str, Tensor]:
        """Return sample `number`: content and style."""
        chance = np.random.default_rng([self.seed, number])
        photographed = chance.random() < PHOTOGRAPH_SHARE
        contents = self.photographs if photographed else self.artworks
        content = contents[shuffled(number, len(contents), self.seed)]
        style = self.artworks[shuffled(number, len(self.artworks), self.seed + 1)]
        seeds = chance.integers(0, 2**31, 2)
        return {
            "content": to_tensor(self.augment(self.data[content], int(seeds[0]))),
            "style": to_tensor(self.augment(self.data[style], int(seeds[1]))),
        }
