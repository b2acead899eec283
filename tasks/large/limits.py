"""What is refused before anything is decoded: too large a picture, too small a disk."""

import shutil
import tempfile
from pathlib import Path

from artmodels.errors import AtelierError

LONGEST_SIDE = 1_000_000
"""In pixels: a strip of the height that a tile's margins ask for must fit into memory."""

# The rows, 3 bytes a pixel; the result, at most as much, and a third for the smaller copies of a pyramid.
_BYTES_A_PIXEL = 7
# Of the smaller copies, which are written apart and then joined.
_TEMPORARY_BYTES_A_PIXEL = 1


def check_size(path: Path, width: int, height: int, most: int) -> None:
    """Check that a picture of this size is accepted.

    Args:
        path: the picture, for the message.
        width: in pixels.
        height: in pixels.
        most: largest width x height accepted.

    Raises:
        AtelierError: it is not.
    """
    if width * height > most:
        raise AtelierError(
            f"{path} has {width} x {height} pixels, and at most {most} are accepted: set ATELIER_MAX_LARGE_PIXELS, or "
            "make the picture smaller."
        )
    if max(width, height) > LONGEST_SIDE:
        raise AtelierError(f"{path} has {width} x {height} pixels: at most {LONGEST_SIDE} a side are accepted.")


def check_space(folder: Path, width: int, height: int, there: int) -> None:
    """Check that the disk has room for a picture and for what is kept of it while it is painted.

    Args:
        folder: where both go.
        width: in pixels.
        height: in pixels.
        there: bytes of it that are written already.

    Raises:
        AtelierError: it has not.
    """
    temporary = Path(tempfile.gettempdir())
    for place, bytes_a_pixel, saved in ((folder, _BYTES_A_PIXEL, there), (temporary, _TEMPORARY_BYTES_A_PIXEL, 0)):
        needed, free = width * height * bytes_a_pixel - saved, shutil.disk_usage(place).free
        if needed > free:
            raise AtelierError(
                f"A picture of {width} x {height} pixels needs {needed / 1e9:.3g} GB of disk in {place} while it is "
                f"painted, and {free / 1e9:.3g} GB are free: make room, and start the job again."
            )
