"""The preview: experts' scores against those that were read, a dot for each critique."""

import numpy as np
from PIL import Image, ImageDraw

SIDE, MARGIN, DOT = 480, 24, 3


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
