"""Any picture file becomes plain sRGB pixels, or is refused with its reason."""

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

from artmodels.errors import AtelierError
from tasks.colour import to_srgb

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "PPM", "AVIF", "JPEG2000")
"""What is tried, whatever the extension says. Fewer than Pillow has: each is a door for hostile files."""

LOSSY = ("JPEG", "MPO", "WEBP", "AVIF", "JPEG2000")
"""Formats whose pixels have already been through a lossy codec, or may have been."""

Reason = Literal["zero bytes", "unreadable", "undecodable", "truncated", "below min side", "above pixel limit"]

# Register the decoders now: Pillow does so on demand otherwise, which threads would do at once.
Image.init()
# `decode` compares the header with its own limit before a pixel is read; Pillow's guard warns below that.
Image.MAX_IMAGE_PIXELS = None
# A grey band at the bottom is not an artwork.
ImageFile.LOAD_TRUNCATED_IMAGES = False

# EXIF orientations that lay the picture on its side.
_LYING = (5, 6, 7, 8)

# What Pillow's decoders are known to raise on damaged bytes, besides OSError for most of it.
_DAMAGE = (
    *(OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, KeyError),
    *(OverflowError, RuntimeError, MemoryError, struct.error, zlib.error),
)


class BadPicture(AtelierError):  # noqa: N818 - says what the file is
    """A file that is not taken as a picture; `reason` is one of `Reason`, the message adds the detail."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


@dataclass(frozen=True)
class Decoded:
    """A decoded picture.

    Attributes:
        image: (H, W, 3) uint8 sRGB, contiguous, upright.
        note: what was lost or left out on the way ("animated: first frame of 12"), else None.
        format: Pillow's name of the file's format, whatever its extension.
        exact: the file is a JPEG or PNG that already holds these very pixels, so it may be kept as it is.
    """

    image: np.ndarray
    note: str | None
    format: str
    exact: bool


@dataclass(frozen=True)
class Header:
    """What a picture file says of itself.

    Attributes:
        format: Pillow's name of the file's format, whatever its extension.
        width: of the upright picture, in pixels.
        height: likewise.
        turned: the pixels are stored turned or mirrored, as EXIF's orientation says.
    """

    format: str
    width: int
    height: int
    turned: bool

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height


def decode(source: Path | bytes, max_pixels: int, min_side: int) -> Decoded:
    """Decode a picture file fully: orientation applied, colours in sRGB, alpha on white, first frame.

    Safe to call from many threads.

    Args:
        source: the file, or its bytes.
        max_pixels: largest width x height accepted, compared with the header before anything is decoded.
        min_side: smallest shorter side accepted, in pixels.

    Raises:
        BadPicture: the file is refused; says why.
    """
    with _open(source) as file:
        picture = _identify(file)
        _check_size(picture, max_pixels, min_side)
        try:
            return _decode(picture)
        except _DAMAGE as error:
            raise _bad(error) from error


def read_header(source: Path) -> Header:
    """Return what a picture file says of itself; no pixel is decoded.

    Raises:
        BadPicture: the file is no picture.
    """
    with _open(source) as file:
        picture = _identify(file)
        try:
            orientation = int(picture.getexif().get(ExifTags.Base.Orientation, 1))
        except _DAMAGE:
            orientation = 1
        # Of a TIFF Pillow tells the upright size.
        lies = orientation in _LYING and picture.format != "TIFF"
        width, height = reversed(picture.size) if lies else picture.size
        return Header(picture.format or "", width, height, orientation not in (0, 1))


def _identify(file: BinaryIO) -> ImageFile.ImageFile:
    """Read the header of a picture; raises BadPicture where there is none."""
    try:
        return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError as error:
        raise BadPicture("undecodable", f"not a picture in one of {', '.join(FORMATS)}") from error
    except _DAMAGE as error:
        raise _bad(error) from error


def _open(source: Path | bytes) -> BinaryIO:
    """Open the bytes of a picture; raises BadPicture where there are none."""
    try:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        if size == 0:
            raise BadPicture("zero bytes", "the file is empty")
        return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    except OSError as error:
        raise BadPicture("unreadable", f"the file cannot be opened ({error.strerror})") from error


def _check_size(picture: Image.Image, max_pixels: int, min_side: int) -> None:
    """Raise BadPicture if the size in the header is not accepted."""
    width, height = picture.size
    if width * height > max_pixels:
        raise BadPicture("above pixel limit", f"{width} x {height} is more than {max_pixels} pixels")
    if min(width, height) < min_side:
        raise BadPicture("below min side", f"{width} x {height} has a side shorter than {min_side} pixels")


def _bad(error: BaseException) -> BadPicture:
    """Say in our words what Pillow said in one of its many."""
    words = str(error) or type(error).__name__
    if "truncated" in words.lower() or isinstance(error, EOFError):
        return BadPicture("truncated", words)
    return BadPicture("undecodable", words)


def _decode(picture: ImageFile.ImageFile) -> Decoded:
    """Decode an opened picture; lets Pillow's exceptions through."""
    kind = picture.format or ""
    deep = kind == "PNG" and "16" in str(picture.tile[0].args)
    notes = [_frames_note(picture)]
    picture.load()
    upright, orientation_note = _upright(picture)
    rgb, colour_note = to_srgb(upright)
    notes += [orientation_note, colour_note]
    kept = rgb is picture or (picture.mode == "L" and upright is picture and colour_note is None)
    exact = kept and not any(notes) and not deep and kind in ("JPEG", "PNG")
    # A copy, because the array that Pillow hands out is read-only and torch warns about those.
    return Decoded(np.array(rgb), "; ".join(filter(None, notes)) or None, kind, exact)


def _frames_note(picture: ImageFile.ImageFile) -> str | None:
    """Say which frame is taken; None for a still. A phone's MPO is a still with a preview inside."""
    if picture.format == "MPO" or not getattr(picture, "is_animated", False):
        return None
    what = "several pages: first page" if picture.format == "TIFF" else "animated: first frame"
    return f"{what} of {getattr(picture, 'n_frames', 1)}"


def _upright(picture: Image.Image) -> tuple[Image.Image, str | None]:
    """Apply the EXIF orientation; the picture itself where there is none."""
    try:
        turned = picture.getexif().get(ExifTags.Base.Orientation, 1) != 1
        return (ImageOps.exif_transpose(picture) if turned else picture), None
    except _DAMAGE:
        return picture, "unreadable EXIF left out"
