"""Works in rows and columns, with words below each: what is said of it, and what is true."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Words = tuple[str, tuple[int, int, int]]
"""Words and their colour."""

INK, SOFT, RIGHT, WRONG = (60, 56, 50), (130, 124, 115), (30, 115, 65), (180, 60, 40)

_SIZE, _HIGH, _MARGIN = 12, 16, 4


def told(said: str, true: str, right: bool | None = None) -> list[Words]:
    """Return what is said, coloured by whether it is right if that can be told, and what is true."""
    colour = INK if right is None else RIGHT if right else WRONG
    return [(said, colour), (f"is {true}" if true else "is not known", SOFT)]


def captioned(pictures: Sequence[np.ndarray], lines: Sequence[Sequence[Sequence[Words]]], columns: int) -> np.ndarray:
    """Lay out pictures of one size with lines below: `(H, W, 3) uint8`; without pictures, a small blank.

    Args:
        pictures: `(h, w, 3) uint8` each.
        lines: of each picture, equally many; a line is one or more words side by side.
        columns: pictures side by side.
    """
    if not pictures:
        return np.full((_HIGH, _HIGH, 3), 255, np.uint8)
    height, width = pictures[0].shape[:2]
    cell = height + _HIGH * len(lines[0]) + 2 * _MARGIN
    sheet = Image.new("RGB", (min(columns, len(pictures)) * width, -(-len(pictures) // columns) * cell), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_SIZE)
    for place, (picture, own) in enumerate(zip(pictures, lines, strict=True)):
        left, top = place % columns * width, place // columns * cell
        sheet.paste(Image.fromarray(picture), (left, top))
        for number, line in enumerate(own):
            room, high = width // len(line), top + height + number * _HIGH + 1
            for column, (text, colour) in enumerate(line):
                corner = (left + column * room + _MARGIN, high)
                draw.text(corner, shorten(text, font, room - 2 * _MARGIN), fill=colour, font=font)
    return np.asarray(sheet)


def shorten(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """Return as much of `text` as fits into `width` pixels."""
    text = " ".join(text.split())
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "...") > width:
        text = text[:-1]
    return text.rstrip() + "..."
