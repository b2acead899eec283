"""Ink on old paper: washes, ridges and mist, pines, boats and birds, and the seal."""

import numpy as np

from artmodels.painter.canvas import area, areas, bend, box, circle, colours, fbm, finish, grid, line, over, smoothstep

_PAPERS = colours("efe4cb e9dcc0 f1e9d6 e3d3b4 ece6d8")


_INKS = [
    colours(codes) for codes in ("1c1a1a 5c5a58", "1a1d22 56646f", "221c18 6f6252", "18211f 4f6a64", "1d2430 5d7c9a")
]


_SEAL = colours("a8201a b3271e 97221f")


class Scroll:
    """A sheet of paper, and the ink that is to be used on it."""

    def __init__(self, rng: np.random.Generator, size: int):
        self.rng, self.size = rng, size
        self.x, self.y = grid(size)
        self.paper = _PAPERS[rng.integers(len(_PAPERS))]
        self.ink, self.pale = _INKS[rng.integers(len(_INKS))]
        self.image = np.broadcast_to(self.paper, (size, size, 3)).astype(np.float32)

    def wash(self, mask: np.ndarray, colour: np.ndarray) -> None:
        """Glaze with a transparent colour: paper and earlier ink shine through."""
        self.image = self.image * (1 - mask[..., None] * (1 - colour))

    def ridge(self, outline: np.ndarray, depth: float, fade: float) -> None:
        """A range below `outline` `(size,)`: `depth` 0 is far, 1 near and black; mist takes it after `fade`."""
        rng, shape = self.rng, (self.size, self.size)
        steep = np.gradient(outline) * self.size
        below = self.y - outline[None, :]
        # Where the outline falls steeply, the way to it is shorter than the way up.
        mask = smoothstep(-0.003, 0.004, below / np.sqrt(1 + steep**2))
        rock = fbm(rng, shape, (7, 12), 6, 0.62)
        # Strokes hang from the ridge and lean with its slope, as a dragged dry brush does.
        hang = bend(
            fbm(rng, shape, (4, 42), 4, 0.6), np.broadcast_to(0.25 * steep, shape) * below, np.zeros(shape, np.float32)
        )
        texture = np.clip(1.5 * (0.5 * rock + 0.5 * hang) - 0.28, 0, 1)
        edge = 0.55 * np.exp(-np.clip(below, 0, 1) / 0.018)
        tone = (0.3 + 0.85 * depth) * (0.3 + 0.75 * texture + edge) * np.exp(-np.clip(below, 0, 1) / fade)
        cover = mask * smoothstep(2.6 * fade, 0.8 * fade, below)
        self.image = over(self.image, self.paper * 0.99, cover)
        self.wash(mask * np.clip(tone, 0, 0.96), self.ink * depth + self.pale * (1 - depth))

    def mist(self, level: float, breadth: float) -> None:
        """Leave the paper bare in a drifting band."""
        drift = 0.12 * (fbm(self.rng, (self.size, self.size), (2, 3), 4) - 0.5)
        band = np.exp(-(((self.y - level + drift) / breadth) ** 2))
        self.image = over(self.image, self.paper, 0.9 * band)

    def stroke(self, points: list[tuple[float, float]] | np.ndarray, breadth: float, dark: float = 0.9) -> None:
        """One pull of the brush, running dry."""
        dry = 0.75 + 0.5 * fbm(self.rng, (self.size, self.size), (50, 50), 2)
        self.wash(np.clip(line(points, breadth, self.size) * dry * dark, 0, 1), self.ink)

    def sealed(self, rng: np.random.Generator) -> np.ndarray:
        """Age the paper, write a column of signs and press the seal; `(size, size, 3) uint8`."""
        left = bool(rng.random() < 0.5)
        x = 0.075 if left else 0.925
        top = rng.uniform(0.06, 0.12)
        signs = int(rng.integers(0, 6))
        marks = [points for number in range(signs) for points in _sign(rng, x, top + number * 0.05)]
        if marks:
            self.wash(0.85 * areas(marks, self.size), self.ink)
        self._seal(x, top + signs * 0.05 + 0.025)
        shape = (self.size, self.size)
        fibres = fbm(rng, shape, (160, 40), 2)
        stains = fbm(rng, shape, (3, 3), 4)
        edge = np.maximum(np.abs(self.x - 0.5), np.abs(self.y - 0.5)) * 2
        aged = 1.03 - 0.06 * fibres - 0.07 * stains - 0.08 * smoothstep(0.75, 1.0, edge)
        return finish(self.image * aged[..., None])

    def _seal(self, x: float, y: float) -> None:
        """Press a square seal with signs cut out of it."""
        rng, half = self.rng, 0.026
        mask = area(box((x, y), (half, half), rng.normal(0, 0.04)), self.size)
        cuts = [
            box((x + sx * 0.5 * half + rng.normal(0, 0.002), y + sy * half * 0.28), (half * 0.36, 0.0022))
            for sx in (-1, 1)
            for sy in (-2, 0, 2)
        ]
        cuts += [box((x + sx * half * 0.5, y + rng.normal(0, 0.006)), (0.002, half * 0.6)) for sx in (-1, 1)]
        worn = 0.7 + 0.5 * fbm(rng, (self.size, self.size), (60, 60), 2)
        stamped = np.clip(mask * (1 - 0.9 * areas(cuts, self.size)) * worn, 0, 1)
        self.image = over(self.image, _SEAL[rng.integers(len(_SEAL))], stamped)


def _sign(rng: np.random.Generator, x: float, y: float) -> list[np.ndarray]:
    """A few strokes that look like writing, and mean nothing."""
    strokes = []
    for _ in range(rng.integers(4, 7)):
        level = rng.random() < 0.5
        half = (rng.uniform(0.006, 0.015), 0.0017) if level else (0.0017, rng.uniform(0.006, 0.014))
        spot = (x + rng.uniform(-0.009, 0.009), y + rng.uniform(-0.012, 0.012))
        strokes.append(box(spot, half, rng.normal(0, 0.12) + rng.choice([0, 0, 0.7])))
    return strokes


def pine(scroll: Scroll, foot: tuple[float, float], tall: float, lean: float) -> None:
    """A pine: a crooked trunk and flat pads of needles."""
    rng = scroll.rng
    way = np.linspace(0, 1, 7)
    bend_ = lean * way + 0.05 * np.cumsum(rng.normal(0, 0.6, 7)) * way
    trunk = np.stack([foot[0] + tall * bend_, foot[1] - tall * way], -1)
    for part in range(6):
        scroll.stroke(trunk[part : part + 2], 0.055 * tall * (1.1 - 0.13 * part))
    pads = []
    for index, side in ((6, 0), (5, 1), (5, -1), (4, -1), (3, 1), (3, -1)):
        reach = tall * rng.uniform(0.12, 0.26) * side
        spot = trunk[index] + (reach, -0.02 * tall)
        scroll.stroke([tuple(trunk[index]), tuple(spot)], 0.018 * tall)
        for _ in range(26):
            root = spot + rng.normal(0, 1, 2) * (0.1 * tall, 0.022 * tall)
            angle = -np.pi / 2 + rng.normal(0, 0.8)
            pads.append(dab(root, angle, 0.07 * tall, 0.007 * tall))
    scroll.wash(0.85 * areas(pads, scroll.size), scroll.ink)


def dab(root: np.ndarray, angle: float, length: float, breadth: float) -> np.ndarray:
    """A pointed touch of the brush, `(n, 2)`."""
    way = np.linspace(0, 1, 7)
    swell = breadth * np.sin(np.pi * way**0.7)
    points = np.concatenate([np.stack([way * length, swell], -1), np.stack([way * length, -swell], -1)[::-1]])
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]) + root)


def boat(scroll: Scroll, x: float, y: float, long: float) -> None:
    """A skiff with a figure that stands in it."""
    way = np.linspace(-1, 1, 9)
    scroll.stroke(np.stack([x + long * way, y - 0.28 * long * way**2 + 0.01], -1), 0.011)
    scroll.stroke([(x - 0.1 * long, y), (x - 0.1 * long, y - 0.5 * long)], 0.012)
    scroll.stroke([(x - 0.35 * long, y - 0.42 * long), (x + 0.12 * long, y - 0.5 * long)], 0.008)
    scroll.stroke([(x - 0.1 * long, y - 0.3 * long), (x + 0.9 * long, y + 0.3 * long)], 0.004)
    for _ in range(3):
        offset = scroll.rng.uniform(0.02, 0.07)
        scroll.stroke(
            [
                (x - long * scroll.rng.uniform(0.5, 1.4), y + offset),
                (x + long * scroll.rng.uniform(0.5, 1.4), y + offset),
            ],
            0.003,
            0.35,
        )


def birds(scroll: Scroll, x: float, y: float) -> None:
    """A skein of birds far off."""
    rng = scroll.rng
    for step in range(rng.integers(3, 8)):
        bx, by, wing = x + 0.032 * step + rng.normal(0, 0.006), y + rng.normal(0, 0.018), rng.uniform(0.008, 0.013)
        scroll.stroke([(bx - wing, by - 0.6 * wing), (bx, by), (bx + wing, by - 0.7 * wing)], 0.0035, 0.8)


def orb(scroll: Scroll, centre: tuple[float, float], radius: float, red: bool) -> None:
    """A pale red sun, or a moon left white in a darker sky."""
    disc = area(circle(centre, radius), scroll.size)
    if red:
        scroll.wash(0.85 * disc, colours("d9583b")[0])
        return
    away = np.hypot(scroll.x - centre[0], scroll.y - centre[1])
    dusk = (0.16 + 0.5 * np.exp(-(((away - radius) / 0.13) ** 2))) * (1 - disc) * smoothstep(0.75, 0.2, scroll.y)
    cloud = 0.6 + 0.6 * fbm(scroll.rng, (scroll.size, scroll.size), (3, 3), 5)
    scroll.wash(np.clip(dusk * cloud, 0, 0.8), scroll.pale)
