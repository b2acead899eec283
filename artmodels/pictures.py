"""Between pictures, `(H, W, 3) uint8`, and tensors, `(3, H, W) float in [0, 1]`; and between pictures and bytes."""

import io
import struct
import zlib

import cv2
import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from artmodels.errors import AtelierError

MOST_PIXELS = 2**26
"""Of a served picture (8192 x 8192): a small file may claim to be huge."""

# What Pillow's decoders are known to raise on damaged bytes, besides OSError for most of it.
_DAMAGE = (
    *(OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, KeyError),
    *(OverflowError, RuntimeError, MemoryError, struct.error, zlib.error),
)


def to_tensor(picture: np.ndarray) -> Tensor:
    """`(H, W, 3) uint8` to `(3, H, W) float in [0, 1]`."""
    return torch.from_numpy(np.array(picture, copy=True)).permute(2, 0, 1).float().div(255)


def to_picture(tensor: Tensor) -> np.ndarray:
    """`(3, H, W) float in [0, 1]` to `(H, W, 3) uint8`, rounded."""
    rounded = tensor.detach().float().clamp(0, 1).mul(255).round().to(torch.uint8)
    return np.ascontiguousarray(rounded.permute(1, 2, 0).cpu().numpy())


def from_bytes(data: bytes) -> np.ndarray:
    """Decode a served picture to `(H, W, 3) uint8`.

    Raises:
        AtelierError: the bytes are no picture, or too large a one.
    """
    try:
        picture = Image.open(io.BytesIO(data))
        if picture.width * picture.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
    except Image.DecompressionBombError as error:
        raise AtelierError(f"A picture is too large: at most {MOST_PIXELS} pixels are accepted.") from error
    except _DAMAGE as error:
        raise AtelierError(f"A picture cannot be decoded ({error}): send JPEG, PNG or WebP bytes.") from error


def to_bytes(picture: np.ndarray) -> bytes:
    """Encode `(H, W, 3) uint8` as a PNG; lightly compressed, since Pillow's default takes 70 ms a picture."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def resize_to(picture: np.ndarray, side: int) -> np.ndarray:
    """Bring the shorter side of `(H, W, 3) uint8` to `side` pixels: down by area averaging, up by cubic splines."""
    height, width = picture.shape[:2]
    factor = side / min(height, width)
    if factor == 1:
        return picture
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC))


def shrink(picture: np.ndarray, side: int) -> np.ndarray:
    """Bring the shorter side of `(H, W, 3) uint8` down to `side` pixels; never up."""
    return resize_to(picture, side) if side < min(picture.shape[:2]) else picture


def centre_square(picture: np.ndarray, side: int) -> np.ndarray:
    """The middle of `(H, W, 3) uint8` as a square `(side, side, 3) uint8`."""
    short = min(picture.shape[:2])
    top, left = (picture.shape[0] - short) // 2, (picture.shape[1] - short) // 2
    box = (left, top, left + short, top + short)
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BOX, box=box))
