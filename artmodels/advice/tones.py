"""Edits of light and colour: exposure, contrast, saturation, white balance."""

from collections.abc import Iterator
from functools import partial

import cv2
import numpy as np

from artmodels.advice.edits import Edit

STOPS = (-0.6, -0.3, 0.3, 0.6)
"""Changes of exposure, in stops: 1 is twice the light."""

CONTRASTS = (-0.4, -0.2, 0.2, 0.4)
"""Changes of the slope at the mean lightness."""

SATURATIONS = (0.6, 0.8, 1.2, 1.4)
"""Factors of the colours' distance from grey."""

WARMTHS = (-0.2, -0.1, 0.1, 0.2)
"""Stops by which red is raised and blue lowered."""


def toning() -> Iterator[Edit]:
    """Yield the edits of light and colour that are tried."""
    for stops in STOPS:
        yield Edit(
            "exposure", f"{_more('brighten', 'darken', stops)} by {abs(stops):g} stops", partial(expose, stops=stops)
        )
    for amount in CONTRASTS:
        words = f"{_more('raise', 'lower', amount)} the contrast by {abs(amount):.0%}"
        yield Edit("contrast", words, partial(contrast, amount=amount))
    for factor in SATURATIONS:
        words = f"{_more('raise', 'lower', factor - 1)} the saturation by {abs(factor - 1):.0%}"
        yield Edit("saturation", words, partial(saturate, factor=factor))
    for stops in WARMTHS:
        words = f"{_more('warm', 'cool', stops)} the white balance by {abs(stops):g} stops"
        yield Edit("white balance", words, partial(warm, stops=stops))
    yield Edit("white balance", "take the average colour for grey, half-way", neutralise)


def expose(picture: np.ndarray, stops: float) -> np.ndarray:
    """Multiply the light of `(H, W, 3) uint8` sRGB by 2 to the power of `stops`; what is too bright is clipped."""
    return _with_gains(picture, np.full(3, 2.0**stops))


def contrast(picture: np.ndarray, amount: float) -> np.ndarray:
    """Change the slope of the lightness at its mean by `amount`, black and white staying what they are."""
    lab = _lab(picture)
    light = lab[..., 0] / 100
    middle = float(np.clip(light.mean(), 0.1, 0.9))
    # A parabola on either side, through the end and the mean, whose slope at the mean is 1 + amount.
    bent = np.where(
        light < middle,
        light - amount * light * (middle - light) / middle,
        light + amount * (light - middle) * (1 - light) / (1 - middle),
    )
    return _rgb(np.dstack([bent * 100, lab[..., 1:]]))


def saturate(picture: np.ndarray, factor: float) -> np.ndarray:
    """Multiply the colours' distance from grey (CIE a*, b*) by `factor`."""
    lab = _lab(picture)
    lab[..., 1:] *= factor
    return _rgb(lab)


def warm(picture: np.ndarray, stops: float) -> np.ndarray:
    """Raise the red light by `stops` and lower the blue by as much."""
    return _with_gains(picture, np.array([2.0**stops, 1, 2.0**-stops]))


def neutralise(picture: np.ndarray) -> np.ndarray:
    """Go half-way to where the average light is grey (Buchsbaum 1980): art is seldom grey on average."""
    mean = _linear(picture).mean((0, 1)) + 1e-4
    return _with_gains(picture, np.sqrt(mean.mean() / mean))


def _more(up: str, down: str, amount: float) -> str:
    return up if amount > 0 else down


def _with_gains(picture: np.ndarray, gains: np.ndarray) -> np.ndarray:
    levels = np.linspace(0, 1, 256)
    light = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    table = np.clip(light[:, None] * gains, 0, 1)
    encoded = np.where(table <= 0.0031308, 12.92 * table, 1.055 * table ** (1 / 2.4) - 0.055)
    return np.asarray(cv2.LUT(picture, (encoded * 255).round().astype(np.uint8).reshape(256, 1, 3)))


def _linear(picture: np.ndarray) -> np.ndarray:
    levels = picture.astype(np.float32) / 255
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def _lab(picture: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))


def _rgb(lab: np.ndarray) -> np.ndarray:
    found = cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray((np.clip(found, 0, 1) * 255).round().astype(np.uint8))
