"""Colours that go together: hues moved into the sectors of a harmonic template (Cohen-Or et al. 2006)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from artmodels.advice.edits import Edit


@dataclass(frozen=True)
class Template:
    """Sectors of the hue circle: their middles and widths, in degrees, before the template is turned."""

    words: str
    middles: tuple[float, ...]
    widths: tuple[float, ...]


TEMPLATES = (
    Template("one family of colours", (0,), (93.6,)),  # V
    Template("a colour and its complement", (0, 180), (18, 18)),  # I
    Template("a family of colours and one accent", (0, 180), (93.6, 18)),  # Y
    Template("two opposite families of colours", (0, 180), (93.6, 93.6)),  # X
    Template("a colour and one a quarter away", (0, 90), (93.6, 18)),  # L
)
"""By the letters that Cohen-Or et al. give them; `i` and `T` are left out, a single hue and half of all hues."""

STRENGTH = 0.7
"""How far hues are moved, of the way: all of it looks dyed."""

_TURNS = np.arange(0.0, 360.0, 5.0)


def harmonies() -> Iterator[Edit]:
    """Yield the shifts of the palette that are tried."""
    for template in TEMPLATES:
        words = f"move the hues towards {template.words}"
        yield Edit("palette", words, partial(harmonise, template=template))


def harmonise(picture: np.ndarray, template: Template) -> np.ndarray:
    """Move the hues of `(H, W, 3) uint8` into the template's sectors, turned to where they have least far to go."""
    hsv = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    hue = hsv[..., 0]
    moved = _moved(hue, template, float(_TURNS[int(np.argmin(_costs(hsv, template)))]))
    hsv[..., 0] = (hue + STRENGTH * _turn(moved - hue)) % 360
    found = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return np.asarray((np.clip(found, 0, 1) * 255).round().astype(np.uint8))


def discord(hsv: np.ndarray) -> float:
    """Return how far hues `(H, W, 3) float32` (OpenCV's HSV) are from the template they fit best, degrees on average.

    By saturation: grey is of no hue, and a grey picture in no discord.
    """
    total = float(hsv[..., 1].sum())
    return min(float(min(_costs(hsv, template))) for template in TEMPLATES) / total if total else 0.0


def _costs(hsv: np.ndarray, template: Template) -> list[float]:
    """How far the hues are from the template at each of its turns, in degrees, summed by saturation."""
    weights = np.bincount(hsv[..., 0].astype(np.int64).ravel() % 360, hsv[..., 1].ravel(), 360)
    every = np.arange(360) + 0.5
    return [float(weights @ _outside(every, template, float(turn))) for turn in _TURNS]


def _turn(degrees: np.ndarray) -> np.ndarray:
    """The same angle between -180 and 180."""
    return (degrees + 180) % 360 - 180


def _nearest(hue: np.ndarray, template: Template, turn: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signed distance from the middle of the nearest sector, that middle, and the sector's width."""
    away = np.stack([_turn(hue - middle - turn) for middle in template.middles])
    beyond = np.abs(away) - np.array(template.widths).reshape(-1, *[1] * hue.ndim) / 2
    chosen = beyond.argmin(0)
    own = np.take_along_axis(away, chosen[None], 0)[0]
    return own, np.array(template.middles)[chosen] + turn, np.array(template.widths)[chosen]


def _outside(hue: np.ndarray, template: Template, turn: float) -> np.ndarray:
    """How far hues are from the nearest sector, in degrees: 0 inside."""
    away, _, widths = _nearest(hue, template, turn)
    return np.maximum(0, np.abs(away) - widths / 2)


def _moved(hue: np.ndarray, template: Template, turn: float) -> np.ndarray:
    """Hues drawn into their sectors: far ones to its edge, near ones hardly at all (their equation 4)."""
    away, middles, widths = _nearest(hue, template, turn)
    half = widths / 2
    return middles + np.sign(away) * half * (1 - np.exp(-(away**2) / (2 * half**2)))
