"""A picture of any size, read from top to bottom, once, without ever being in memory as a whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyvips

from tasks.decode import BadPicture, decode, read_header
from tasks.large.colour import to_srgb

# A file is read twice, for the survey and to be painted: libvips would take the second for the first, which is spent.
pyvips.cache_set_max(0)

STREAMED = {
    "JPEG": pyvips.Image.jpegload,
    "MPO": pyvips.Image.jpegload,
    "PNG": pyvips.Image.pngload,
    "TIFF": pyvips.Image.tiffload,
}
"""What reads the formats that need not be decoded whole; by Pillow's names."""

_ROWS = 64


class Source:
    """A picture file as 8-bit sRGB: upright, alpha on white, the first of several pages.

    JPEG, PNG and TIFF are streamed. What can only be decoded whole (other formats, progressive JPEGs, interlaced PNGs)
    is, up to `whole` pixels. `width` and `height` are those of the picture as it is read, `header` is the file's.

    Args:
        path: the file.
        whole: the most pixels that are decoded at once.
        side: what the shorter side is brought down to; None: as it is.

    Raises:
        BadPicture: the file is refused; says why.
    """

    def __init__(self, path: Path, whole: int, side: int | None = None) -> None:
        self._path, self._whole = path, whole
        self.header = read_header(path)
        self.width, self.height = shrunk_size(self.header.width, self.header.height, side)

    def survey(self, pixels: int) -> np.ndarray:
        """Return a copy `(h, w, 3) uint8` of at least `pixels` and less than 4 times as many, by area averaging."""
        factor = max(1, int((self.width * self.height / pixels) ** 0.5))
        with in_words():
            # Not the decoders' own shrinking, nor a sharper filter: the statistics shall be those of `survey_copy`.
            small = self._open().shrink(factor, factor, ceil=True)
            return _as_array(small.write_to_memory(), small.width)

    def strips(self, start: int, rows: int, margin: int) -> Iterator[np.ndarray]:
        """Yield strips of `rows` rows from row `start` on, each with up to `margin` more above and below.

        A strip's memory is that of the next: it holds its pixels until then.

        Args:
            start: first row of the first strip; what lies above its margin is decoded and passed over.
            rows: height of a strip; the last may be lower.
            margin: at the picture's upper and lower border there is none.
        """
        buffer = np.empty((min(rows + 2 * margin, self.height), self.width, 3), np.uint8)
        first, held = max(0, start - margin), 0
        with in_words():
            # Named, because a region alone does not keep pixels alive that Python holds.
            picture = self._open()
            region = pyvips.Region.new(picture)
            for top in range(start, self.height, rows):
                low, high = max(0, top - margin), min(self.height, top + rows + margin)
                kept = first + held - low
                buffer[:kept] = buffer[held - kept : held]
                for row in range(low + kept, high, _ROWS):
                    count = min(_ROWS, high - row)
                    fetched = region.fetch(0, row, self.width, count)
                    buffer[row - low : row - low + count] = _as_array(fetched, self.width)
                first, held = low, high - low
                yield buffer[:held]

    def _open(self) -> pyvips.Image:
        """Begin to read the file anew."""
        load = STREAMED.get(self.header.format)
        if load is None:
            return self._resized(self._decoded_whole(self.header.format))
        # Turned ones cannot be read in order: libvips lays them out in a temporary file.
        picture = load(str(self._path), access="random" if self.header.turned else "sequential", fail_on="error")
        if picture.get_typeof("interlaced"):
            return self._resized(self._decoded_whole(f"an interlaced or progressive {self.header.format}"))
        return self._resized(to_srgb(picture.autorot()))

    def _decoded_whole(self, kind: str) -> pyvips.Image:
        if self.header.pixels > self._whole:
            raise BadPicture(
                "above pixel limit",
                f"{kind} must be decoded whole, which is done up to {self._whole} pixels, and this has "
                f"{self.header.width} x {self.header.height}: save it as TIFF, PNG or baseline JPEG",
            )
        return pyvips.Image.new_from_array(decode(self._path, self._whole, 1).image, interpretation="srgb")

    def _resized(self, picture: pyvips.Image) -> pyvips.Image:
        if (self.width, self.height) == (picture.width, picture.height):
            return picture
        resized = picture.resize(self.width / picture.width, vscale=self.height / picture.height)
        return resized.crop(0, 0, self.width, self.height)


def shrunk_size(width: int, height: int, side: int | None) -> tuple[int, int]:
    """Return the width and height once the shorter of them is brought down to `side`; None: as they are."""
    factor = 1.0 if side is None else min(1.0, side / min(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def read_copy(path: Path, side: int) -> np.ndarray:
    """Return a picture as `(h, w, 3) uint8` sRGB with a longer side of at most `side` pixels, for a person to see.

    Decoders shrink as they read where they can: of a pyramid only a small level is read.

    Raises:
        BadPicture: the file is refused; says why.
    """
    read_header(path)
    with in_words():
        options = {"size": "down", "export_profile": "srgb", "intent": "perceptual", "fail_on": "error"}
        small = to_srgb(pyvips.Image.thumbnail(str(path), side, height=side, **options))
        return _as_array(small.write_to_memory(), small.width)


def _as_array(pixels: bytes, width: int) -> np.ndarray:
    return np.frombuffer(pixels, np.uint8).reshape(-1, width, 3)


@contextmanager
def in_words() -> Iterator[None]:
    """Say in one line what libvips says in several."""
    try:
        yield
    except pyvips.Error as error:
        words = (error.detail.strip().splitlines() or [error.message])[-1]
        cut = any(word in words for word in ("premature", "truncated", "read error"))
        raise BadPicture("truncated" if cut else "undecodable", words) from error
