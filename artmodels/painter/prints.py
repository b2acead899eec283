"""A sheet under the blocks: wiped skies, outlined colours, waves, and the grain of the plank."""

import numpy as np

from artmodels.painter.canvas import area, areas, box, circle, colours, fbm, finish, grid, line, over, ramp, smoothstep

_PAPER = colours("efe3c6 f0e6cf e9dcbd")


_INDIGO = colours("1d2b45 14233a 22304a")


SKIES = [
    colours(codes)
    for codes in (
        "2f5b84 9fb9bf efe0bd f2c48c",
        "8c3b3a d98a5f f0cf98 efe3c6",
        "1c2d4f 41618a a9b9b8 e9dcbd",
        "d9a441 ecc982 f0e0b4 e8b98a",
        "3a6e70 8fb3a3 e4dcb6 efd0a0",
        "54506f a08a98 e0b8a0 f0dcb0",
    )
]


SEAS = [
    colours(codes)
    for codes in ("163a5f 2f6690 7ba6b5 dfe6d8", "1b3f4f 3a7c86 8fbcae e6e6cc", "222f5b 4a5f95 98a8c0 e9e2d4")
]


class Print:
    """A sheet under the blocks: colour blocks first, the outlines with them, the grain last."""

    def __init__(self, rng: np.random.Generator, size: int):
        self.rng, self.size = rng, size
        self.x, self.y = grid(size)
        self.key = _INDIGO[rng.integers(len(_INDIGO))]
        self.paper = _PAPER[rng.integers(len(_PAPER))]
        self.pen = rng.uniform(0.0045, 0.0065)
        self.image = np.broadcast_to(self.paper, (size, size, 3)).astype(np.float32)

    def sky(self, palette: np.ndarray, level: float) -> None:
        """Wipe the block: dark at the top, paper in the middle, a glow over the horizon."""
        self.image = ramp(
            np.stack([palette[0], palette[1], palette[2], palette[2], palette[3]]), np.clip(self.y / level, 0, 1)
        )

    def flat(self, points: np.ndarray, colour: np.ndarray, outline: bool = True) -> None:
        """Print a polygon, with its outline."""
        self.image = over(self.image, colour, area(points, self.size))
        if outline:
            self.trace(np.concatenate([points, points[:1]]))

    def trace(self, points: np.ndarray, weight: float = 1.0) -> None:
        """Print a line of the key block."""
        self.image = over(self.image, self.key, 0.92 * line(points, self.pen * weight, self.size))

    def under(self, outline: np.ndarray, palette: np.ndarray, depth: float) -> None:
        """Print everything below `outline` `(size,)`, wiped lighter over `depth`, with a contour."""
        below = self.y - outline[None, :]
        tone = ramp(palette, np.clip(below / depth, 0, 1))
        self.image = over(self.image, tone, smoothstep(-0.002, 0.002, below))
        x = (np.arange(self.size) + 0.5) / self.size
        self.trace(np.stack([x, outline], -1))

    def disc(self, centre: tuple[float, float], radius: float, colour: np.ndarray) -> None:
        """Print a sun or a moon."""
        self.flat(circle(centre, radius, 90), colour, outline=False)

    def bands(self, level: float) -> None:
        """Lay long flat clouds across the sky."""
        rng = self.rng
        for _ in range(rng.integers(2, 5)):
            y, left, right = rng.uniform(0.1, level - 0.1), rng.uniform(-0.3, 0.4), rng.uniform(0.5, 1.3)
            for step in range(int(rng.integers(2, 4))):
                half = rng.uniform(0.011, 0.02)
                points = _pill(
                    left + rng.uniform(-0.1, 0.1), right + rng.uniform(-0.15, 0.1), y + 1.7 * step * half, half
                )
                self.image = over(self.image, 0.5 * self.paper + 0.5 * self.image, 0.9 * area(points, self.size))

    def pulled(self) -> np.ndarray:
        """Pull the print: grain of the plank, fibres, a little missing ink, a pale margin; `(size, size, 3) uint8`."""
        rng, shape = self.rng, (self.size, self.size)
        warp = fbm(rng, shape, (2, 5), 3)
        plank = 0.5 + 0.5 * np.sin(2 * np.pi * (34 * self.y + 5 * warp))
        worn = fbm(rng, shape, (90, 90), 3)
        image = self.image * (1 - 0.022 * plank - 0.09 * (worn - 0.5))[..., None]
        image = over(np.asarray(image, np.float32), self.paper, 0.35 * smoothstep(0.7, 0.85, worn))
        inner = np.minimum(np.minimum(self.x, 1 - self.x), np.minimum(self.y, 1 - self.y))
        framed = over(image, self.paper * (1.02 - 0.07 * worn[..., None]), smoothstep(0.026, 0.023, inner))
        border = smoothstep(0.004, 0.002, np.abs(inner - 0.026))
        return finish(over(framed, self.key, 0.85 * border))

    def sign(self) -> None:
        """Set a cartouche with a few marks, and a red stamp."""
        rng = self.rng
        x, y = rng.choice([0.085, 0.915]), rng.uniform(0.09, 0.13)
        self.flat(box((x, y + 0.04), (0.024, 0.062)), colours("f0d9a0 d9694a e8e0c8")[rng.integers(3)])
        marks = [
            box((x + rng.normal(0, 0.003), y + step * 0.014), (rng.uniform(0.006, 0.014), 0.0024), rng.normal(0, 0.3))
            for step in range(7)
        ]
        self.image = over(self.image, self.key, areas(marks, self.size))
        self.flat(box((x, y + 0.135), (0.014, 0.014)), colours("b8352a")[0], outline=False)


def _pill(left: float, right: float, y: float, half: float) -> np.ndarray:
    """A bar with round ends."""
    turn = np.linspace(-np.pi / 2, np.pi / 2, 12)
    ends = [
        np.stack([right + half * np.cos(turn), y + half * np.sin(turn)], -1),
        np.stack([left - half * np.cos(turn), y - half * np.sin(turn)], -1),
    ]
    return np.concatenate(ends)


def mirrored(rng: np.random.Generator, sheet: Print) -> np.ndarray:
    """Pull the print; half of the blocks were cut the other way round."""
    image = sheet.pulled()
    return np.ascontiguousarray(image[:, ::-1]) if rng.random() < 0.5 else image
