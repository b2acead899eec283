"""Works that look alike: perceptual hashes and their distances."""

import imagehash
import numpy as np
from PIL import Image


def perceptual_hash(image: np.ndarray) -> str:
    """Return the perceptual hash of a picture: 64 bits as 16 hex digits.

    Args:
        image: (H, W, 3) uint8 sRGB.
    """
    return str(imagehash.phash(Image.fromarray(image)))


def nearest(hashes: np.ndarray, one: np.uint64, bits: int) -> int | None:
    """Return the index of the hash nearest to `one`, the first among equals; None if all are too far.

    Args:
        hashes: (N,) uint64.
        one: the hash looked for.
        bits: largest Hamming distance that counts as near.
    """
    if not len(hashes):
        return None
    distances = np.bitwise_count(hashes ^ one)
    index = int(distances.argmin())
    return index if distances[index] <= bits else None


def as_numbers(hashes: list[str]) -> np.ndarray:
    """Return hashes of 16 hex digits as (N,) uint64."""
    return np.array([int(digits, 16) for digits in hashes], dtype=np.uint64)
