"""Pixels become a picture file, whole or not at all."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from artmodels.errors import AtelierError
from tasks.files import replacing

# Level 1 takes 16 ms at 512 px where Pillow's default, 6, takes 56; the file is 1.7 % larger. Level 2 saves
# 0.7 % for 1 ms more, level 3 another 1.2 % for 5 ms, level 9 needs 112 ms (means of ten pictures).
_PNG_LEVEL = 1
# 4:4:4: halving the colours' resolution (4:2:0) bleeds saturated edges, which stylised pictures are full of.
_JPEG_SUBSAMPLING = 0
# Method 2 makes files as small as the default 4, in half its time.
_WEBP_METHOD = 2


@dataclass(frozen=True)
class Written:
    """A picture file on the disk.

    Attributes:
        sha256: of the file, 64 hexadecimal digits.
        bytes: its length.
        width: in pixels.
        height: in pixels.
    """

    sha256: str
    bytes: int
    width: int
    height: int


class CannotWrite(AtelierError):  # noqa: N818 - says what is wrong with the folder
    """The folder does not take the file, so the next one would fare no better: the job ends."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"{path} cannot be written ({error.strerror}): a writable folder with free space is needed; "
            "start the job again and it goes on where it stopped."
        )


def encode_picture(image: np.ndarray, suffix: str, quality: int = 92) -> bytes:
    """Encode `(H, W, 3) uint8` sRGB: `.png` without loss, `.jpg`, `.jpeg` or `.webp` at `quality` (1..100).

    Raises:
        AtelierError: another suffix, or a picture larger than the format can hold.
    """
    formats = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
    if suffix.lower() not in formats:
        raise AtelierError(f"The suffix {suffix!r} is not accepted: {', '.join(formats)} are.")
    kind = formats[suffix.lower()]
    options = {
        "PNG": {"compress_level": _PNG_LEVEL},
        "JPEG": {"quality": quality, "subsampling": _JPEG_SUBSAMPLING},
        "WEBP": {"quality": quality, "method": _WEBP_METHOD},
    }[kind]
    limit = {"PNG": 2**31 - 1, "JPEG": 65500, "WEBP": 16383}[kind]
    height, width = image.shape[:2]
    if max(height, width) > limit:
        raise AtelierError(f"{kind} holds no more than {limit} pixels a side, this has {width} x {height}: use PNG.")
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind, **options)
    return buffer.getvalue()


def write_text(path: Path, text: str) -> Path:
    """Write a page or a table of a job, whole or not at all; return its path.

    Raises:
        CannotWrite: the folder is read-only, the disk is full, or the like.
    """
    try:
        with replacing(path) as part:
            # File names may hold bytes that are no UTF-8.
            part.write_bytes(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise CannotWrite(path, error) from error
    return path


def write_picture(
    image: np.ndarray, path: Path, quality: int = 92, sign: Callable[[bytes], bytes] | None = None
) -> Written:
    """Write `(H, W, 3) uint8` sRGB to `path` in the format of its suffix.

    The file is on the disk before it gets its name: a picture under its name is always whole. `sign` puts credentials
    into the encoded file.

    Raises:
        CannotWrite: the folder is read-only, the disk is full, or the like.
        AtelierError: the picture cannot be encoded in this format, or not signed.
    """
    data = encode_picture(image, path.suffix, quality)
    if sign is not None:
        data = sign(data)
    try:
        with replacing(path) as part:
            part.write_bytes(data)
    except OSError as error:
        raise CannotWrite(path, error) from error
    return Written(hashlib.sha256(data).hexdigest(), len(data), image.shape[1], image.shape[0])
