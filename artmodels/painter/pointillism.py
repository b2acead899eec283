"""Pointillism: landscapes in dots of pure colour that mix in the eye."""

from collections.abc import Callable

import numpy as np

from artmodels.painter.canvas import area, areas, box, circle, colours, pick, ramp, smoothstep
from artmodels.painter.dots import View

_WATERS = [
    colours(codes)
    for codes in ("1f5f9e 3f86bc 7fb8d0 c4dfdc", "2f4f8f 5f76b4 9f9fc8 e6c4b8", "1f7a86 4fa3a0 8fc8b4 dcebc4")
]


_LAWNS = [
    colours(codes)
    for codes in ("2f5f3f 5a8f45 9cbb4f dcd970", "2a5a5a 4f8a60 94b565 e3d78a", "3f4f8a 5f8f5f a8b850 f0d968")
]


_FIELDS = [
    colours(codes)
    for codes in ("8a5a3f c98a45 e8b858 f8e08a", "7a4f6a c0775a e6a860 f7db90", "6a6a3a b09a45 e0c55a f8e8a0")
]


_BLOSSOMS = [
    colours(codes)
    for codes in ("a85a8a d98fae f0c4cf fbf0ea", "8a4a5a c9776a e8ab90 f7dfc4", "5f7f3a 8fae4a c4d060 f0eaa0")
]


def _wave(view: View, level: float, swing: float, bumps: float) -> np.ndarray:
    """The outline of gentle land."""
    rng = view.rng
    rise = np.sin(bumps * view.x + rng.uniform(0, 6)) + 0.5 * np.sin(2.3 * bumps * view.x + rng.uniform(0, 6))
    return np.asarray(level - swing * rise, np.float32)


def _sails(rng: np.random.Generator, size: int) -> np.ndarray:
    """Boats in a light wind."""
    view, water = View(rng, size), pick(rng, _WATERS)
    level = rng.uniform(0.36, 0.5)
    view.sun(rng.uniform(0.2, 0.8), level - rng.uniform(0.08, 0.25), 0.04)
    view.ground(_wave(view, level - 0.02, 0.02, 5), 0.55 * pick(rng, _LAWNS) + 0.45 * view.sky[2])
    view.water(level, water)
    for depth in np.sort(rng.uniform(0.02, 0.4, rng.integers(3, 8))):
        x, y, tall = rng.uniform(0.08, 0.92), level + depth, 0.06 + 0.75 * depth
        lean, sail = rng.uniform(-0.05, 0.05), colours("fff3dc f6c98a f0a58a fdf6ea")[rng.integers(4)]
        mast = (x + lean * tall, y - tall)
        view.put(
            0.55
            * smoothstep(1, 0.2, np.hypot((view.x - x) / (0.25 * tall), (view.y - y - 0.35 * tall) / (0.45 * tall))),
            sail,
        )
        view.put(area([(x, y - 0.08 * tall), mast, (x + 0.42 * tall, y - 0.12 * tall)], size), sail)
        view.put(area([(x - 0.03 * tall, y - 0.1 * tall), mast, (x - 0.25 * tall, y - 0.14 * tall)], size), 0.85 * sail)
        view.put(
            area(
                [
                    (x - 0.34 * tall, y - 0.09 * tall),
                    (x + 0.45 * tall, y - 0.09 * tall),
                    (x + 0.3 * tall, y),
                    (x - 0.24 * tall, y),
                ],
                size,
            ),
            colours("5a2f3f 2f3f6a 7a4a3a")[rng.integers(3)],
        )
    return view.dotted()


def _orchard(rng: np.random.Generator, size: int) -> np.ndarray:
    """Rows of trees in blossom or leaf."""
    view, bloom = View(rng, size), pick(rng, _BLOSSOMS)
    level = rng.uniform(0.38, 0.5)
    view.ground(_wave(view, level - 0.05, 0.03, 4), 0.5 * pick(rng, _LAWNS) + 0.5 * view.sky[1])
    view.ground(_wave(view, level, 0.01, 3), pick(rng, _LAWNS))
    for depth in np.sort(rng.uniform(0.02, 0.5, rng.integers(8, 15))):
        view.tree((rng.uniform(0.0, 1.0), level + depth), 0.12 + 0.75 * depth, bloom)
    return view.dotted()


def _poplars(rng: np.random.Generator, size: int) -> np.ndarray:
    """Slim trees along a river, and their images in it."""
    view, leaves = View(rng, size), pick(rng, _LAWNS + _FIELDS)
    level = rng.uniform(0.55, 0.66)
    view.ground(_wave(view, level - 0.12, 0.03, 4), 0.45 * pick(rng, _LAWNS) + 0.55 * view.sky[1])
    view.ground(np.full_like(view.x, level - 0.03), pick(rng, _LAWNS))
    for x in np.linspace(0.06, 0.94, rng.integers(5, 10)) + rng.uniform(-0.03, 0.03):
        view.tree((x + rng.normal(0, 0.015), level - 0.01), rng.uniform(0.36, 0.52), leaves, slim=True)
    mirrored = np.clip(np.round((2 * level - view.y) * size).astype(int), 0, size - 1)
    shift = np.clip((view.x + 0.02 * np.sin(90 * view.y)) * size, 0, size - 1).astype(int)
    image = view.image[mirrored, shift] * 0.82 + 0.1 * pick(rng, _WATERS)[0]
    view.put(smoothstep(-0.002, 0.002, view.y - level), image)
    view.ground(1.1 - 0.16 * (view.x if view.side > 0 else 1 - view.x), pick(rng, _LAWNS))
    return view.dotted()


def _light(rng: np.random.Generator, size: int) -> np.ndarray:
    """A lighthouse on its mole, and the sea around it."""
    view, water = View(rng, size), pick(rng, _WATERS)
    level = rng.uniform(0.5, 0.76)
    view.water(level, water)
    x, top, wide = rng.uniform(0.2, 0.8), max(0.13, level - rng.uniform(0.3, 0.46)), rng.uniform(0.03, 0.055)
    left, right = rng.uniform(0.4, 0.95, 2)
    rock = [
        (x - left, level + 0.1),
        (x - 0.3 * left, level - 0.02),
        (x + 0.3 * right, level - 0.03),
        (x + right, level + 0.12),
        (x, level + 0.16),
    ]
    view.put(
        area(rock, size),
        ramp(pick(rng, _FIELDS), np.clip(0.5 + view.side * (view.x - x) * 2 - 2 * (view.y - level), 0, 1)),
    )
    tower = [(x - wide, level), (x - wide * 0.66, top), (x + wide * 0.66, top), (x + wide, level)]
    lit = np.clip(0.55 + view.side * (view.x - x) / wide * 0.45, 0, 1)
    view.put(area(tower, size), ramp(colours("7a7fb0 c9b8b8 fff2d6 fffaf0"), lit))
    for stripe in np.linspace(top + 0.08, level - 0.06, rng.integers(0, 4)):
        view.put(area(box((x, stripe), (wide * 0.84, 0.016)), size), ramp(colours("6a2f5a b0433f e8684a"), lit))
    view.put(
        areas(
            [
                box((x, top - 0.03), (wide * 0.5, 0.03)),
                [(x - wide * 0.7, top - 0.055), (x + wide * 0.7, top - 0.055), (x, top - 0.11)],
            ],
            size,
        ),
        colours("3f3f7a")[0],
    )
    view.put(area(box((x, top - 0.028), (wide * 0.34, 0.018)), size), colours("ffe79a")[0])
    view.put(
        area(box((x + wide * 2.4 * view.side, level - 0.035), (wide * 1.3, 0.04)), size),
        ramp(colours("8a7fb0 f0dcc0 fff4e0"), lit),
    )
    roof = [
        (x + wide * view.side * 2.4 + wide * across, level - height)
        for across, height in ((-1.5, 0.072), (0, 0.115), (1.5, 0.072))
    ]
    view.put(area(roof, size), colours("c05a45")[0])
    return view.dotted()


def _haystacks(rng: np.random.Generator, size: int) -> np.ndarray:
    """Stacks of hay at the end of the day, with long shadows."""
    view, field = View(rng, size), pick(rng, _FIELDS)
    level = rng.uniform(0.38, 0.5)
    view.sun(0.5 + view.side * rng.uniform(0.15, 0.38), level - rng.uniform(0.05, 0.2), 0.045)
    view.ground(_wave(view, level - 0.04, 0.025, 6), 0.5 * pick(rng, _WATERS) + 0.5 * view.sky[2])
    view.ground(_wave(view, level, 0.008, 4), field)
    for depth in np.sort(rng.uniform(0.1, 0.42, rng.integers(1, 5))):
        x, y, tall = rng.uniform(0.15, 0.85), level + depth, 0.1 + 0.62 * depth
        shade = [
            (x - 0.55 * tall, y),
            (x + 0.55 * tall, y),
            (x - view.side * 1.3 * tall, y + 0.35 * tall),
            (x - view.side * 2.0 * tall, y + 0.25 * tall),
        ]
        view.put(0.75 * area(shade, size), colours("5a4f96")[0])
        stack = [
            (x - 0.5 * tall, y + 0.03),
            (x - 0.56 * tall, y - 0.42 * tall),
            (x, y - tall),
            (x + 0.56 * tall, y - 0.42 * tall),
            (x + 0.5 * tall, y + 0.03),
        ]
        lit = np.clip(0.5 + 0.8 * view.side * (view.x - x) / tall, 0, 1)
        view.put(area(stack, size), ramp(colours("6a3f7a b0605a e89a4f fbd878"), lit))
    return view.dotted()


def _park(rng: np.random.Generator, size: int) -> np.ndarray:
    """A lawn by the water, shade, strollers with parasols."""
    view, lawn = View(rng, size), pick(rng, _LAWNS)
    level = rng.uniform(0.32, 0.42)
    view.ground(_wave(view, level - 0.04, 0.02, 6), 0.5 * pick(rng, _LAWNS) + 0.5 * view.sky[1])
    view.water(level, pick(rng, _WATERS))
    bank = level + 0.06 + 0.5 * (view.x if view.side > 0 else 1 - view.x) ** 1.3
    view.ground(np.asarray(bank * 0.75 + 0.08, np.float32), lawn)
    for depth in np.sort(rng.uniform(0.12, 0.5, 4)):
        x = rng.uniform(0.02, 0.45) if view.side > 0 else rng.uniform(0.55, 0.98)
        view.tree((x, level + depth + 0.12), 0.34 + 0.5 * depth, pick(rng, _LAWNS))
    for depth in np.sort(rng.uniform(0.2, 0.52, rng.integers(3, 8))):
        x, y, tall = rng.uniform(0.06, 0.94), level + depth, 0.05 + 0.3 * depth
        dress = colours("3f3f8a a03f5a e8d8c0 2f2f4f c0703f 6a4f8f")[rng.integers(6)]
        view.put(
            0.6 * area([(x, y), (x + 0.2 * tall, y), (x - view.side * tall, y + 0.3 * tall)], size),
            colours("4a4f8a")[0],
        )
        view.put(
            area(
                [
                    (x - 0.2 * tall, y),
                    (x + 0.22 * tall, y),
                    (x + 0.08 * tall, y - 0.7 * tall),
                    (x - 0.08 * tall, y - 0.7 * tall),
                ],
                size,
            ),
            dress,
        )
        view.put(area(circle((x, y - 0.8 * tall), 0.09 * tall), size), colours("f0b890")[0])
        arc = circle((x, y - 0.86 * tall), 0.34 * tall, 24)
        view.put(area(arc[12:], size), colours("fff0d8 f0a070 d85a5a")[rng.integers(3)])
    return view.dotted()


MOTIFS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "Sails off the Point": _sails,
    "Orchard": _orchard,
    "Poplars by the River": _poplars,
    "The Lighthouse": _light,
    "Haystacks, Evening": _haystacks,
    "An Afternoon in the Park": _park,
}
