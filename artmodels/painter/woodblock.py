"""Woodblock: flat colours within dark outlines, skies wiped from dark to light, on fibrous paper."""

from collections.abc import Callable

import numpy as np

from artmodels.painter.canvas import areas, box, circle, colours, line, over, pick, ramp, smoothstep
from artmodels.painter.print_land import cone, swell, waters
from artmodels.painter.print_things import claws, curve, hut, junk, pine
from artmodels.painter.prints import SEAS, SKIES, Print, mirrored

_LANDS = [
    colours(codes)
    for codes in ("3f5c46 6f8a58 b3b072 d9c48a", "5a4a3f 96705a c99a6e e3c590", "30504f 5b8078 a3b08a dccb98")
]


def _great_wave(rng: np.random.Generator, size: int) -> np.ndarray:
    """A wave that rears up and claws at the sky, a mountain far beneath it."""
    sheet, sea = Print(rng, size), pick(rng, SEAS)
    sheet.sky(pick(rng, SKIES), 0.8)
    if rng.random() < 0.5:
        sheet.disc(
            (rng.uniform(0.6, 0.85), rng.uniform(0.15, 0.35)),
            rng.uniform(0.06, 0.1),
            colours("d2502f e8c9a0")[rng.integers(2)],
        )
    cone(sheet, rng.uniform(0.62, 0.78), rng.uniform(0.52, 0.6), 0.76, rng.uniform(0.2, 0.3))
    waters(sheet, 0.74, sea, 3)
    lift, push, wide = rng.uniform(0.72, 1.15), rng.uniform(-0.1, 0.1), rng.uniform(0.78, 1.12)
    outer = np.array(
        [[-0.05, 0.8], [0.06, 0.6], [0.14, 0.4], [0.26, 0.24], [0.4, 0.16], [0.53, 0.18], [0.62, 0.26], [0.66, 0.38]]
    )
    inner = np.array(
        [[-0.05, 1.05], [0.2, 0.98], [0.3, 0.8], [0.33, 0.62], [0.37, 0.48], [0.45, 0.39], [0.54, 0.36], [0.62, 0.4]]
    )
    for edge in (outer, inner):
        edge[:, 1] = 0.8 - (0.8 - edge[:, 1]) * lift
        edge[1:-1] += rng.normal(0, 0.012, (len(edge) - 2, 2))
        edge[:, 0] = edge[:, 0] * wide + push * (1 - edge[:, 1])
    top, bottom = curve(outer), curve(inner)
    sheet.flat(np.concatenate([top, bottom[::-1]]), sea[0])
    for share in (0.16, 0.34, 0.52, 0.7):
        stripe = np.concatenate(
            [top * (1 - share) + bottom * share, (top * (0.91 - share) + bottom * (share + 0.09))[::-1]]
        )
        sheet.flat(stripe, sea[2] if share < 0.6 else sea[1], outline=False)
        sheet.trace(top * (1 - share) + bottom * share, 0.55)
    claws(sheet, top, sea)
    front = swell(rng, (np.arange(size, dtype=np.float32) + 0.5) / size, 0.9, 0.07, 2.2)
    sheet.under(front, np.stack([sea[1], sea[0]]), 0.1)
    for _ in range(60):
        spot = np.array([0.66 + push, 0.3]) + rng.normal(0, 1, 2) * (0.13, 0.12)
        sheet.disc((spot[0], spot[1]), rng.uniform(0.002, 0.006), sheet.paper)
    sheet.sign()
    return mirrored(rng, sheet)


def _mountain(rng: np.random.Generator, size: int) -> np.ndarray:
    """A mountain at first light, over bands of mist and woods."""
    sheet, land = Print(rng, size), pick(rng, _LANDS)
    sheet.sky(pick(rng, SKIES), rng.uniform(0.6, 0.8))
    if rng.random() < 0.6:
        sheet.disc(
            (rng.uniform(0.15, 0.85), rng.uniform(0.15, 0.3)),
            rng.uniform(0.06, 0.1),
            colours("cf4a2f e0693f f0e0b8")[rng.integers(3)],
        )
    sheet.bands(0.5)
    cone(sheet, rng.uniform(0.2, 0.8), rng.uniform(0.14, 0.36), 0.78, rng.uniform(0.38, 0.85))
    if rng.random() < 0.4:
        waters(sheet, 0.77, pick(rng, SEAS), int(rng.integers(2, 5)))
        sheet.sign()
        return mirrored(rng, sheet)
    x = (np.arange(size, dtype=np.float32) + 0.5) / size
    for level in np.linspace(0.74, 0.92, int(rng.integers(2, 4))):
        outline = (
            level
            + 0.05 * np.sin(x * rng.uniform(3, 7) + rng.uniform(0, 6))
            + 0.02 * (np.abs(np.sin(x * 40 + 9 * level)) - 0.5)
        )
        sheet.under(np.asarray(outline, np.float32), land[[1, 0]] if level > 0.8 else land[[2, 1]], 0.16)
    for _ in range(rng.integers(3, 9)):
        pine(sheet, (rng.uniform(0.05, 0.95), rng.uniform(0.86, 0.99)), rng.uniform(0.1, 0.2), land)
    sheet.sign()
    return sheet.pulled()


def _boats(rng: np.random.Generator, size: int) -> np.ndarray:
    """Sails on a bay, islands behind."""
    sheet, sea, land = Print(rng, size), pick(rng, SEAS), pick(rng, _LANDS)
    level = rng.uniform(0.42, 0.55)
    sheet.sky(pick(rng, SKIES), level)
    sheet.disc(
        (rng.uniform(0.2, 0.8), rng.uniform(0.14, level - 0.08)),
        rng.uniform(0.05, 0.1),
        colours("d2502f e8884a f3e3bb")[rng.integers(3)],
    )
    x = (np.arange(size, dtype=np.float32) + 0.5) / size
    for _ in range(rng.integers(1, 3)):
        hump = np.exp(-(((x - rng.uniform(0, 1)) / rng.uniform(0.1, 0.25)) ** 2)) * rng.uniform(0.06, 0.16)
        sheet.under(np.asarray(level + 0.01 - hump + 0.008 * np.sin(30 * x), np.float32), land[[1, 2]], 0.14)
    sheet.image = over(
        sheet.image,
        ramp(sea[[3, 2, 1, 0]], np.clip((sheet.y - level) / (1 - level), 0, 1)),
        smoothstep(-0.002, 0.002, sheet.y - level),
    )
    for row in np.linspace(level + 0.03, 0.97, 16):
        ends = np.sort(rng.uniform(0, 1, 2))
        way = np.linspace(ends[0], ends[1], 30)
        sheet.trace(np.stack([way, row + 0.004 * np.sin(60 * way)], -1), 0.45)
    for depth in np.sort(rng.uniform(0.05, 0.36, rng.integers(2, 6))):
        junk(sheet, rng.uniform(0.12, 0.88), level + depth, 0.08 + 0.75 * depth)
    sheet.sign()
    return sheet.pulled()


def _snow(rng: np.random.Generator, size: int) -> np.ndarray:
    """A village under snow in the evening."""
    sheet = Print(rng, size)
    sheet.sky(colours("1f2c44 3f5270 8a98a6 b9bdb8" if rng.random() < 0.6 else "3f4458 7f8694 c0bfb6 dcd2bc"), 0.75)
    x = (np.arange(size, dtype=np.float32) + 0.5) / size
    white, shade = colours("f2efe4 c3cdd3")
    for level in (0.45, 0.56):
        hill = (
            level + 0.09 * np.sin(x * rng.uniform(3, 6) + rng.uniform(0, 6)) + 0.03 * np.sin(17 * x + rng.uniform(0, 6))
        )
        sheet.under(np.asarray(hill, np.float32), np.stack([white * 0.86, shade * 0.8]), 0.2)
    for level in (0.64, 0.78, 0.9):
        bank = np.asarray(level + 0.03 * np.sin(x * rng.uniform(4, 8) + rng.uniform(0, 6)), np.float32)
        sheet.under(bank, np.stack([white, shade]), 0.22)
        for spot in rng.permutation(np.linspace(0.1, 0.9, 5))[: rng.integers(1, 4)]:
            hut(sheet, spot, float(bank[int(spot * size)]) + 0.03, 0.05 + 0.09 * (level - 0.6) / 0.3, white)
    for _ in range(rng.integers(150, 420)):
        sheet.disc((rng.random(), rng.random()), rng.uniform(0.0025, 0.0065), white)
    sheet.sign()
    return sheet.pulled()


def _rain(rng: np.random.Generator, size: int) -> np.ndarray:
    """A bridge in sudden rain."""
    sheet, sea, land = Print(rng, size), pick(rng, SEAS), pick(rng, _LANDS)
    sky = pick(rng, SKIES)
    level = rng.uniform(0.4, 0.5)
    sheet.sky(np.stack([0.6 * sky[0], 0.5 * sky[0] + 0.5 * sky[2], sky[2] * 0.95, sky[2]]), level)
    x = (np.arange(size, dtype=np.float32) + 0.5) / size
    woods = (
        level - 0.03 - 0.035 * np.abs(np.sin(x * rng.uniform(9, 14))) * (0.5 + 0.5 * np.sin(4 * x + rng.uniform(0, 6)))
    )
    sheet.under(np.asarray(woods, np.float32), np.stack([0.55 * land[0] + 0.3 * sky[1], land[1]]), 0.1)
    sheet.image = over(
        sheet.image,
        ramp(sea[[0, 1, 2]], np.clip((sheet.y - level) / (1 - level), 0, 1)),
        smoothstep(-0.002, 0.002, sheet.y - level),
    )
    start, end, bow = rng.uniform(0.6, 0.88), rng.uniform(0.55, 0.85), rng.uniform(0.06, 0.28)
    way = np.linspace(-0.05, 1.05, 60)
    deck = start + (end - start) * way - bow * np.sin(np.pi * np.clip(way, 0, 1))
    for post in np.linspace(0.05, 0.95, int(rng.integers(4, 9))):
        top = float(np.interp(post, way, deck))
        sheet.flat(box((post, (top + 1) / 2 + 0.02), (0.012, (1 - top) / 2 + 0.02)), land[0] * 0.7)
    wood = colours("c99a5c a8703f d9b878")[rng.integers(3)]
    sheet.flat(np.concatenate([np.stack([way, deck], -1), np.stack([way, deck + 0.06], -1)[::-1]]), wood)
    sheet.trace(np.stack([way, deck - 0.04], -1), 1.4)
    for post in np.linspace(0, 1, 24):
        top = float(np.interp(post, way, deck))
        sheet.trace(np.array([[post, top - 0.045], [post, top]]), 0.8)
    for _ in range(rng.integers(2, 6)):
        spot = rng.uniform(0.1, 0.9)
        top = float(np.interp(spot, way, deck))
        sheet.flat(box((spot, top - 0.035), (0.013, 0.04)), colours("3f4a6a 8a3f34 5a5a48")[rng.integers(3)])
        sheet.flat(
            np.array([[spot - 0.05, top - 0.075], [spot, top - 0.11], [spot + 0.05, top - 0.075]]),
            colours("d9a441 e0d2a8 c2603f")[rng.integers(3)],
        )
    slant = rng.uniform(-0.25, 0.25)
    drops = rng.uniform((-0.1, -0.1), (1.1, 1.0), (170, 2))
    mask = np.zeros((size, size), np.float32)
    for place in drops:
        mask = np.maximum(mask, line([place, place + np.array([slant, 1]) * rng.uniform(0.08, 0.3)], 0.0022, size))
    sheet.image = over(sheet.image, sheet.key, 0.5 * mask)
    sheet.sign()
    return sheet.pulled()


def _crane_moon(rng: np.random.Generator, size: int) -> np.ndarray:
    """A great moon, a flowering branch before it, birds passing."""
    sheet = Print(rng, size)
    sheet.sky(pick(rng, SKIES), 1.0)
    sheet.disc(
        (rng.uniform(0.35, 0.65), rng.uniform(0.32, 0.5)),
        rng.uniform(0.2, 0.3),
        colours("f4e8c4 e2683f f0cf8a")[rng.integers(3)],
    )
    sheet.bands(0.8)
    bloom = colours("e7a6a8 f4efe6 d9604f")[rng.integers(3)]
    twigs = [(np.array([-0.05, rng.uniform(0.6, 0.95)]), rng.uniform(-0.5, -0.1), 0.95, 3)]
    while twigs:
        start, angle, length, order = twigs.pop()
        bends = angle + np.cumsum(rng.normal(0, 0.16, 9))
        path = start + np.cumsum(
            np.concatenate([[[0, 0]], np.stack([np.cos(bends), np.sin(bends)], -1) * length / 9]), 0
        )
        for part in range(9):
            sheet.trace(path[part : part + 2], (0.9 + 1.5 * order) * (1 - 0.07 * part))
        for spot in path[2::2] if order > 1 else []:
            twigs.append(
                (spot, angle + rng.choice([-1, 1]) * rng.uniform(0.4, 1.0), length * rng.uniform(0.3, 0.48), order - 1)
            )
        for spot in path[3:] if order < 3 else []:
            if rng.random() < 0.6:
                petals = [
                    circle(spot + 0.014 * np.array([np.cos(turn), np.sin(turn)]), 0.0105, 16)
                    for turn in np.linspace(0, 6.28, 6)[:-1] + rng.random()
                ]
                sheet.image = over(sheet.image, bloom, areas(petals, size))
                sheet.disc((spot[0], spot[1]), 0.007, colours("e3b23f")[0])
    for _ in range(rng.integers(0, 6)):
        x, y, wing = rng.uniform(0.35, 0.9), rng.uniform(0.12, 0.5), rng.uniform(0.03, 0.06)
        sheet.trace(
            np.array(
                [
                    [x - wing, y - 0.35 * wing],
                    [x - 0.4 * wing, y - 0.45 * wing],
                    [x, y],
                    [x + 0.4 * wing, y - 0.5 * wing],
                    [x + wing, y - 0.3 * wing],
                ]
            ),
            1.5,
        )
    sheet.sign()
    return mirrored(rng, sheet)


MOTIFS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "Great Wave": _great_wave,
    "Mountain at First Light": _mountain,
    "Boats in the Bay": _boats,
    "Snow at Evening": _snow,
    "Bridge in Sudden Rain": _rain,
    "Branch before the Moon": _crane_moon,
}
