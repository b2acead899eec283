"""Small copies of pictures, named by what they show and made once."""

import base64
import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tasks.batch.encode import write_picture
from tasks.decode import BadPicture, decode, read_header
from tasks.large.source import STREAMED, read_copy

_QUALITY = 82
# Copies of at most so many pixels are kept as WebP, a third smaller than JPEG, at a quality that thousands afford.
_WEBP_UP_TO, _WEBP_QUALITY = 320, 65
# The job that made or read the picture had its own limit; this one only keeps a mistake from filling memory.
_MAX_PIXELS = 1_000_000_000
# Larger ones are shrunk as they are read; below, Pillow and OpenCV are as fast.
_STREAM_ABOVE = 16_000_000


def shrink_to(image: np.ndarray, side: int) -> np.ndarray:
    """Bring the longer side of `(H, W, 3) uint8` down to `side` pixels; never up."""
    height, width = image.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return image
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def read_small(path: Path, side: int) -> np.ndarray | None:
    """Return a picture as `(H, W, 3) uint8` sRGB with a longer side of at most `side`; None if it is gone."""
    try:
        header = read_header(path)
        if header.format in STREAMED and header.pixels > _STREAM_ABOVE:
            return read_copy(path, side)
        return shrink_to(decode(path, _MAX_PIXELS, 1).image, side)
    except BadPicture:
        return None


def make_thumbnail(path: Path, sha256: str, side: int, folder: Path) -> Path | None:
    """Return a copy of the picture with these bytes, at most `side` pixels long; None if the picture is gone.

    Raises:
        CannotWrite: the folder takes no file.
    """
    webp = side <= _WEBP_UP_TO
    thumbnail = folder / f"{sha256[:20]}-{side}.{'webp' if webp else 'jpg'}"
    if not thumbnail.is_file():
        small = read_small(path, side)
        if small is None:
            return None
        write_picture(small, thumbnail, _WEBP_QUALITY if webp else _QUALITY)
    return thumbnail


def data_uri(picture: Path) -> str:
    """Return a JPEG or WebP file as a `data:` address, for a page that shall stand alone."""
    kind = "webp" if picture.suffix == ".webp" else "jpeg"
    return f"data:image/{kind};base64," + base64.b64encode(picture.read_bytes()).decode()


def inline_jpeg(picture: bytes, width: int, quality: int = 85) -> str:
    """Return the bytes of a picture file as a JPEG of at most `width` pixels across, as a `data:` address."""
    with Image.open(io.BytesIO(picture)) as opened:
        small = opened.convert("RGB")
    small.thumbnail((width, 4 * width))
    small.save(file := io.BytesIO(), "JPEG", quality=quality)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
