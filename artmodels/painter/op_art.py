"""Op art: exact patterns that make the eye see depth, motion and flicker."""

from collections.abc import Callable

import cv2
import numpy as np

from artmodels.painter.canvas import colours, fbm, finish, grid, pick, ramp, smoothstep

_SHARP = 3
_PAIRS = colours(
    "0d0d0d f7f5ef 0d0d0d f7f5ef 0d0d0d f7f5ef 14213d f4efe2 7a0f1f f6ead0 0d0d0d f2d16b 003b46 f4efe2 2b0a3d f7dfe8 "
    "1f3d2b e9f0d8 c23b22 f3e9dc 1d4e89 f7b267 5b2333 f7c1bb 0b3954 bfd7ea 3a0ca3 f5d0fe 264653 f4a261"
).reshape(-1, 2, 3)
_SCALES = [
    colours(codes)
    for codes in (
        "0b132b 1c4e80 3fa7d6 f4f1de ee6c4d 8d0801",
        "03071e 9d0208 e85d04 faa307 fff3b0",
        "10002b 5a189a c77dff f8e6ff ff9e00",
        "002b36 00796b 80cbc4 fffde7 ff7043",
        "1b1b1e 3d5a80 98c1d9 e0fbfc f7b267",
    )
]


def _plane(size: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y in [-1, 1] at `_SHARP` times the size, so that hard edges come out smooth."""
    x, y = grid(size * _SHARP)
    return 2 * x - 1, 2 * y - 1


def _printed(pattern: np.ndarray, inks: np.ndarray, size: int) -> np.ndarray:
    """Print a pattern `(S, S)` in [0, 1] through the `inks` `(n, 3)`, then bring it down to `size`."""
    return finish(cv2.resize(ramp(inks, pattern), (size, size), interpolation=cv2.INTER_AREA))


def _pair(rng: np.random.Generator) -> np.ndarray:
    return np.asarray(_PAIRS[rng.integers(len(_PAIRS))][:: rng.choice([1, -1])])


def _waves(rng: np.random.Generator, size: int) -> np.ndarray:
    """Stripes that lean and breathe like a hanging cloth."""
    x, y = _plane(size)
    if rng.random() < 0.5:
        x, y = y, x
    count = rng.uniform(14, 24)
    lean = rng.uniform(0.1, 0.22) * np.sin((y * rng.uniform(1.5, 3.5) + rng.uniform(0, 6)) * (1.6 + 0.8 * y))
    swell = rng.uniform(0.05, 0.13) * np.sin(3 * x + rng.uniform(0, 6) + y * rng.uniform(-2, 2))
    return _printed((np.sin(np.pi * count * (x + lean + swell)) > 0).astype(np.float32), _pair(rng), size)


def _bulge(rng: np.random.Generator, size: int) -> np.ndarray:
    """A chessboard that spheres push out and pull in."""
    x, y = _plane(size)
    angle = rng.choice([0, np.pi / 4, rng.uniform(0, np.pi / 2)])
    u, v = x.copy(), y.copy()
    for _ in range(rng.integers(1, 4)):
        cx, cy = rng.uniform(-0.55, 0.55, 2)
        radius = rng.uniform(0.45, 0.85)
        far = np.hypot(x - cx, y - cy) / radius
        push = np.where(far < 1, -0.62 * np.cos(np.pi / 2 * np.clip(far, 0, 1)) ** 2, 0)
        u, v = u + (x - cx) * push, v + (y - cy) * push
    count = rng.uniform(8, 15)
    turned = u * np.cos(angle) + v * np.sin(angle), v * np.cos(angle) - u * np.sin(angle)
    board = np.sin(np.pi * count * turned[0]) * np.sin(np.pi * count * turned[1]) > 0
    return _printed(board.astype(np.float32), _pair(rng), size)


def _rings(rng: np.random.Generator, size: int) -> np.ndarray:
    """Two or three sets of rings, each the negative of the others where they meet."""
    x, y = _plane(size)
    pattern = np.zeros_like(x, bool)
    for _ in range(rng.integers(2, 4)):
        cx, cy = rng.uniform(-0.7, 0.7, 2)
        pattern ^= np.sin(np.pi * rng.uniform(9, 15) * np.hypot(x - cx, y - cy) + rng.uniform(0, 6)) > 0
    return _printed(pattern.astype(np.float32), _pair(rng), size)


def _tunnel(rng: np.random.Generator, size: int) -> np.ndarray:
    """A chequered vortex that draws the eye in; round, or with corners."""
    x, y = _plane(size)
    x, y = x - rng.uniform(-0.35, 0.35), y - rng.uniform(-0.35, 0.35)
    corners = int(rng.choice([0, 0, 3, 4, 6]))
    turn, away = np.arctan2(y, x), np.hypot(x, y)
    if corners:
        wedge = 2 * np.pi / corners
        away = away * np.cos((turn + 0.3) % wedge - wedge / 2)
    depth = np.log(away + 1e-3)
    arms, twist = int(rng.choice([0, 4, 6, 9, 12, 16])), rng.uniform(-4, 4)
    rate = rng.uniform(0.5, 1.2) * max(arms, 8)
    board = np.cos(arms * turn + (twist if arms else 0) * depth) * np.sin(rate * depth + rng.uniform(0, 6)) > 0
    return _printed(np.where(away < 0.025, 0, board).astype(np.float32), _pair(rng), size)


def _discs(rng: np.random.Generator, size: int) -> np.ndarray:
    """A field of discs whose size and colour swell over a grid."""
    x, y = _plane(size)
    count = int(rng.integers(9, 15))
    column, row = np.floor((x + 1) / 2 * count), np.floor((y + 1) / 2 * count)
    u, v = (x + 1) / 2 * count - column - 0.5, (y + 1) / 2 * count - row - 0.5
    cx, cy = rng.uniform(0.2, 0.8, 2) * count
    away = np.hypot(column + 0.5 - cx, row + 0.5 - cy) / count
    wave = 0.5 + 0.5 * np.cos(rng.uniform(4, 9) * away + rng.uniform(0, 6))
    squash = 0.45 + 0.55 * wave
    disc = (u / squash) ** 2 + v**2 < (0.2 + 0.26 * (1 - away)) ** 2
    inks = pick(rng, _SCALES)
    field = ramp(inks, 0.25 * (1 - wave)) * 0.9
    image = np.where(disc[..., None], ramp(inks, 0.45 + 0.55 * wave), field)
    return finish(cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA))


def _fold(rng: np.random.Generator, size: int) -> np.ndarray:
    """Squares that narrow towards a fold until they vanish."""
    x, y = _plane(size)
    fold, width = rng.uniform(-0.4, 0.4), rng.uniform(0.35, 0.7)
    rate = 1 + rng.uniform(2.5, 5) * np.exp(-(((np.linspace(-1.2, 1.2, 4096) - fold) / width) ** 2))
    travelled = np.interp(x, np.linspace(-1.2, 1.2, 4096), np.cumsum(rate) / 4096)
    slant = rng.choice([0.0, 0.0, rng.uniform(0.1, 0.3)]) * np.sin(2.5 * x)
    board = np.sin(np.pi * rng.uniform(11, 16) * travelled) * np.sin(np.pi * rng.uniform(5, 8) * (y + slant)) > 0
    pattern = board.astype(np.float32)
    if rng.random() < 0.5:
        pattern = pattern.T
    return _printed(pattern, _pair(rng), size)


def _ribbons(rng: np.random.Generator, size: int) -> np.ndarray:
    """Colour scales laid in bands that weave past each other."""
    x, y = _plane(size)
    shear = rng.uniform(-0.8, 0.8)
    drift = 0.25 * np.sin(np.pi * (y * rng.uniform(0.6, 1.6) + rng.uniform(0, 2)))
    bands = (x + shear * y + drift) * rng.uniform(5, 9)
    phase = np.floor(bands) * rng.choice([0.37, 0.5, 0.21])
    shade = (bands % 1) * 0.5 + 0.5 * (0.5 + 0.5 * np.sin(np.pi * (y * rng.uniform(1.5, 4) + phase * 2)))
    steps = rng.integers(7, 13)
    return _printed(np.floor(shade * steps) / (steps - 1), pick(rng, _SCALES), size)


def _terrain(rng: np.random.Generator, size: int) -> np.ndarray:
    """Level lines that rise out of the plane as if over hidden bodies."""
    x, y = _plane(size)
    hills = fbm(rng, x.shape, (2, 2), 2, 0.3)
    lift = smoothstep(0.3, 1.0, hills) * rng.uniform(0.5, 0.8)
    tilt = rng.uniform(-0.5, 0.5)
    return _printed(
        (np.sin(np.pi * rng.uniform(16, 24) * (y + tilt * x + lift)) > 0).astype(np.float32), _pair(rng), size
    )


MOTIFS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "Current": _waves,
    "Bulge": _bulge,
    "Interference": _rings,
    "Vortex": _tunnel,
    "Discs": _discs,
    "Fold": _fold,
    "Ribbons": _ribbons,
    "Relief": _terrain,
}
