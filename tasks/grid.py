"""Pictures of one size side by side, pixel for pixel."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tasks.batch.encode import write_picture

MOST = 400
"""Pictures of a grid: the first so many."""


def write_grid(paths: Sequence[Path], path: Path) -> Path | None:
    """Write the first `MOST` pictures as a grid, about as wide as high; return its path, None where there is none.

    Raises:
        AtelierError: the file cannot be written.
    """
    pictures = [np.asarray(Image.open(one).convert("RGB")) for one in paths[:MOST] if one.is_file()]
    if not pictures:
        path.unlink(missing_ok=True)
        return None
    return write_tiles(pictures, path, math.ceil(math.sqrt(len(pictures))))


def write_tiles(
    pictures: Sequence[np.ndarray], path: Path, columns: int, sign: Callable[[bytes], bytes] | None = None
) -> Path:
    """Write pictures `(S, S, 3) uint8` in rows of `columns`, white where there is none; return the path.

    Raises:
        AtelierError: the file cannot be written.
    """
    white = np.full_like(pictures[0], 255)
    padded = [*pictures, *[white] * (-len(pictures) % columns)]
    rows = [np.hstack(padded[first : first + columns]) for first in range(0, len(padded), columns)]
    write_picture(np.vstack(rows), path, sign=sign)
    return path
