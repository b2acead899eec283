"""Scenes that stand in for photographs: the kinds there are, and what makes each of them."""

from collections.abc import Callable

import numpy as np

from artmodels.painter.city import city
from artmodels.painter.scenes_land import alpine, dunes, night, shore
from artmodels.painter.scenes_wood import forest, meadow
from artmodels.painter.table import still_life

SCENES: dict[str, Callable[[np.random.Generator, int, int], np.ndarray]] = {
    "Mountain Lake": alpine,
    "Dunes": dunes,
    "City at Dusk": city,
    "Still Life": still_life,
    "Shore": shore,
    "Forest in the Mist": forest,
    "Meadow": meadow,
    "Moonlit Mountains": night,
}
"""{title: what renders it as `(height, width, 3) uint8`, called with a generator, width and height}."""
