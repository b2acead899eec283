"""Colour field: soft-edged veils of colour that float on a stained ground."""

from collections.abc import Callable

import numpy as np

from artmodels.painter.canvas import bend, brushed, colours, fbm, finish, grid, over, pick, smoothstep, weave

_PALETTES = [
    colours(codes)
    for codes in (
        "7a1f1d e2571e f2a541 3b0f14",
        "e8b23a f4d35e d1495b 8d1f2d",
        "1c1f3a 2f4b7c 7a9cc6 b23a48",
        "40241d 8f2d1f c8553d 1d1513",
        "2d1e2f 5b2a5e a23b72 f18f01",
        "e3d5ca d5a69a b56576 6d597a",
        "0f2a2e 1f5c5c 4f9d8f e0c067",
        "c9ada7 4a4e69 22223b 9a8c98",
        "d96c2c f3c677 7b1e3a 2b193d",
        "23395b 406e8e 8ea8c3 cbf7ed",
        "5f0f40 9a031e fb8b24 e36414",
        "f1dca7 997b66 d08c60 797d62",
        "14213d 233d6b fca311 e5e5e5",
        "a4161a e5383b ba181b 161a1d",
        "344e41 588157 a3b18a dad7cd",
        "f2cc8f e07a5f 81b29a 3d405b",
        "111111 2a2320 443632 1b2430",
        "efe3c8 f2b134 ed553b 20639b",
        "582f0e 936639 c2a878 333d29",
        "ffcad4 f4acb7 9d8189 ffe5d9",
        "10002b 3c096c 9d4edd ff9e00",
        "d8e2dc 84a98c 52796f 2f3e46",
    )
]


def _palette(rng: np.random.Generator) -> np.ndarray:
    """Pick four colours; all but the ground change places."""
    palette = pick(rng, _PALETTES)
    return np.asarray(palette[[0, *rng.permutation([1, 2, 3])]])


def _ground(rng: np.random.Generator, size: int, colour: np.ndarray) -> np.ndarray:
    """A thin wash of one colour, cloudy from the rag."""
    image = np.broadcast_to(colour, (size, size, 3)).astype(np.float32)
    cloud = fbm(rng, (size, size), (2, 2), 5)[..., None]
    return image * (0.82 + 0.36 * cloud) + 0.03 * (cloud - 0.5)


def _veil(
    rng: np.random.Generator, image: np.ndarray, colour: np.ndarray, bounds: tuple[float, float, float, float]
) -> np.ndarray:
    """Scrub a soft rectangle (left, top, right, bottom) of `colour` on `image`; a halo breathes around it."""
    size = len(image)
    x, y = grid(size)
    ragged = fbm(rng, (size, size), (6, 6), 5, 0.6) - 0.5
    wavering = fbm(rng, (size, size), (2, 2), 3) - 0.5
    left, top, right, bottom = bounds
    inside = np.minimum(np.minimum(x - left, right - x), np.minimum(y - top, bottom - y))
    inside = inside + 0.035 * ragged + 0.03 * wavering
    softness = rng.uniform(0.012, 0.03)
    halo = smoothstep(-0.05, 0.03, inside) * 0.35
    body = smoothstep(-softness, softness, inside) * (0.8 + 0.3 * fbm(rng, (size, size), (3, 3), 6, 0.6))
    depth = 0.86 + 0.2 * fbm(rng, (size, size), (2, 3), 6, 0.55)[..., None]
    stroke = brushed(rng, size, bool(rng.random() < 0.3), 0.12)
    tint = colour * depth * stroke + 0.04 * smoothstep(0.12, 0.0, inside)[..., None]
    return over(over(image, 0.6 * colour + 0.4 * image, halo), tint, np.clip(body, 0, 1))


def _surface(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Let the cotton show through."""
    return finish(image * weave(rng, len(image), 0.05))


def _stacked(rng: np.random.Generator, size: int, shares: np.ndarray) -> np.ndarray:
    """Veils one above the other, heights in the proportion of `shares` `(n,)`."""
    palette = _palette(rng)
    image = _ground(rng, size, palette[0])
    margin, gap = rng.uniform(0.05, 0.1), rng.uniform(0.02, 0.05)
    heights = shares / shares.sum() * (1 - 2 * margin - gap * (len(shares) - 1))
    top = margin
    for index, height in enumerate(heights):
        side = margin + rng.uniform(-0.015, 0.03)
        bounds = (side, top, 1 - side + rng.uniform(-0.02, 0.02), top + height)
        image = _veil(rng, image, palette[1 + index % 3], bounds)
        top += height + gap
    return _surface(rng, image)


def _two(rng: np.random.Generator, size: int) -> np.ndarray:
    share = rng.choice([0.3, 0.38, 0.55, 0.66]) + rng.uniform(-0.04, 0.04)
    return _stacked(rng, size, np.array([share, 1 - share]))


def _three(rng: np.random.Generator, size: int) -> np.ndarray:
    return _stacked(rng, size, rng.permutation([1.0, rng.uniform(1.6, 2.4), rng.uniform(0.25, 0.6)]))


def _threshold(rng: np.random.Generator, size: int) -> np.ndarray:
    """A window in a window: an open frame of one veil around another."""
    palette = _palette(rng)
    image = _ground(rng, size, palette[0])
    outer = rng.uniform(0.09, 0.14)
    image = _veil(rng, image, palette[1], (outer, outer * 0.8, 1 - outer, 1 - outer * 0.7))
    inner = outer + rng.uniform(0.13, 0.18)
    top, bottom = inner + rng.uniform(-0.03, 0.1), 1 - inner + rng.uniform(-0.04, 0.05)
    image = _veil(rng, image, palette[0] * 0.9, (inner, top, 1 - inner, bottom))
    if rng.random() < 0.5:
        middle = rng.uniform(0.45, 0.55)
        image = _veil(rng, image, palette[2], (middle - 0.05, top + 0.06, middle + 0.05, bottom - 0.06))
    return _surface(rng, image)


def _vertical(rng: np.random.Generator, size: int) -> np.ndarray:
    """One great field that thin upright bands cut."""
    palette = _palette(rng)
    image = _ground(rng, size, palette[1])
    split = rng.uniform(0.2, 0.8)
    if rng.random() < 0.6:
        image = _veil(rng, image, palette[0], (split, -0.2, 1.2, 1.2))
    places = np.sort(rng.choice(np.linspace(0.08, 0.92, 13), rng.integers(2, 5), replace=False))
    for index, place in enumerate(places):
        half = rng.choice([0.006, 0.012, 0.028])
        image = _veil(rng, image, palette[2 + index % 2], (place - half - 0.01, -0.2, place + half + 0.01, 1.2))
    return _surface(rng, image)


def _poured(rng: np.random.Generator, size: int) -> np.ndarray:
    """Thinned paint poured down raw cotton: tall translucent tongues that darken where they overlap."""
    palette = _palette(rng)
    image = np.broadcast_to(colours("efe6d2")[0], (size, size, 3)).astype(np.float32)
    x, y = grid(size)
    hanging = bool(rng.random() < 0.5)
    reach = y if hanging else 1 - y
    for index in range(rng.integers(6, 10)):
        centre, half = rng.uniform(0.2, 0.8), rng.uniform(0.05, 0.16)
        drift = 0.35 * (fbm(rng, (size, size), (2, 1), 2) - 0.5) * reach + 0.02 * fbm(rng, (size, size), (8, 8), 3)
        flow = smoothstep(half, half - 0.03, np.abs(x + drift - centre))
        flow *= smoothstep(rng.uniform(0.85, 1.0), 0.75, reach + 0.08 * (fbm(rng, (size, size), (1, 6), 3) - 0.5))
        pigment = 0.55 + 0.35 * fbm(rng, (size, size), (3, 3), 5)
        stained = image * (1 - (1 - palette[index % 4]) * (flow * pigment)[..., None])
        image = np.asarray(stained, np.float32)
    return _surface(rng, image)


def _horizon(rng: np.random.Generator, size: int) -> np.ndarray:
    """Two expanses that meet in a glowing line, edge to edge."""
    palette = _palette(rng)
    image = _ground(rng, size, palette[3])
    level = rng.uniform(0.32, 0.7)
    image = _veil(rng, image, palette[1], (-0.2, -0.2, 1.2, level))
    image = _veil(rng, image, palette[0], (-0.2, level + rng.uniform(0.02, 0.07), 1.2, 1.2))
    sag = 0.02 * (fbm(rng, (size, size), (1, 3), 3) - 0.5)
    return _surface(rng, bend(image, 0 * sag, sag))


MOTIFS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "Two Fields": _two,
    "Three Fields": _three,
    "Threshold": _threshold,
    "Upright": _vertical,
    "Poured": _poured,
    "Horizon": _horizon,
}
