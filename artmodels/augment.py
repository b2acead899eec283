"""Augmentation of training images with Albumentations, decided by a seed a sample.

The seed of a sample is all that decides its crop: not which loader worker made it, nor how many there are,
nor what was augmented before.
"""

import os
import random

import numpy as np

# Read when the package is imported, which would otherwise ask a server for newer versions.
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

import albumentations as A  # noqa: N812 - the name its documentation uses
import cv2


class Augmentation:
    """Random crop of a random scale, random mirror image, and, if asked for, mild changes of colour.

    One instance a thread: Albumentations keeps the generator between calls. May be pickled.
    """

    def __init__(
        self,
        crop: int,  # side of the square that comes out, in pixels
        scale: tuple[float, float] = (0.3, 1.0),  # area of the crop, as a share of the image's
        flip: bool = True,  # mirror half of the images
        jitter: float = 0.0,  # largest relative change of brightness, contrast and saturation; 0: none
    ) -> None:
        steps: list[A.BasicTransform] = [
            # INTER_AREA, since most crops are made smaller and other filters would alias.
            A.RandomResizedCrop((crop, crop), scale, ratio=(0.9, 1.1), interpolation=cv2.INTER_AREA)
        ]
        if flip:
            steps.append(A.HorizontalFlip(p=0.5))
        if jitter:
            steps.append(A.ColorJitter(jitter, jitter, jitter, hue=0, p=1.0))
        self._compose = A.Compose(steps)

    def __call__(self, image: np.ndarray, seed: int) -> np.ndarray:
        """Return a crop of an image: (crop, crop, 3) uint8 sRGB, contiguous, never a view of the image.

        Args:
            image: (H, W, 3) uint8 sRGB; may be smaller than the crop and is enlarged then.
            seed: decides everything; at least 0. See `sample_seed`.
        """
        # `Compose.set_random_seed` would give every step a generator of the same seed, so that their choices
        # hang together, and takes four times as long.
        self._compose.set_random_state(np.random.Generator(np.random.PCG64(seed)), random.Random(seed))
        return np.ascontiguousarray(self._compose(image=image)["image"])


def sample_seed(seed: int, epoch: int, number: int) -> int:
    """Return the seed of sample `number` in an epoch: below 2**63, and unlike that of any neighbour.

    Args:
        seed: of the whole training.
        epoch: counted from 0.
        number: of the sample, counted from 0.
    """
    return int(np.random.SeedSequence([seed, epoch, number]).generate_state(1, np.uint64)[0] >> 1)
