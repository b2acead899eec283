"""Ink mountains: ridges that rise from mist, in ink on old paper, signed with a red seal."""

import itertools
from collections.abc import Callable

import numpy as np

from artmodels.painter.canvas import areas, colours, fbm, over, smoothstep
from artmodels.painter.ink import Scroll, birds, boat, dab, orb, pine


def _range(rng: np.random.Generator, size: int, level: float, tall: float, peaks: int, sharp: float) -> np.ndarray:
    """The outline of a range, y for every column: `peaks` summits up to `tall` above `level`, and broken rock."""
    x = (np.arange(size, dtype=np.float32) + 0.5) / size
    height = np.zeros(size, np.float32)
    broad = 0.95 if sharp < 1.7 else rng.uniform(0.5, 0.85)
    for place, part in zip(rng.uniform(-0.05, 1.05, peaks), rng.uniform(0.4, 1.0, peaks), strict=True):
        flanks = np.where(x < place, rng.uniform(0.06, 0.16), rng.uniform(0.06, 0.16)) * broad
        height = np.maximum(height, part * np.exp(-(np.abs((x - place) / flanks) ** sharp)))
    broken = fbm(rng, (1, size), (1, 6), 7, 0.55)[0] - 0.5
    return np.asarray(level - tall * (height + 0.22 * broken * (0.4 + height)), np.float32)


def _peaks(rng: np.random.Generator, size: int) -> np.ndarray:
    """Range behind range, each paler."""
    scroll = Scroll(rng, size)
    if rng.random() < 0.6:
        orb(
            scroll, (rng.uniform(0.2, 0.8), rng.uniform(0.12, 0.22)), rng.uniform(0.045, 0.08), bool(rng.random() < 0.5)
        )
    count = int(rng.integers(4, 6))
    for index, depth in enumerate(np.linspace(0.08, 0.95, count)):
        level = 0.42 + 0.58 * index / (count - 1)
        scroll.ridge(
            _range(rng, size, level, rng.uniform(0.2, 0.42) * (1.15 - 0.3 * depth), int(rng.integers(2, 6)), 1.25),
            depth,
            rng.uniform(0.1, 0.2),
        )
        if rng.random() < 0.6:
            scroll.mist(level + 0.06, 0.05)
    birds(scroll, rng.uniform(0.2, 0.6), rng.uniform(0.15, 0.3))
    return scroll.sealed(rng)


def _river(rng: np.random.Generator, size: int) -> np.ndarray:
    """Much empty water, a skiff, and hills along the far shore."""
    scroll = Scroll(rng, size)
    orb(scroll, (rng.uniform(0.25, 0.75), rng.uniform(0.12, 0.2)), 0.05, bool(rng.random() < 0.6))
    shore = rng.uniform(0.42, 0.52)
    for depth, tall in ((0.1, 0.28), (0.3, 0.2), (0.55, 0.1)):
        scroll.ridge(
            _range(rng, size, shore + 0.05 * depth, tall * rng.uniform(0.7, 1.2), int(rng.integers(2, 5)), 1.4),
            depth,
            0.09,
        )
    scroll.mist(shore + 0.1, 0.05)
    boat(scroll, rng.uniform(0.3, 0.7), rng.uniform(0.62, 0.74), rng.uniform(0.05, 0.085))
    side = rng.choice([-1, 1])
    bank = np.linspace(0, 1, size) if side > 0 else np.linspace(1, 0, size)
    scroll.ridge(np.asarray(1.12 - 0.3 * bank**2 + 0.03 * fbm(rng, (1, size), (1, 8), 5)[0], np.float32), 0.9, 0.12)
    for _ in range(rng.integers(1, 4)):
        x = 0.5 + side * rng.uniform(0.22, 0.42)
        pine(
            scroll,
            (x, 1.12 - 0.3 * (0.5 + side * (x - 0.5)) ** 2 + 0.02),
            rng.uniform(0.22, 0.38),
            -side * rng.uniform(0.05, 0.3),
        )
    return scroll.sealed(rng)


def _karst(rng: np.random.Generator, size: int) -> np.ndarray:
    """Steep towers of stone that stand in water and fog."""
    scroll = Scroll(rng, size)
    for index, depth in enumerate((0.12, 0.35, 0.6, 0.9)):
        level = 0.55 + 0.13 * index
        scroll.ridge(
            _range(
                rng, size, level, rng.uniform(0.35, 0.5) * (1 - 0.12 * index), int(rng.integers(3, 6) - index // 2), 2.0
            ),
            depth,
            0.16,
        )
        scroll.mist(level + 0.03, 0.045)
    boat(scroll, rng.uniform(0.25, 0.75), rng.uniform(0.88, 0.93), 0.05)
    return scroll.sealed(rng)


def _cliff(rng: np.random.Generator, size: int) -> np.ndarray:
    """Pines that cling to a cliff over an abyss of cloud."""
    scroll = Scroll(rng, size)
    if rng.random() < 0.5:
        orb(scroll, (rng.uniform(0.35, 0.65), 0.17), 0.07, bool(rng.random() < 0.5))
    scroll.ridge(_range(rng, size, 0.72, 0.4, 3, 1.5), 0.14, 0.14)
    scroll.mist(0.7, 0.08)
    side = rng.choice([-1, 1])
    way = np.linspace(0, 1, size)[:: int(side)]
    brink = rng.uniform(0.35, 0.6)
    steps = 0.07 * fbm(rng, (1, size), (1, 6), 6, 0.6)[0]
    outline = rng.uniform(0.42, 0.55) + 0.1 * way + 0.9 * smoothstep(brink - 0.08, brink + 0.08, way) - steps
    scroll.ridge(np.asarray(outline, np.float32), 0.95, 0.3)
    for share in rng.uniform(0.12, 0.95, rng.integers(2, 5)):
        column = int(np.clip(share * brink, 0, 0.99) * size)
        column = column if side > 0 else size - 1 - column
        pine(
            scroll,
            ((column + 0.5) / size, float(outline[column]) + 0.01),
            rng.uniform(0.2, 0.42),
            side * rng.uniform(-0.05, 0.4),
        )
    birds(scroll, 0.5 + side * 0.1, rng.uniform(0.25, 0.4))
    return scroll.sealed(rng)


def _bamboo(rng: np.random.Generator, size: int) -> np.ndarray:
    """Bamboo close to the eye, hills a breath behind it."""
    scroll = Scroll(rng, size)
    scroll.ridge(_range(rng, size, 0.8, 0.35, 3, 1.3), 0.1, 0.16)
    if rng.random() < 0.6:
        orb(scroll, (rng.uniform(0.3, 0.7), rng.uniform(0.2, 0.35)), 0.11, bool(rng.random() < 0.4))
    leaves: dict[bool, list[np.ndarray]] = {True: [], False: []}
    for number in range(int(rng.integers(3, 6))):
        near, x, lean = number % 2 == 0, rng.uniform(0.15, 0.85), rng.uniform(-0.12, 0.12)
        knots = np.linspace(1.05, rng.uniform(-0.1, 0.2), int(rng.integers(6, 9)))
        for low, high in itertools.pairwise(knots):
            cane = [(x + lean * (1 - low), low - 0.006), (x + lean * (1 - high), high + 0.006)]
            scroll.stroke(cane, 0.024 if near else 0.015, 0.8 if near else 0.35)
            if rng.random() < 0.75:
                root = np.array(cane[1])
                heading = rng.choice([-1, 1])
                for _ in range(rng.integers(3, 7)):
                    angle = np.pi / 2 - heading * rng.uniform(0.1, 1.2)
                    leaves[near].append(
                        dab(
                            rng.normal(0, 0.02, 2) + root + (heading * 0.04, 0),
                            angle,
                            rng.uniform(0.08, 0.17),
                            rng.uniform(0.008, 0.013),
                        )
                    )
    for near, dabs in leaves.items():
        if dabs:
            scroll.wash((0.92 if near else 0.4) * areas(dabs, size), scroll.ink)
    return scroll.sealed(rng)


def _fan(rng: np.random.Generator, size: int) -> np.ndarray:
    """A round fan mounted on silk: a small world of hills and one tree."""
    scroll = Scroll(rng, size)
    orb(scroll, (rng.uniform(0.35, 0.65), rng.uniform(0.2, 0.28)), 0.05, bool(rng.random() < 0.7))
    for index, depth in enumerate((0.12, 0.4, 0.8)):
        scroll.ridge(
            _range(rng, size, 0.6 + 0.13 * index, rng.uniform(0.2, 0.34), 3, rng.uniform(1.2, 1.9)), depth, 0.12
        )
        scroll.mist(0.66 + 0.12 * index, 0.035)
    x = rng.uniform(0.25, 0.75)
    pine(scroll, (x, 0.93), rng.uniform(0.35, 0.5), (0.5 - x) * 0.8)
    silk = colours("8a7a55 5f6f66 7a5a4a 4f5a6f")[rng.integers(4)]
    weave = 0.9 + 0.2 * fbm(rng, (size, size), (120, 120), 2)[..., None]
    away = np.hypot(scroll.x - 0.5, scroll.y - 0.5)
    rim = over(silk * weave, silk * 0.55, smoothstep(0.455, 0.448, away).astype(np.float32))
    scroll.image = over(np.asarray(rim, np.float32), scroll.image, smoothstep(0.443, 0.437, away))
    return scroll.sealed(rng)


MOTIFS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "Peaks above the Mist": _peaks,
    "Skiff on the Wide River": _river,
    "Stone Towers": _karst,
    "Pines at the Brink": _cliff,
    "Bamboo": _bamboo,
    "Round Fan": _fan,
}
