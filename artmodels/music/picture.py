"""A piece as a picture: its piano roll."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from artmodels.music.notes import KEYS, LOWEST, pitches_of, reach
from artmodels.music.voices import held_notes, voices_of

_WIDE, _HIGH, _MARGIN, _GAP = 12, 7, 34, 2
_PAPER, _SHADE, _LINE, _BAR, _INK = (250, 248, 244), (241, 238, 231), (214, 208, 197), (226, 221, 211), (92, 86, 77)
_VOICES = ((196, 78, 62), (214, 148, 52), (76, 138, 102), (58, 96, 150))
"""Colours from the highest voice to the lowest; more voices than these share them."""

_BLACK = (1, 3, 6, 8, 10)


def draw_roll(
    notes: np.ndarray, per_bar: int = 4, width: int | None = None, span: tuple[int, int] | None = None
) -> np.ndarray:
    """Draw notes `(T, N)`: time to the right, pitch upwards, a colour a voice; `(H, W, 3) uint8`.

    Args:
        notes: of the piece; a key that sounds in frames one after another is drawn as one note.
        per_bar: frames from one upright line to the next.
        width: frames there is room for; None: as many as there are.
        span: the lowest and the highest key to show; None: the octaves that sound.
    """
    low, high = span or _octaves(*reach(notes))
    room = max(1, len(notes) if width is None else width)
    size = (_MARGIN + room * _WIDE + _GAP, (high - low + 1) * _HIGH + 2 * _GAP)
    picture = Image.new("RGB", size, _PAPER)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(11)

    def top(key: int) -> int:
        return _GAP + (high - key) * _HIGH

    for key in range(low, high + 1):
        if (key + LOWEST) % 12 in _BLACK:
            pen.rectangle((_MARGIN, top(key), size[0], top(key) + _HIGH - 1), fill=_SHADE)
    for frame in range(0, room + 1, per_bar):
        pen.line((_MARGIN + frame * _WIDE, 0, _MARGIN + frame * _WIDE, size[1]), fill=_BAR)
    for key in range(low, high + 1):
        if (key + LOWEST) % 12 == 0:
            pen.line((_MARGIN, top(key) + _HIGH, size[0], top(key) + _HIGH), fill=_LINE)
            pen.text((4, top(key) - 3), f"C{(key + LOWEST) // 12 - 1}", fill=_INK, font=font)
    voices = held_notes(voices_of(pitches_of(notes)))
    for number, held in enumerate(voices):
        colour = _VOICES[round(number * (len(_VOICES) - 1) / max(1, len(voices) - 1))]
        for note in held:
            key, left, right = note.pitch - LOWEST, _MARGIN + note.start * _WIDE + 1, _MARGIN + note.stop * _WIDE - 1
            if low <= key <= high:
                pen.rectangle((left, top(key) + 1, right, top(key) + _HIGH - 1), fill=colour)
    return np.asarray(picture)


def _octaves(lowest: int, highest: int) -> tuple[int, int]:
    """The keys from a C to a B around a range."""
    low = (lowest + LOWEST) // 12 * 12 - LOWEST
    high = (highest + LOWEST) // 12 * 12 + 11 - LOWEST
    return max(0, low), min(KEYS - 1, high)
