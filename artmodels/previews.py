"""When a training shows what it has learnt, on which works, and how the picture is kept."""

import math
from pathlib import Path

import numpy as np
from PIL import Image

from artmodels.images import PackedImages

PREVIEWS = "previews"
"""The folder of a training's previews, in its own and among its run's files."""

MOST = 20
"""Previews of a training, whatever its length."""

_GROWTH = 1.5


def preview_moments(first: int, last: int) -> list[int]:
    """Return the steps after which a training of `last` steps is looked at, `first` and `last` among them.

    Each comes half as many steps later again as the one before, or more, so that there are at most `MOST`: what a
    model learns in its first steps shows as well as what it learns in thousands.
    """
    growth = max(_GROWTH, (last / first) ** (1 / (MOST - 1)))
    moments, step = [], first
    while step < last:
        moments.append(step)
        step = math.ceil(step * growth)
    return [*moments, last]


def shown_rows(data: PackedImages, kind: str, count: int) -> np.ndarray:
    """Return the rows of at most `count` validation works of a kind, the same each time; of test works if none are."""
    found = (data.where(kind=kind, split=split) for split in ("validation", "test"))
    return evenly(next((rows for rows in found if len(rows)), np.array([], int)), count)


def evenly(rows: np.ndarray, count: int) -> np.ndarray:
    """Return at most `count` of the rows, the first and the last among them."""
    return rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int)] if len(rows) else rows


def preview_path(folder: Path, step: int) -> Path:
    """Return where the preview of a step lies in a training's folder."""
    return folder / PREVIEWS / f"{step:07d}.jpg"


def newest_preview(folder: Path) -> Path | None:
    """Return the last preview in a training's folder, if there is one."""
    return max((folder / PREVIEWS).glob("*.jpg"), default=None)


def save_preview(picture: np.ndarray, path: Path) -> None:
    """Write `(H, W, 3) uint8` as a JPEG, whole or not at all; its lines and letters keep their colours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        Image.fromarray(picture).save(part, "JPEG", quality=90, subsampling=0)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
