"""Boats, huts, pines and foam for the woodblock."""

import numpy as np
from scipy.interpolate import make_interp_spline

from artmodels.painter.canvas import box, circle, colours
from artmodels.painter.prints import Print


def curve(points: np.ndarray) -> np.ndarray:
    """A smooth path `(80, 2)` through `points`."""
    places = np.linspace(0, 1, len(points))
    return np.asarray(make_interp_spline(places, points, k=3)(np.linspace(0, 1, 80)))


def claws(sheet: Print, crest: np.ndarray, sea: np.ndarray) -> None:
    """Foam along a crest: lobes with outlines, smaller ones hanging over the edge."""
    rng = sheet.rng
    normal = np.stack([-np.gradient(crest[:, 1]), np.gradient(crest[:, 0])], -1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    for index in range(16, 80, 2):
        share = index / 80
        for depth in (0.0, 0.5, 1.0):
            radius = (0.012 + 0.022 * share**2) * rng.uniform(0.7, 1.2) * (1 - 0.25 * depth)
            spot = crest[index] + normal[index] * (depth * 0.05 * share - 0.008) + rng.normal(0, 0.005, 2)
            sheet.flat(circle(spot, radius, 24), sheet.paper if rng.random() < 0.8 else sea[3])


def pine(sheet: Print, foot: tuple[float, float], tall: float, land: np.ndarray) -> None:
    """A pine in the manner of the block cutters: a bent trunk and flat lobes."""
    rng = sheet.rng
    lean = rng.uniform(-0.3, 0.3)
    trunk = np.stack([foot[0] + tall * lean * np.linspace(0, 1, 6) ** 2, foot[1] - tall * np.linspace(0, 1, 6)], -1)
    sheet.trace(trunk, 2.2)
    for step, wide in ((0.55, 0.42), (0.75, 0.34), (0.98, 0.24)):
        spot = np.array([foot[0] + tall * lean * step**2 + rng.normal(0, 0.06) * tall, foot[1] - tall * step])
        turn = np.linspace(0, 2 * np.pi, 40)
        lobes = 1 + 0.12 * np.abs(np.sin(3.5 * turn))
        cloud = np.stack(
            [spot[0] + wide * tall * lobes * np.cos(turn), spot[1] + 0.3 * wide * tall * lobes * np.sin(turn)], -1
        )
        sheet.flat(cloud, land[0] * rng.uniform(0.8, 1.1))


def junk(sheet: Print, x: float, y: float, tall: float) -> None:
    """A boat with one square ribbed sail."""
    half = 0.3 * tall
    sail = np.array(
        [
            [x - half, y - tall],
            [x + half * 0.9, y - tall * 1.02],
            [x + half * 1.1, y - 0.16 * tall],
            [x - half * 0.9, y - 0.13 * tall],
        ]
    )
    sheet.flat(sail, colours("f2e8cf e8d2a0 e0b088")[sheet.rng.integers(3)])
    for share in (0.25, 0.5, 0.75):
        sheet.trace(np.stack([sail[0] * (1 - share) + sail[1] * share, sail[3] * (1 - share) + sail[2] * share]), 0.5)
    hull = np.array(
        [
            [x - 0.6 * tall, y - 0.13 * tall],
            [x + 0.62 * tall, y - 0.2 * tall],
            [x + 0.42 * tall, y],
            [x - 0.42 * tall, y],
        ]
    )
    sheet.flat(hull, colours("6a4030 3f3a44 8a5a3a")[sheet.rng.integers(3)])


def hut(sheet: Print, x: float, y: float, wide: float, snow: np.ndarray) -> None:
    """A steep roof with snow on it, and a window with a lamp behind."""
    sheet.flat(
        box((x, y - 0.4 * wide), (wide * 0.72, wide * 0.4)), colours("5a4638 4a4a54 6a5242")[sheet.rng.integers(3)]
    )
    sheet.flat(
        box((x + sheet.rng.uniform(-0.3, 0.3) * wide, y - 0.38 * wide), (wide * 0.16, wide * 0.2)),
        colours("f0b44a f2cf7a")[sheet.rng.integers(2)],
    )
    roof = np.array(
        [
            [x - wide * 1.05, y - 0.62 * wide],
            [x - wide * 0.45, y - 1.4 * wide],
            [x + wide * 0.45, y - 1.4 * wide],
            [x + wide * 1.05, y - 0.62 * wide],
        ]
    )
    sheet.flat(roof, snow)
