"""The preview: experts' scores against those that were read, a dot for each critique, and some in words beside it."""

import textwrap
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from artmodels.captions import INK, SOFT

DOTS, EXCERPTS = 30, 7
"""Critiques that are read for a preview, and how many of them are shown in words."""

SIDE, MARGIN, DOT = 480, 24, 3
_WIDE, _LETTERS, _LINES, _SIZE = 620, 84, 2, 13


def preview_chart(true: np.ndarray, guessed: np.ndarray) -> np.ndarray:
    """Draw the chart: `(H, W, 3) uint8`, the experts' scores to the right, the reader's upwards.

    Args:
        true: `(N,)` in shares of the scale, NaN where there is no score.
        guessed: `(N,)` likewise.
    """
    chart = Image.new("RGB", (SIDE, SIDE), "white")
    draw, span = ImageDraw.Draw(chart), SIDE - 2 * MARGIN
    ends = (MARGIN, SIDE - MARGIN)
    draw.rectangle((MARGIN, MARGIN, *ends[1:] * 2), outline="grey")
    draw.line((ends[0], ends[1], ends[1], ends[0]), fill="silver")
    for right, up in zip(true, guessed, strict=True):
        if np.isfinite(right):
            x, y = MARGIN + span * float(right), SIDE - MARGIN - span * float(up)
            draw.ellipse((x - DOT, y - DOT, x + DOT, y + DOT), fill=(40, 90, 160))
    draw.text((MARGIN, SIDE - MARGIN + 4), "experts' total score, 0 to 100", fill="black")
    draw.text((MARGIN, 6), "read in the critique, 0 to 100", fill="black")
    return np.asarray(chart)


def preview_table(texts: Sequence[str], true: np.ndarray, guessed: np.ndarray) -> np.ndarray:
    """Write how critiques begin, and the scores below each: `(SIDE, W, 3) uint8`; `true` and `guessed` as above."""
    table = Image.new("RGB", (_WIDE, SIDE), "white")
    draw, font = ImageDraw.Draw(table), ImageFont.load_default(_SIZE)
    step, line = (SIDE - MARGIN) / EXCERPTS, _SIZE + 4
    for number, (text, right, up) in enumerate(zip(texts, true, guessed, strict=True)):
        top = MARGIN + round(number * step)
        words = textwrap.wrap(text, _LETTERS, max_lines=_LINES, placeholder=" ...")
        for offset, one in enumerate(words):
            draw.text((0, top + offset * line), one, fill=SOFT, font=font)
        experts = f"experts {100 * right:.0f}" if np.isfinite(right) else "no experts' score"
        draw.text((0, top + len(words) * line), f"read {100 * up:.0f}, {experts}", fill=INK, font=font)
    return np.asarray(table)
