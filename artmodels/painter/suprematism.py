"""Suprematism: plain shapes adrift on white, held together by one diagonal pull."""

from collections.abc import Callable

import numpy as np

from artmodels.painter.canvas import area, box, brushed, circle, colours, fbm, finish, over, pick, weave

_GROUNDS = colours("efe9db e9e4d6 f2eee3 e4dcc8 e8e6df")
_PALETTES = [
    colours(codes)
    for codes in (
        "151515 c8201f 1f3c88 e9b824 2f6b4f",
        "1a1a1a d33a26 e8a71c 6d7f8c 8c5a3c",
        "101418 b7202a f0c02e 2b59a8 c96f9b",
        "1c1c1c e2522b 26547c ffd166 7a8b69",
        "181212 a31621 d9902f 355070 b8b8aa",
        "141414 d62828 f77f00 003049 a7c4bc",
    )
]


class _Sheet:
    """A ground on which shapes are laid one after the other."""

    def __init__(self, rng: np.random.Generator, size: int):
        self.rng, self.size = rng, size
        ground = _GROUNDS[rng.integers(len(_GROUNDS))]
        self.image = np.asarray(ground * brushed(rng, size, False, 0.05) * np.ones((size, size, 1)), np.float32)
        self.inks = pick(rng, _PALETTES)
        self.rough = fbm(rng, (size, size), (40, 40), 3)[..., None] - 0.5
        self.angle = float(rng.choice([-1, 1]) * rng.uniform(0.25, 1.1))

    def lay(self, points: np.ndarray, ink: int) -> None:
        """Paint a polygon by hand: corners slightly off, the tone slightly uneven."""
        wobble = self.rng.normal(0, 0.0025, points.shape) if len(points) < 9 else 0
        colour = self.inks[ink] * (1 + 0.12 * self.rough) + 0.015
        self.image = over(self.image, colour, area(points + wobble, self.size))

    def bar(self, centre: tuple[float, float], length: float, breadth: float, ink: int, turn: float = 0.0) -> None:
        """Lay a bar along the diagonal, or `turn` radians off it; one end may be wider."""
        points = box((0, 0), (length / 2, breadth / 2))
        points[:, 1] *= 1 + self.rng.choice([0, 0, 0.35]) * np.sign(points[:, 0])
        cos, sin = np.cos(self.angle + turn), np.sin(self.angle + turn)
        self.lay(points @ np.array([[cos, sin], [-sin, cos]]) + centre, ink)

    def along(self, start: tuple[float, float], way: float, aside: float) -> tuple[float, float]:
        """The place `way` along the diagonal from `start` and `aside` across it."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return start[0] + way * cos - aside * sin, start[1] + way * sin + aside * cos

    def done(self) -> np.ndarray:
        """Old oil on canvas, `(size, size, 3) uint8`."""
        rng, size = self.rng, self.size
        cracks = (np.abs(fbm(rng, (size, size), (11, 11), 4) - 0.5) < 0.0035).astype(np.float32)
        image = over(self.image, self.image * 0.85, cracks)
        return finish(image * weave(rng, size, 0.04) * (0.97 + 0.05 * fbm(rng, (size, size), (2, 2), 4)[..., None]))


def _satellites(sheet: _Sheet, start: tuple[float, float], count: int) -> None:
    """Strew small bars, discs and squares along the diagonal around `start`."""
    rng = sheet.rng
    for place in np.linspace(-0.46, 0.46, count) + rng.normal(0, 0.03, count):
        aside = rng.choice([-1, 1]) * rng.uniform(0.06, 0.3)
        centre = sheet.along(start, place, aside)
        kind, ink = rng.random(), int(rng.integers(0, 5))
        if kind < 0.62:
            turn = rng.choice([0, 0, 0, np.pi / 2, rng.uniform(-0.3, 0.3)])
            sheet.bar(centre, rng.uniform(0.06, 0.24), rng.uniform(0.008, 0.04), ink, turn)
        elif kind < 0.8:
            sheet.lay(circle(centre, rng.uniform(0.012, 0.04)), ink)
        else:
            half = rng.uniform(0.02, 0.045)
            sheet.lay(box(centre, (half, half * rng.uniform(0.7, 1)), sheet.angle + rng.uniform(-0.2, 0.2)), ink)


def _dynamic(rng: np.random.Generator, size: int) -> np.ndarray:
    """A great slanted plane, crossed and followed by bars."""
    sheet = _Sheet(rng, size)
    start = (rng.uniform(0.4, 0.6), rng.uniform(0.4, 0.6))
    main, second = rng.permutation(5)[:2]
    sheet.bar(start, rng.uniform(0.45, 0.7), rng.uniform(0.14, 0.26), int(main))
    sheet.bar(
        sheet.along(start, rng.uniform(-0.2, 0.2), rng.choice([-0.2, 0.2])), 0.5, rng.uniform(0.04, 0.1), int(second)
    )
    sheet.bar(
        sheet.along(start, rng.uniform(-0.15, 0.15), 0), rng.uniform(0.4, 0.75), 0.035, int(rng.integers(5)), np.pi / 2
    )
    _satellites(sheet, start, int(rng.integers(7, 12)))
    return sheet.done()


def _quadrilateral(rng: np.random.Generator, size: int) -> np.ndarray:
    """One big square that barely tilts, and a small answer to it."""
    sheet = _Sheet(rng, size)
    half, tilt = rng.uniform(0.17, 0.27), rng.uniform(-0.35, 0.35)
    centre = np.array([rng.uniform(0.36, 0.62), rng.uniform(0.34, 0.52)])
    sheet.lay(box(centre, (half, half * rng.uniform(0.85, 1.05)), tilt), int(rng.choice([0, 0, 1, 2])))
    if rng.random() < 0.35:
        sheet.bar((centre[0], centre[1]), rng.uniform(0.5, 0.9), rng.uniform(0.02, 0.09), int(rng.choice([1, 2, 3, 4])))
    answer = centre + np.array([rng.choice([-1, 1]) * rng.uniform(0.12, 0.2), half + rng.uniform(0.1, 0.2)])
    small = rng.uniform(0.05, 0.09)
    echo = box(answer, (small, small), tilt + rng.uniform(0.3, 0.7))
    sheet.lay(echo if rng.random() < 0.6 else circle(answer, small), int(rng.choice([1, 2, 3])))
    for _ in range(rng.integers(0, 4)):
        sheet.bar(
            (rng.uniform(0.15, 0.85), rng.uniform(0.75, 0.93)), rng.uniform(0.1, 0.3), 0.012, int(rng.integers(5))
        )
    return sheet.done()


def _circle(rng: np.random.Generator, size: int) -> np.ndarray:
    """A heavy disc, and beams that lean on it."""
    sheet = _Sheet(rng, size)
    centre = (rng.uniform(0.3, 0.7), rng.uniform(0.28, 0.6))
    radius = rng.uniform(0.13, 0.24)
    order = rng.permutation(5)
    if rng.random() < 0.4:
        sheet.lay(circle(centre, radius * 1.35), int(order[3]))
    sheet.lay(circle(centre, radius), int(order[0]))
    for index in range(rng.integers(2, 5)):
        aside = radius * rng.uniform(-0.9, 1.4)
        place = sheet.along(centre, rng.uniform(-0.1, 0.2), aside)
        sheet.bar(place, rng.uniform(0.5, 0.95), rng.uniform(0.012, 0.07), int(order[1 + index % 4]))
    _satellites(sheet, centre, int(rng.integers(3, 7)))
    return sheet.done()


def _cross(rng: np.random.Generator, size: int) -> np.ndarray:
    """Two bars that cross, not quite square to each other."""
    sheet = _Sheet(rng, size)
    sheet.angle *= rng.choice([0.15, 0.6, 1.0])
    start = (rng.uniform(0.42, 0.58), rng.uniform(0.42, 0.58))
    breadth = rng.uniform(0.1, 0.2)
    order = rng.permutation(5)
    sheet.bar(start, rng.uniform(0.65, 0.85), breadth, int(order[0]))
    sheet.bar(
        sheet.along(start, rng.uniform(-0.15, 0.15), 0),
        rng.uniform(0.55, 0.8),
        breadth,
        int(order[1]),
        np.pi / 2 + rng.uniform(-0.1, 0.1),
    )
    for _ in range(rng.integers(2, 6)):
        corner = sheet.along(start, rng.choice([-0.28, 0.28]), rng.choice([-0.28, 0.28]))
        sheet.bar(corner, rng.uniform(0.06, 0.2), rng.uniform(0.015, 0.05), int(rng.choice(order[1:])))
    return sheet.done()


def _flight(rng: np.random.Generator, size: int) -> np.ndarray:
    """A flock of parallel bars that shrink into the distance."""
    sheet = _Sheet(rng, size)
    start = (rng.uniform(0.2, 0.4), rng.uniform(0.6, 0.8))
    across = np.array([rng.uniform(0.35, 0.5), -rng.uniform(0.35, 0.5)])
    sheet.angle = float(np.arctan2(-across[1], across[0]) * rng.uniform(0.6, 1.2))
    count = int(rng.integers(7, 12))
    for index, share in enumerate(np.linspace(0, 1, count)):
        centre = np.asarray(start) + across * share + rng.normal(0, 0.02, 2)
        scale = 1.15 - share
        sheet.bar(
            (centre[0], centre[1]),
            rng.uniform(0.22, 0.45) * scale,
            rng.uniform(0.05, 0.13) * scale,
            (0, 3, 1, 0, 2)[index % 5],
        )
    for _ in range(rng.integers(2, 5)):
        centre = np.asarray(start) + across * rng.uniform(0, 1) + rng.choice([-1, 1]) * np.array([0.2, 0.2])
        sheet.bar(
            (centre[0], centre[1]), rng.uniform(0.05, 0.4), rng.uniform(0.006, 0.02), int(rng.integers(5)), np.pi / 2
        )
    return sheet.done()


def _wedge(rng: np.random.Generator, size: int) -> np.ndarray:
    """A sharp triangle that drives into the rest."""
    sheet = _Sheet(rng, size)
    tip = np.array([rng.uniform(0.5, 0.7), rng.uniform(0.4, 0.6)])
    disc = circle(tip + rng.uniform((-0.02, -0.12), (0.14, 0.12)), rng.uniform(0.13, 0.28))
    order = rng.permutation([1, 2, 3, 4])
    sheet.lay(disc, int(rng.choice([0, 0, order[1]])))
    heading, spread = rng.uniform(1.6, 4.7), rng.uniform(0.1, 0.34)
    base = [
        tip + rng.uniform(0.5, 0.75) * np.array([np.cos(heading + turn), np.sin(heading + turn)])
        for turn in (-spread, spread)
    ]
    sheet.lay(np.array([tip, *base]), int(order[0]))
    sheet.angle = float(heading)
    for index in range(rng.integers(5, 9)):
        centre = sheet.along((tip[0], tip[1]), rng.uniform(-0.4, 0.5), rng.choice([-1, 1]) * rng.uniform(0.2, 0.36))
        sheet.bar(
            centre,
            rng.uniform(0.08, 0.32),
            rng.uniform(0.008, 0.05),
            int(order[index % 4]),
            rng.choice([0, 0, spread, -spread]),
        )
    return sheet.done()


MOTIFS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "Dynamic Planes": _dynamic,
    "Quadrilateral and Echo": _quadrilateral,
    "Disc and Beams": _circle,
    "Crossing": _cross,
    "Flight": _flight,
    "Wedge": _wedge,
}
