"""One large picture, from file to file: what a killed process left of it is kept, and it goes on from there."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from artmodels.style.painter import SURVEY_PIXELS
from tasks.batch.encode import Written
from tasks.large.canvas import Canvas
from tasks.large.limits import PAINTING, TURNING, check_size, check_space
from tasks.large.paint import PaintTile, paint_strips
from tasks.large.publish import publish
from tasks.large.source import Source
from tasks.settings import Settings


def paint_picture(
    content: Path,
    output: Path,
    prepare: Callable[[np.ndarray], PaintTile],
    settings: Settings,
    *,
    rows: Path,
    key: str,
    side: int | None = None,
    on_strip: Callable[[float], None] | None = None,
    sign: Callable[[Path, Path], None] | None = None,
) -> Written:
    """Repaint a picture of any size, in constant memory.

    Args:
        content: the picture's file.
        output: what it becomes; `.tif`, `.png` or `.jpg`.
        prepare: given a small copy of the content, `(h, w, 3) uint8`, returns what paints its tiles.
        settings: the limits.
        rows: a file beside which nothing else has its name, for what is painted so far.
        key: what decides the pixels: rows of another key are not gone on with.
        side: what the shorter side is brought down to; None: as it is.
        on_strip: called after each strip with the share of the picture that is done, at most 1.
        sign: puts credentials into the finished file, or beside it; see `publish`.

    Raises:
        BadPicture: the content cannot be read.
        CannotWrite: the folder cannot be written to.
        AtelierError: the picture is too large, or the disk too small.
    """
    source = Source(content, settings.max_pixels, side)
    check_size(content, source.header.width, source.header.height, settings.max_large_pixels)
    with Canvas(rows, key, source.width, source.height) as canvas:
        check_space(rows.parent, source.width, source.height, PAINTING, rows.stat().st_size)
        if source.header.turned:
            check_space(Path(tempfile.gettempdir()), source.header.width, source.header.height, TURNING)
        if canvas.done < source.height:
            paint_strips(source, canvas, prepare(source.survey(SURVEY_PIXELS)), on_strip)
        written = publish(rows, output, sign)
        canvas.remove()
    return written
