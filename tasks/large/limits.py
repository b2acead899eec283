"""What is refused before anything is decoded: too large a picture, too small a disk."""

import shutil
from pathlib import Path

from artmodels.errors import AtelierError

LONGEST_SIDE = 1_000_000
"""In pixels: a strip of the height that a tile's margins ask for must fit into memory."""

PAINTING = 7
"""Bytes a pixel in a job's folder: 3 of the rows, and the result, at most as many and a third for a pyramid."""

TURNING = 3
"""Bytes a pixel in the folder for temporary files where the content is stored turned."""


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


def check_space(folder: Path, width: int, height: int, bytes_a_pixel: int, there: int = 0) -> None:
    """Check that the disk has room for a picture while it is painted.

    Args:
        folder: the disk's.
        width: in pixels.
        height: in pixels.
        bytes_a_pixel: what the picture takes.
        there: bytes of it that are written already.

    Raises:
        AtelierError: it has not.
    """
    needed, free = width * height * bytes_a_pixel - there, shutil.disk_usage(folder).free
    if needed > free:
        raise AtelierError(
            f"A picture of {width} x {height} pixels needs {needed / 1e9:.3g} GB of disk in {folder} while it is "
            f"painted, and {free / 1e9:.3g} GB are free: make room, and start the job again."
        )
