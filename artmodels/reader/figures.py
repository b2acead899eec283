"""What a critique is read for: the total score and ten attributes, and the scale of each."""

from collections.abc import Mapping

import numpy as np

from artmodels.sequences import Sequences

TOTAL = "total"

ATTRIBUTES = (
    "theme",
    "creativity",
    "composition",
    "space",
    "order",
    "light",
    "colour",
    "details",
    "overall",
    "mood",
)
"""The attributes of APDDv2 (Jin et al. 2024), in its order: theme and logic, creativity, layout and composition, space
and perspective, the sense of order, light and shadow, colour, details and texture, the overall, mood."""

FIGURES = (TOTAL, *ATTRIBUTES)

HIGHEST = {TOTAL: 100.0} | dict.fromkeys(ATTRIBUTES, 10.0)
"""The upper end of each figure's scale; the lower is 0."""


def fault_of(name: str, value: float) -> str | None:
    """Say what is wrong with a figure, or return None."""
    if not 0 <= value <= HIGHEST[name]:
        return f"{name}={value:g} leaves its scale, 0 to {HIGHEST[name]:g}"
    return None


def targets_of(data: Sequences) -> np.ndarray:
    """Return the figures of all critiques, `(N, 11) float32` in shares of their scales, NaN where one is not given."""
    rows: list[Mapping[str, float]] = [data.figures(number) for number in range(len(data))]
    found = [[row.get(name, np.nan) / HIGHEST[name] for name in FIGURES] for row in rows]
    return np.array(found, np.float32).reshape(-1, len(FIGURES))
