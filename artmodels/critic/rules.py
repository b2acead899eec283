"""Ratings by stated rules, for works that no person has rated: what a beginner's book says of light, colour and place.

They are rules, and no judgement of art. They make the path of ratings run before a house's own people have rated
anything, and are to be called what they are wherever they are shown.
"""

import cv2
import numpy as np

from artmodels.advice.harmony import discord
from artmodels.critic.config import RATINGS
from artmodels.critic.properties import PROPERTIES, measure_properties
from artmodels.pictures import shrink

RULES = {
    "light": "mean lightness between 0.45 and 0.55; 0.3 beyond either counts nothing",
    "contrast": "deviation of the lightness of 0.28 or more; 0.08 counts nothing",
    "colour": "colourfulness between 0.3 and 0.45; 0.3 beyond either counts nothing",
    "harmony": "hues within one of the templates of Cohen-Or et al. 2006; 3 degrees outside on average counts nothing",
    "balance": "visual weight in the middle, 0.98 or more; 0.8 counts nothing",
    "thirds": "visual weight at the crossings of the thirds, 1.3 times as much as evenly spread; 0.8 counts nothing",
}
"""The rules, each worth as much as any other: what counts in full, and what not at all. The limits are about the fifth
and the ninety-fifth percentile of paintings, so that the scale is used."""

_SIDE = 256


def rate_by_rules(picture: np.ndarray) -> float:
    """Return the rating of `(H, W, 3) uint8` on the scale of `RATINGS`: its ends, and the mean of `RULES` between."""
    own = dict(zip(PROPERTIES, measure_properties(picture), strict=True))
    hsv = cv2.cvtColor(shrink(picture, _SIDE).astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    met = [
        _within(own["brightness"], 0.45, 0.55, 0.3),
        _within(own["contrast"], 0.28, np.inf, 0.2),
        _within(own["colourfulness"], 0.3, 0.45, 0.3),
        _within(discord(hsv), 0, 0, 3),
        _within(own["balance"], 0.98, np.inf, 0.18),
        _within(own["thirds"], 1.3, np.inf, 0.5),
    ]
    low, high = RATINGS
    return low + (high - low) * float(np.mean(met))


def _within(value: float, low: float, high: float, reach: float) -> float:
    """1 between low and high, and less the further outside: 0 from `reach` on."""
    beyond = max(low - value, value - high, 0.0)
    return max(0.0, 1 - beyond / reach)
