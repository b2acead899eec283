"""Flow field: thick strokes that follow the wind, the furrow and the light."""

from collections.abc import Callable

import numpy as np

from artmodels.painter.canvas import area, box, colours, fbm, pick, ramp, smoothstep
from artmodels.painter.countryside import cypress, field, hill, ridge, sky, village
from artmodels.painter.strokes import Scene

_NIGHTS = [
    colours(codes)
    for codes in (
        "0a1233 14286b 2450a0 4f86c6 a9cfe0 f0e6a8",
        "0b1b2b 123c5a 1f6e8c 5fa8a8 bcd9b0 f4e285",
        "150f30 2e2370 4f47a8 8a7fd0 d6c1d8 f7dd90",
        "0d1a24 1d3a4a 39637a 7fa3a6 d4c99a f2d16b",
    )
]


_DAYS = [
    colours(codes)
    for codes in (
        "1d4e89 3f7cac 6fb1cf a8d5d8 dcecd4 f7f3d0",
        "2a6f6f 4f9a94 8cc5b4 c9e2c4 eef0c8 fff6cf",
        "3b5a9a 6c87c0 9fb4d8 cfd3dc f0dcc0 fbe9b8",
    )
]


_DUSKS = [
    colours(codes)
    for codes in (
        "5a2a5a 9a3f5a d4603f ee9540 f7c04a fbe58a",
        "3a3f6a 7a4f7a c0605f e58a4a f5b84f ffe38f",
        "1f5f6a 4f8f7f a0ae70 e3b34f f2913a fbe07a",
    )
]


_WHEATS = [
    colours(codes)
    for codes in (
        "5a4a14 94701c c9981f e6bc3a f5dc7a",
        "6a3d14 a8641f d68f2f efb84a f8dd8a",
        "4a4f1a 7f7f24 b5a233 e0c554 f4e59a",
    )
]


_GREENS = [
    colours(codes)
    for codes in (
        "0f2a1f 1f4a2f 3f7240 74984f b9c46a",
        "10263a 1d4a50 3a7468 7ba57a c5cf8a",
        "26301a 4a5524 76803a a8a757 d8d08a",
    )
]


def _night(rng: np.random.Generator, size: int) -> np.ndarray:
    """Stars over a sleeping village."""
    scene, night, green = Scene(rng, size), pick(rng, _NIGHTS), pick(rng, _GREENS)
    level = rng.uniform(0.6, 0.72)
    sky(scene, night[:5], level, int(rng.integers(2, 4)), 0.2)
    for _ in range(rng.integers(5, 11)):
        scene.star(rng.uniform((0.05, 0.04), (0.95, level - 0.15)), rng.uniform(0.035, 0.065), night[5], night[4])
    scene.star(
        np.array([rng.choice([0.14, 0.84]), rng.uniform(0.12, 0.2)]), 0.11, colours("fff3b8")[0], colours("f0b429")[0]
    )
    hill(scene, ridge(rng, level, 0.05, 4), 0.5 * night[:5] + 0.5 * green, 0.45)
    hill(scene, ridge(rng, level + 0.12, 0.03, 3), green * 0.75, 0.35)
    village(scene, level + 0.14, night, colours("ffd23f")[0])
    if rng.random() < 0.75:
        cypress(scene, (rng.choice([0.13, 0.2, 0.8, 0.87]), 1.02), rng.uniform(0.65, 0.95), green * 0.6)
    return scene.painted(0.0125, 0.07)


def _wheat(rng: np.random.Generator, size: int) -> np.ndarray:
    """Ripe corn under a blowing sky."""
    scene, day, wheat, green = Scene(rng, size), pick(rng, _DAYS), pick(rng, _WHEATS), pick(rng, _GREENS)
    level = rng.uniform(0.38, 0.55)
    sky(scene, day, level, int(rng.integers(2, 5)), 0.15)
    hill(scene, ridge(rng, level - 0.03, 0.04, 4), 0.6 * green + 0.4 * day[:5], 0.55)
    field(scene, level + 0.03, wheat, rng.uniform(0.2, 0.8), 0.62)
    sway = 0.6 * np.sin(9 * scene.x + 6 * scene.y + rng.uniform(0, 6))
    tuft = smoothstep(0.0, 0.25, scene.y - level - 0.12)
    scene.put(tuft, scene.colour, 0.35 * sway + 0.25, -1.0)
    for foot in rng.uniform(0.08, 0.92, rng.integers(0, 4)):
        cypress(scene, (foot, level + rng.uniform(0.04, 0.12)), rng.uniform(0.25, 0.5), green * 0.75)
    return scene.painted(0.0125, 0.06)


def _sower(rng: np.random.Generator, size: int) -> np.ndarray:
    """A low sun that fills the evening with rays, over ploughed land."""
    scene, dusk, soil = Scene(rng, size), pick(rng, _DUSKS), pick(rng, _NIGHTS)
    level = rng.uniform(0.36, 0.5)
    sun = np.array([rng.uniform(0.25, 0.75), level - rng.uniform(0.04, 0.2)])
    right, down = scene.x - sun[0], scene.y - sun[1]
    away = np.hypot(right, down)
    scene.u, scene.v = -down, right
    bands = scene.streaks(9, 0.16)
    scene.colour = ramp(dusk, np.clip(1.05 - 1.25 * away + 0.35 * (bands - 0.5), 0, 0.9))
    scene.put(smoothstep(0.1, 0.09, away), colours("fff2a8")[0], -down, right)
    hill(scene, ridge(rng, level, 0.02, 5), 0.5 * soil[:5] + 0.5 * dusk[:5], 0.35)
    earth = 0.55 * soil[:5] + 0.45 * dusk[[0, 1, 2, 3, 4]]
    field(scene, level + 0.02, earth, float(sun[0]), 0.5)
    glint = smoothstep(0.3, 0.0, np.abs(scene.x - sun[0])) * (scene.y > level + 0.02) * 0.4
    scene.put(glint.astype(np.float32), dusk[4], scene.u, scene.v)
    if rng.random() < 0.6:
        cypress(scene, (rng.uniform(0.08, 0.3), 0.97), rng.uniform(0.5, 0.85), soil[:5] * 0.8)
    return scene.painted(0.0135, 0.06)


def _river(rng: np.random.Generator, size: int) -> np.ndarray:
    """Lamps and stars that the water draws out into ribbons."""
    scene, night = Scene(rng, size), pick(rng, _NIGHTS)
    level = rng.uniform(0.42, 0.55)
    sky(scene, night[:5], level, 2, 0.0)
    for _ in range(rng.integers(8, 15)):
        scene.star(rng.uniform((0.04, 0.03), (0.96, level - 0.1)), rng.uniform(0.022, 0.045), night[5], night[3])
    water = smoothstep(-0.002, 0.002, scene.y - level)
    ripple = fbm(rng, (size, size), (40, 4), 3)
    scene.put(
        water,
        ramp(night[:4], np.clip(0.3 + 0.7 * (ripple - 0.5) + 0.15 * (scene.y - level), 0, 1)),
        1.0,
        0.06 * np.sin(20 * scene.x),
    )
    hill(scene, ridge(rng, level - 0.025, 0.015, 5), night[:5] * 0.6, 0.2)
    scene.put(water, ramp(night[:4], np.clip(0.25 + 0.7 * (ripple - 0.5), 0, 1)), 1.0, 0.06 * np.sin(20 * scene.x))
    gold = colours("ffd75e f7a83b")
    for x in rng.uniform(0.05, 0.95, rng.integers(6, 11)):
        scene.star(np.array([x, level - 0.02]), 0.022, gold[0], gold[1])
        reach = rng.uniform(0.18, 0.4)
        ribbon = smoothstep(0.022, 0.004, np.abs(scene.x - x + 0.012 * np.sin(60 * scene.y + 9 * x)))
        ribbon *= water * smoothstep(reach, 0.0, scene.y - level) * (0.5 + 0.5 * np.sin(150 * scene.y))
        scene.put(ribbon, gold[int(rng.integers(2))], 1.0, 0.0, 0.45)
    if rng.random() < 0.6:
        hill(scene, ridge(rng, 0.93, 0.03, 3), night[:5] * 0.55, 0.4)
    return scene.painted(0.0115, 0.055)


def _olives(rng: np.random.Generator, size: int) -> np.ndarray:
    """Old trees that twist in a hot wind."""
    scene, day, green, wheat = Scene(rng, size), pick(rng, _DAYS + _DUSKS), pick(rng, _GREENS), pick(rng, _WHEATS)
    level = rng.uniform(0.4, 0.5)
    sky(scene, day, level, 3, 0.2)
    hill(scene, ridge(rng, level - 0.04, 0.05, 5), 0.5 * day[:5] + 0.5 * green, 0.6)
    hill(scene, ridge(rng, level + 0.06, 0.02, 4), wheat, 0.7)
    feet = np.sort(rng.uniform(level + 0.12, 0.97, rng.integers(4, 8)))
    for foot, x in zip(feet, rng.permutation(np.linspace(0.08, 0.92, len(feet))), strict=True):
        scale = 0.22 + 0.5 * (foot - level)
        lean = rng.uniform(-0.25, 0.25) * scale
        crown = np.array([x + lean, foot - scale])
        trunk = [
            (x - 0.1 * scale, foot),
            (x + 0.1 * scale, foot),
            (crown[0] + 0.04 * scale, crown[1]),
            (crown[0] - 0.04 * scale, crown[1]),
        ]
        shade = smoothstep(
            1, 0.6, np.hypot((scene.x - x - 0.2 * scale) / (0.6 * scale), (scene.y - foot) / (0.12 * scale))
        )
        scene.put(0.7 * shade, day[0] * 0.8, 1.0, 0.1)
        scene.put(area(trunk, size), green[0] + 0.1, lean, -scale)
        for _ in range(6):
            puff = crown + rng.normal(0, 0.24, 2) * scale * np.array([1.3, 0.7])
            radius = rng.uniform(0.22, 0.36) * scale
            right, down = scene.x - puff[0], scene.y - puff[1]
            lit = np.clip(0.5 - 0.45 * (right + down) / radius * 0.7, 0, 1)
            scene.put(
                smoothstep(1.1, 0.8, np.hypot(right, down) / radius),
                ramp(green, lit),
                -down / radius,
                right / radius + 0.2,
            )
    return scene.painted(0.0125, 0.045)


def _bouquet(rng: np.random.Generator, size: int) -> np.ndarray:
    """Heavy flowers in a jar, against a wall of short strokes."""
    scene, wall = Scene(rng, size), pick(rng, _DAYS + _DUSKS + _WHEATS)
    green, petals = pick(rng, _GREENS), pick(rng, _WHEATS + _DUSKS + _NIGHTS[:3])
    table = rng.uniform(0.72, 0.8)
    patches = fbm(rng, (size, size), (6, 6), 3)
    scene.put(
        np.ones((size, size), np.float32),
        ramp(wall[2:], 0.35 + 0.4 * patches),
        np.cos(6 * patches),
        np.sin(6 * patches),
    )
    scene.put(smoothstep(-0.002, 0.002, scene.y - table), ramp(wall[:3], 0.3 + 0.5 * patches), 1.0, 0.05)
    middle = rng.uniform(0.44, 0.56)
    rise = np.clip((0.92 - scene.y) / 0.34, 0, 1)
    half = 0.09 + 0.075 * np.sin(np.pi * np.clip(rise * 0.95 + 0.08, 0, 1)) - 0.05 * smoothstep(0.7, 1.0, rise)
    across = (scene.x - middle) / half
    jar = smoothstep(1.04, 0.96, np.abs(across)) * ((scene.y < 0.92) & (scene.y > 0.58))
    tone = np.clip(0.62 - 0.45 * across + 0.15 * np.sin(20 * rise), 0.05, 1)
    scene.put(jar.astype(np.float32), ramp(pick(rng, _DAYS + _WHEATS)[:5], tone), 1.0, 0.6 * across)
    for _ in range(16):
        spot = np.array([middle, 0.38]) + rng.normal(0, 1, 2) * (0.17, 0.13)
        leaf = box(spot, (rng.uniform(0.05, 0.09), 0.016), rng.uniform(0, 3.14))
        scene.put(area(leaf, size), green[rng.integers(1, 4)], leaf[1, 0] - leaf[0, 0], leaf[1, 1] - leaf[0, 1])
    for turn in rng.permutation(np.linspace(0, 6.28, 13)):
        spot = np.array([middle, 0.36]) + np.array([np.cos(turn) * 0.26, np.sin(turn) * 0.2]) * np.sqrt(
            rng.uniform(0.05, 1.1)
        )
        radius = rng.uniform(0.055, 0.09)
        right, down = scene.x - spot[0], scene.y - spot[1]
        away = np.hypot(right, down) / radius
        edge = 0.86 + 0.14 * np.cos(11 * np.arctan2(down, right) + turn)
        lit = np.clip(0.75 - 0.3 * (right + down) / radius + rng.uniform(-0.15, 0.15), 0.2, 1)
        scene.put(smoothstep(1.05, 0.95, away / edge), ramp(petals[1:], lit), right / radius, down / radius)
        scene.put(smoothstep(0.42, 0.34, away), ramp(green[:3], 0.3 * lit), -down / radius, right / radius)
    return scene.painted(0.0115, 0.035)


MOTIFS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "Night with Stars": _night,
    "Wheat in the Wind": _wheat,
    "Evening Furrows": _sower,
    "Lamps on the River": _river,
    "Olive Trees": _olives,
    "Flowers in a Jar": _bouquet,
}
