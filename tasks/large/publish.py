"""A finished canvas becomes a picture file, whole or not at all."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyvips

from artmodels.errors import AtelierError
from tasks.batch.encode import CannotWrite, Written
from tasks.files import replacing

_PYRAMID = {
    # Tiles and halved copies of the whole, so that a viewer shows any part at any size at once.
    **{"tile": True, "tile_width": 256, "tile_height": 256, "pyramid": True, "bigtiff": True},
    # Lossless as PNG is, and read by everything that reads TIFF. Level 6 as it is: level 1 would save 3 % of the time
    # that painting takes, for files a quarter larger.
    **{"compression": "deflate", "predictor": "horizontal"},
}
_WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    ".tif": ("tiffsave", _PYRAMID),
    ".png": ("pngsave", {"compression": 1}),
    ".jpg": ("jpegsave", {"Q": 92, "subsample_mode": "off"}),
}
_LONGEST_JPEG = 65500


def publish(canvas: Path, path: Path, sign: Callable[[Path, Path], None] | None = None) -> Written:
    """Write a finished canvas, 8-bit sRGB, to `path` in the format of its suffix: `.tif` (a pyramid), `.png` or `.jpg`.

    `sign` is given the file, which has a temporary name, and `path`; it puts credentials into the one or beside the
    other.

    Raises:
        CannotWrite: the folder is read-only, the disk is full, or the like.
        AtelierError: the format cannot hold the picture, or it cannot be signed.
    """
    suffix = path.suffix.lower()
    if suffix not in _WAYS:
        raise AtelierError(f"The suffix {path.suffix!r} is not accepted for a large picture: {', '.join(_WAYS)} are.")
    saver, options = _WAYS[suffix]
    try:
        painted = pyvips.Image.tiffload(str(canvas), access="sequential", fail_on="error")
        width, height = painted.width, painted.height
        if suffix == ".jpg" and max(width, height) > _LONGEST_JPEG:
            raise AtelierError(f"JPEG holds no more than {_LONGEST_JPEG} pixels a side, this has {width} x {height}.")
        with replacing(path) as part:
            getattr(painted, saver)(str(part), profile="srgb", **options)
            if sign is not None:
                sign(part, path)
            with part.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            size = part.stat().st_size
    except pyvips.Error as error:
        words = (error.detail.strip().splitlines() or [error.message])[-1]
        raise CannotWrite(path, OSError(None, words)) from error
    except OSError as error:
        raise CannotWrite(path, error) from error
    return Written(sha256, size, width, height)
