"""One picture that shows many: a grid with labels, as a photographer's contact sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from artmodels.captions import shorten
from artmodels.errors import AtelierError
from tasks.batch.encode import write_picture
from tasks.threads import map_in_order
from tasks.thumbnails import read_small

_PAPER, _INK = (250, 248, 244), (92, 86, 77)


@dataclass(frozen=True)
class Tile:
    """A cell of a contact sheet: a picture, or nothing, and the words below it."""

    path: Path | None = None
    label: str = ""


def make_contact_sheet(rows: Sequence[Sequence[Tile]], path: Path, *, tile: int = 256) -> Path:
    """Draw the tiles in a grid, each picture whole within `tile` pixels a side, its label below.

    For style transfer the first row holds the styles and the first column the contents. A picture that is
    gone leaves its place empty.

    Raises:
        AtelierError: there are no tiles, or the file cannot be written.
    """
    columns = max(map(len, rows), default=0)
    if not columns:
        raise AtelierError(f"{path} would be empty: a contact sheet needs at least one row with one tile.")
    gap, line = max(8, tile // 16), max(12, tile // 14)
    flat = [cell for row in rows for cell in row]
    pictures = map_in_order(partial(_picture, side=tile), flat)
    grid = [[(cell, next(pictures)) for cell in row] for row in rows]
    # A row is as high as its highest picture: squares would leave landscapes swimming in white.
    heights = [max([tile // 3, *(len(picture) for _, picture in row if picture is not None)]) for row in grid]
    below = gap + 2 * line
    size = (columns * (tile + gap) + 3 * gap, sum(heights) + len(rows) * below + 3 * gap)
    sheet = Image.new("RGB", size, _PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(line)
    bottom = 2 * gap
    for row, height in zip(grid, heights, strict=True):
        bottom += height
        for column, (cell, picture) in enumerate(row):
            middle = 2 * gap + column * (tile + gap) + tile // 2
            if picture is not None:
                # Standing on a common line, as on a shelf, with the label just below.
                corner = (middle - picture.shape[1] // 2, bottom - len(picture))
                sheet.paste(Image.fromarray(picture), corner)
            words = shorten(cell.label, font, tile)
            draw.text((middle, bottom + line // 2), words, fill=_INK, font=font, anchor="ma")
        bottom += below
    write_picture(np.asarray(sheet), path)
    return path


def _picture(cell: Tile, side: int) -> np.ndarray | None:
    """The tile's picture, shrunk; None if it has none or it is gone."""
    return read_small(cell.path, side) if cell.path else None
