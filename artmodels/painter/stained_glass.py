"""Stained glass: pieces of glowing glass between leads, lit from behind."""

from collections.abc import Callable

import numpy as np

from artmodels.painter.canvas import box, circle, colours, pick, ramp
from artmodels.painter.glass import Window, leaf

_JEWELS = [
    colours(codes)
    for codes in (
        "0d2c8c 1e5bd6 c4122f e8a317 1f8f4e 6a1b9a f3e3b0",
        "0a3d62 2e86c1 d35400 f4c430 117a65 7b241c fdebd0",
        "2b1055 7597de b5179e f7b801 2a9d8f d00000 fff1d0",
        "023047 219ebc fb8500 ffb703 2d6a4f 9b2226 e9f5db",
        "1b3a4b 3e7cb1 a4243b d8973c 5b8e4c 4a2545 f2e8cf",
    )
]


_SKIES = [
    colours(codes)
    for codes in (
        "12357a 2f7fd0 8fd0f0 fbe9a6 f7a53b",
        "3b1c6b 9a3f8f e8664f f9b04a fde79a",
        "0b4f6c 01a7c2 9fe0d6 fdf3c0 f4d35e",
    )
]


_LANDS = [
    colours(codes)
    for codes in ("0e4d2c 2f8f3f 8cc63f d7dd52", "17405a 1f7f6f 57b06a c9d76b", "4a2f6b 2f5f8f 3f9f7f a6c957")
]


def _rose(rng: np.random.Generator, size: int) -> np.ndarray:
    """A wheel of petals around a boss."""
    window, jewels = Window(rng, size), pick(rng, _JEWELS)
    order = rng.permutation(6)
    away = np.hypot(window.x - 0.5, window.y - 0.5)
    turn = np.arctan2(window.y - 0.5, window.x - 0.5) / (2 * np.pi) + 0.5
    everywhere = np.ones(away.shape, bool)
    window.cut(everywhere, window.shards(70), 0.75 * jewels[order[[0]]])
    petals = int(rng.choice([6, 8, 10, 12]))
    petalled = rng.permutation(3)[:2]
    rings = np.array([0.47, *np.sort(rng.choice([0.22, 0.29, 0.37], rng.integers(1, 4), replace=False))[::-1], 0.13])
    for level, (outer, inner) in enumerate(zip(rings, [*rings[1:], 0], strict=True)):
        count = petals * (2 if outer > 0.3 and level % 2 == 0 else 1)
        sector = np.floor((turn * count + 0.5 * (level % 2)) % count).astype(int)
        pair = jewels[order[[1 + level % 5, 1 + (level + 2) % 5]]]
        window.cut(away < outer, sector, pair)
        middle = (outer + inner) / 2
        radius = min((outer - inner) * 0.42, np.pi * middle / count * 0.86)
        for step in range(count if inner else 0):
            angle = 2 * np.pi * ((step + 0.5 - 0.5 * (level % 2)) / count - 0.5)
            spot = np.array([0.5 + middle * np.cos(angle), 0.5 + middle * np.sin(angle)])
            inward = spot - radius * 1.05 * np.array([np.cos(angle), np.sin(angle)])
            pointed = leaf(inward, angle, 2.1 * radius, 0.36)
            window.shape(pointed if level in petalled else circle(spot, radius), jewels[order[(level + 3) % 6]])
            if radius > 0.04:
                window.shape(circle(spot, radius * (0.3 if level in petalled else 0.48)), jewels[6])
    window.shape(circle((0.5, 0.5), 0.055), jewels[6])
    return window.glazed(0.0055, (0.5, 0.5))


def _landscape(rng: np.random.Generator, size: int) -> np.ndarray:
    """Sun, hills and a river, in sheets of rippled glass."""
    window, sky, land = Window(rng, size), pick(rng, _SKIES), pick(rng, _LANDS)
    sun = np.array([rng.uniform(0.2, 0.8), rng.uniform(0.16, 0.34)])
    right, down = window.x - sun[0], window.y - sun[1]
    away, rays = np.hypot(right, down), int(rng.integers(9, 15))
    ray = np.floor((np.arctan2(down, right) / (2 * np.pi) + 0.5 + 0.06 * np.sin(9 * away)) * rays).astype(int)
    ring = np.digitize(away, np.cumsum(rng.uniform(0.1, 0.19, 5)))
    window.cut(away < 9, 100 * ring + ray, ramp(sky[3::-1], np.linspace(0, 1, 5 * rays)))
    window.shape(circle(sun, rng.uniform(0.07, 0.1)), sky[4])
    for level, base in enumerate(np.linspace(0.5, 0.86, 4)):
        outline = base + rng.uniform(0.03, 0.07) * np.sin(window.x * rng.uniform(3, 7) + rng.uniform(0, 6))
        band = np.floor((window.y - outline) / rng.uniform(0.06, 0.09)).astype(int)
        slant = np.floor((window.x + 0.5 * (window.y - outline) + rng.random()) * rng.uniform(3, 6)).astype(int)
        tone = land[(3 - level + int(rng.integers(0, 2))) % 4]
        window.cut(window.y > outline, 50 * band + slant, tone[None])
    bank = rng.uniform(0.3, 0.7) + 0.13 * np.sin(window.y * 9 + rng.uniform(0, 6))
    reach = 0.26 * (window.y - 0.56)
    flow = np.floor(window.y * 14 + 0.6 * np.sin(12 * window.x)).astype(int)
    window.cut((np.abs(window.x - bank) < reach) & (window.y > 0.58), flow, sky[1:3])
    return window.glazed(0.006, (sun[0], sun[1]))


def _lilies(rng: np.random.Generator, size: int) -> np.ndarray:
    """Tall flowers against a pale trellis."""
    window, jewels = Window(rng, size), pick(rng, _JEWELS)
    sky, green = pick(rng, _SKIES), pick(rng, _LANDS)
    columns, rows = int(rng.integers(4, 7)), int(rng.integers(5, 9))
    lattice = 100 * np.floor(window.y * rows + 0.15 * np.sin(7 * window.x)).astype(int)
    lattice = lattice + np.floor(window.x * columns + 0.12 * np.sin(9 * window.y)).astype(int)
    window.cut(window.x < 9, lattice, ramp(sky[1:4], np.linspace(0, 1, (columns + 1) * rows)))
    bloom = jewels[rng.choice([2, 3, 5])]
    for place in rng.permutation(np.linspace(0.2, 0.8, rng.integers(2, 4))):
        head = np.array([place + rng.normal(0, 0.03), rng.uniform(0.2, 0.48)])
        bow = np.linspace(0, 1, 30)
        stem = np.stack([head[0] + 0.05 * np.sin(3 * bow) * (place - 0.5) * 4, head[1] + (1.05 - head[1]) * bow], -1)
        aside = np.array([0.009, 0])
        window.shape(np.concatenate([stem - aside, stem[::-1] + aside]), green[1])
        for side in (-1, 1):
            window.shape(
                leaf(
                    stem[rng.integers(17, 24)], -np.pi / 2 + side * rng.uniform(0.5, 0.9), rng.uniform(0.22, 0.36), 0.16
                ),
                green[2],
            )
        for angle in rng.permutation(np.linspace(-2.9, -0.24, 6)):
            window.shape(leaf(head, angle, rng.uniform(0.15, 0.2), 0.32), bloom)
        window.shape(circle(head, 0.026), jewels[6])
    return window.glazed(0.0055, (0.5, 0.25))


def _prairie(rng: np.random.Generator, size: int) -> np.ndarray:
    """Clear glass in long panes, with chevrons and small bright squares."""
    window, jewels = Window(rng, size), pick(rng, _JEWELS)
    clear = colours("f1ead0 e6e6d6 efe0b8")[rng.integers(3)]
    columns = np.sort(rng.choice(np.arange(1, 12), 5, replace=False)) / 12
    rows = np.sort(rng.choice(np.arange(1, 12), 4, replace=False)) / 12
    mirrored = np.abs(window.x - 0.5) * 2
    cell = 10 * np.digitize(mirrored, columns) + np.digitize(window.y, rows)
    both = 100 * cell + (window.x > 0.5)
    panes = np.where(rng.random((89, 1)) < 0.72, clear, jewels[rng.integers(1, 5, 89)])
    window.cut(window.x < 9, both, panes)
    half = rng.uniform(0.028, 0.045)
    for level in range(int(rng.integers(3, 6))):
        spot = 0.1 + 0.18 * level + rng.uniform(-0.02, 0.02)
        for side in (-1, 1):
            for step in range(4):
                x = 0.5 + side * (0.02 + half * 2.1 * step)
                y = spot + half * 1.5 * step
                points = box((x + side * half, y), (half, half * 0.7))
                points[[1, 2] if side > 0 else [0, 3], 1] += half * 1.1
                window.shape(points, jewels[(level + step) % 5 + 1])
    return window.glazed(0.005, (rng.uniform(0.3, 0.7), 0.35))


def _shattered(rng: np.random.Generator, size: int) -> np.ndarray:
    """Shards whose colour turns with the place, as if the light itself had broken."""
    window, jewels = Window(rng, size), pick(rng, _JEWELS)
    cells = window.shards(int(rng.integers(90, 190)))
    sun = rng.uniform(0.2, 0.8, 2)
    sums = [
        np.bincount(cells.ravel(), layer.ravel()) / np.maximum(np.bincount(cells.ravel()), 1)
        for layer in (window.x, window.y)
    ]
    away = np.hypot(sums[0] - sun[0], sums[1] - sun[1])
    swirl = 0.12 * np.sin(3 * np.arctan2(sums[1] - sun[1], sums[0] - sun[0]) + 9 * away)
    stops = np.stack([jewels[6], jewels[3], *jewels[rng.permutation([0, 1, 2, 4, 5])[:3]], jewels[0]])
    window.cut(window.x < 9, cells, ramp(stops, np.clip(1.25 * away + swirl, 0, 1)[np.unique(cells)]))
    return window.glazed(0.0055, (sun[0], sun[1]))


def _lancets(rng: np.random.Generator, size: int) -> np.ndarray:
    """Pointed arches side by side, patterned in medallions, in a dark wall."""
    window, jewels = Window(rng, size), pick(rng, _JEWELS)
    window.cut(window.x < 9, window.pieces, np.full((1, 3), 0.03))
    count = int(rng.choice([1, 2, 3]))
    pitch = 0.94 / count
    field, medal, border = jewels[rng.permutation([0, 1, 2, 4, 5])[:3]]
    for index in range(count):
        middle, half = 0.03 + pitch * (index + 0.5), pitch * 0.44
        spring = 0.34 if index == count // 2 and count != 2 else 0.42
        rise = np.clip((spring - window.y) / min(half * 1.7, 0.32), 0, 1)
        for scale, colour in ((1.0, border), (1 - 0.035 / half, field)):
            inside = (np.abs(window.x - middle) < half * scale * np.sqrt(1 - rise**1.6)) & (
                window.y < 0.94 + 0.03 * scale
            )
            blocks = 100 * np.floor(window.y * (16 if scale == 1.0 else 11)).astype(int)
            blocks = blocks + (np.floor(2 * (window.x - middle) / half) if scale < 1 else (window.x > middle)).astype(
                int
            )
            window.cut(inside, blocks, np.stack([jewels[3], colour, colour]))
        places = np.arange(spring + 0.02, 0.92, half * 1.35 if count > 1 else half * 0.95)
        for number, y in enumerate(places):
            radius = half * (0.56 if count > 1 else 0.42)
            window.shape(circle((middle, y), radius), medal)
            for petal in range(6):
                angle = petal * np.pi / 3 + number * np.pi / 6
                window.shape(leaf(np.array([middle, y]), angle, radius * 0.92, 0.28), jewels[3 if number % 2 else 6])
            window.shape(circle((middle, y), radius * 0.24), jewels[2])
    return window.glazed(0.0042, (0.5, 0.4))


MOTIFS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "Rose Window": _rose,
    "Sun over the Valley": _landscape,
    "Lilies": _lilies,
    "Prairie Window": _prairie,
    "Broken Light": _shattered,
    "Lancets": _lancets,
}
