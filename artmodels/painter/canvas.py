"""What every school of the painter shares: noise, colours, shapes with soft edges, and the feel of a surface.

Pictures in the making are `(H, W, 3) float32` sRGB in [0, 1]; masks are `(H, W) float32` in [0, 1]. Places are
given as (x, y) in units of the picture's height, from the top left. Random numbers are drawn in amounts that
do not depend on the size in pixels, so that the same work can be painted smaller or larger.
"""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

Points = Sequence[Sequence[float]] | np.ndarray
"""Places (x, y), `(n, 2)`."""

Pair = Sequence[float] | np.ndarray
"""Two numbers, for x and y."""

_SUBPIXEL = 4
_FINEST = 512


def grid(height: int, width: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return x in [0, width / height] and y in [0, 1] of every pixel's centre, `(H, W) float32` each."""
    rows = (np.arange(height, dtype=np.float32) + 0.5) / height
    columns = (np.arange(width or height, dtype=np.float32) + 0.5) / height
    x, y = np.meshgrid(columns, rows)
    return x, y


def colours(codes: str) -> np.ndarray:
    """Turn words like `e63946 1d3557` into `(n, 3) float32` sRGB in [0, 1]."""
    return np.array([list(bytes.fromhex(code)) for code in codes.split()], np.float32) / 255


def pick(rng: np.random.Generator, palettes: Sequence[np.ndarray]) -> np.ndarray:
    """One of the palettes."""
    return palettes[int(rng.integers(len(palettes)))]


def ramp(stops: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Blend through `stops` `(n, 3)` laid out evenly; `position` `(...)` in [0, 1] gives `(..., 3)`."""
    places = np.linspace(0, 1, len(stops))
    channels = [np.interp(position, places, stops[:, channel]) for channel in range(3)]
    return np.stack(channels, -1).astype(np.float32)


def to_linear(image: np.ndarray) -> np.ndarray:
    """From sRGB to the linear light in which real pigments and lamps add up; both in [0, 1]."""
    return np.power(np.clip(image, 0, 1), 2.2, dtype=np.float32)


def to_srgb(light: np.ndarray) -> np.ndarray:
    """From linear light back to sRGB; both in [0, 1]."""
    return np.power(np.clip(light, 0, 1), 1 / 2.2, dtype=np.float32)


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """Rise softly from 0 at `low` to 1 at `high`; falls where `low` is the larger."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def over(image: np.ndarray, colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Lay `colour` `(3,)` or `(H, W, 3)` on `image` where the mask `alpha` says."""
    alpha = alpha[..., None]
    return np.asarray(image * (1 - alpha) + colour * alpha, np.float32)


def fbm(
    rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int], octaves: int = 5, gain: float = 0.5
) -> np.ndarray:
    """Cloudy noise `shape` in [0, 1]: octaves of smooth random grids, the coarsest with `cells` (rows, columns)."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        rows, columns = (min(count << octave, _FINEST) + 3 for count in cells)
        lattice = rng.standard_normal((rows, columns), np.float32)
        height, width = shape
        # The margin of the grid is cut off, where the resampling would only repeat its outermost values.
        across, down = np.meshgrid(
            np.linspace(1, columns - 2, width, dtype=np.float32), np.linspace(1, rows - 2, height, dtype=np.float32)
        )
        total += gain**octave * cv2.remap(lattice, across, down, cv2.INTER_CUBIC)
    return np.asarray((total - total.min()) / (np.ptp(total) + 1e-9), np.float32)


def bend(image: np.ndarray, right: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Fetch every pixel from `right`, `down` (fractions of the height) of its place; the borders mirror."""
    height, width = image.shape[:2]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(
        image,
        columns + (right * height).astype(np.float32),
        rows + (down * height).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )


def area(points: Points, size: int, width: int | None = None) -> np.ndarray:
    """The mask of a polygon of (x, y) corners, `(size, width)`, with soft edges."""
    return areas([points], size, width)


def areas(polygons: Iterable[Points], size: int, width: int | None = None) -> np.ndarray:
    """The mask of all the polygons together."""
    mask = np.zeros((2 * size, 2 * (width or size)), np.uint8)
    for points in polygons:
        cv2.fillPoly(mask, [fixed(points, 2 * size)], 255, cv2.LINE_AA, _SUBPIXEL)
    return _halved(mask)


def line(points: Points, thickness: float, size: int, width: int | None = None) -> np.ndarray:
    """The mask of an open path of (x, y) points, `thickness` a fraction of the height."""
    mask = np.zeros((2 * size, 2 * (width or size)), np.uint8)
    pen = max(1, round(2 * thickness * size))
    cv2.polylines(mask, [fixed(points, 2 * size)], False, 255, pen, cv2.LINE_AA, _SUBPIXEL)
    return _halved(mask)


def fixed(points: Points, size: int) -> np.ndarray:
    """Points for OpenCV's drawing: `(n, 2) int32` in sixteenths of a pixel (`shift=4`)."""
    return np.round((np.asarray(points, np.float64) * size - 0.5) * (1 << _SUBPIXEL)).astype(np.int32)


def _halved(mask: np.ndarray) -> np.ndarray:
    """Shrink a mask drawn at twice the size, `uint8`, to float in [0, 1]."""
    height, width = mask.shape
    return np.asarray(cv2.resize(mask, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.float32) / 255


def circle(centre: Pair, radius: float, sides: int = 64) -> np.ndarray:
    """The corners `(sides, 2)` of a polygon that passes for a circle."""
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    return np.stack([centre[0] + radius * np.cos(turn), centre[1] + radius * np.sin(turn)], -1)


def box(centre: Pair, half: Pair, angle: float = 0.0) -> np.ndarray:
    """The corners `(4, 2)` of a rectangle with half sides `half`, turned by `angle` radians."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.asarray(half)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(corners @ np.array([[cos, sin], [-sin, cos]]) + np.asarray(centre))


def relief(height_map: np.ndarray, strength: float) -> np.ndarray:
    """Light from the top left on a surface: `(H, W)` factors around 1 for the colours."""
    down, right = np.gradient(height_map)
    return np.asarray(np.clip(1 - strength * (down + right), 0.6, 1.4), np.float32)[..., None]


def brushed(rng: np.random.Generator, size: int, vertical: bool, strength: float) -> np.ndarray:
    """Streaks of a wide brush: `(size, size, 1)` factors around 1."""
    cells = (4, 96) if vertical else (96, 4)
    streaks = fbm(rng, (size, size), cells, 3, 0.6)
    return np.asarray(1 + strength * (streaks - 0.5), np.float32)[..., None]


def weave(rng: np.random.Generator, size: int, strength: float) -> np.ndarray:
    """The threads of a canvas: `(size, size, 1)` factors around 1."""
    x, y = grid(size)
    threads = np.sin(2 * np.pi * 85 * x) + np.sin(2 * np.pi * 85 * y)
    worn = fbm(rng, (size, size), (128, 128), 2)
    return np.asarray(1 + strength * (0.25 * threads + 1.2 * (worn - 0.5)), np.float32)[..., None]


def finish(image: np.ndarray) -> np.ndarray:
    """Round to `(H, W, 3) uint8`."""
    return np.asarray(np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
