"""A drawing, and how it is taken apart into planes with a light of their own."""

import cv2
import numpy as np

from artmodels.painter.canvas import area, bend, colours, fbm, finish, grid, line, over, ramp, relief, smoothstep, weave

_PALETTES = [
    colours(codes)
    for codes in (
        "1f1c1a 4a3f33 8a7350 bfa877 e6d9b4",
        "1c2226 3f4f55 7a8a86 b8b59a e9e0c4",
        "241a14 6a4426 a8743c d0a868 efdcb0",
        "1a1f2a 3a4a63 74849a b4b6b0 e8e2d2",
        "20211c 4d5540 868a62 bdb585 e8dfbd",
        "2a1d1c 63403a 9a6a55 c9a184 ead6bd",
    )
]


_ACCENTS = colours("9a4a2c 3f6a7a 6a7a4a 7a3f3a 4a5a8a c08a3a")


class Study:
    """A plain drawing of things, in tones, before it is taken apart: `tone` 0 dark to 1 light, `tint` picks accents."""

    def __init__(self, rng: np.random.Generator, size: int):
        self.rng, self.size = rng, size
        self.x, self.y = grid(size)
        self.tone = 0.42 + 0.3 * fbm(rng, (size, size), (2, 2), 2)
        self.tint = np.zeros((size, size), np.float32)
        self.ink = np.zeros((size, size), np.float32)

    def put(self, points: np.ndarray, tone: float, tint: float = 0.0, rim: float = 0.006) -> None:
        """Draw a shape with one tone and a dark rim."""
        mask = area(points, self.size)
        self.tone = self.tone * (1 - mask) + tone * mask
        self.tint = self.tint * (1 - mask) + tint * mask
        self.ink = np.maximum(self.ink * (1 - 0.8 * mask), line(np.concatenate([points, points[:1]]), rim, self.size))

    def draw(self, points: np.ndarray, pen: float = 0.005) -> None:
        """Draw a line."""
        self.ink = np.maximum(self.ink, line(points, pen, self.size))


def apart(study: Study, dense: int) -> np.ndarray:
    """Take a study apart into planes and paint them, `(size, size, 3) uint8`."""
    rng, size = study.rng, study.size
    labels, edges, shares = _planes(rng, size, dense)
    count = int(labels.max()) + 1
    shift = rng.normal(0, 0.03, (count, 2)).astype(np.float32)
    turn, zoom = rng.normal(0, 0.14, count), rng.uniform(0.86, 1.16, count)
    x, y = study.x - 0.5, study.y - 0.5
    cos, sin = (zoom * np.cos(turn))[labels], (zoom * np.sin(turn))[labels]
    right, down = (cos - 1) * x - sin * y + shift[labels, 0], sin * x + (cos - 1) * y + shift[labels, 1]
    tone, tint, ink = (bend(layer, right, down) for layer in (study.tone, study.tint, study.ink))
    # Every plane runs from light to dark on its own, as if lit from its own side; many melt into a neighbour.
    slope = rng.uniform(0.15, 0.5, count) * rng.choice([-1, 1], count)
    lit = tone + slope[labels] * (shares - 0.5) + rng.normal(0, 0.07, count)[labels]
    dabs = fbm(rng, (size, size), (56, 56), 3)
    hatch = bend(dabs, 0.02 * np.cos(turn * 9)[labels] * (dabs - 0.5), 0.02 * np.sin(turn * 9)[labels] * (dabs - 0.5))
    lit = np.clip(lit + 0.2 * (hatch - 0.5), 0, 1)
    palette = _PALETTES[rng.integers(len(_PALETTES))]
    accents = _ACCENTS[rng.permutation(len(_ACCENTS))[:2]]
    image = ramp(palette, lit)
    coloured = ramp(np.stack([accents[0] * 0.4, accents[0], 0.5 * accents[0] + 0.5]), lit)
    image = over(image, coloured, 0.75 * np.clip(tint, 0, 1))
    stray = (rng.random(count) < 0.1)[labels] * 0.45
    image = over(
        image, ramp(np.stack([accents[1] * 0.4, accents[1], 0.5 * accents[1] + 0.5]), lit), stray.astype(np.float32)
    )
    image = over(image, palette[0] * 0.7, np.clip(0.8 * ink + 0.62 * edges, 0, 0.9))
    vignette = smoothstep(0.8, 0.42, np.hypot(x, y))
    image = over(image, ramp(palette, 0.45 + 0.35 * dabs), 0.7 * (1 - vignette))
    return finish(
        image * relief(cv2.GaussianBlur(hatch, (0, 0), size / 300), 0.9 * size / 256) * weave(rng, size, 0.04)
    )


def _planes(rng: np.random.Generator, size: int, dense: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut the picture by straight and bowed lines: labels, what is drawn of the edges, and the way across."""
    x, y = grid(size)
    code = np.zeros((size, size), np.int64)
    edges, shares = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)
    lean = rng.uniform(-0.3, 0.3)
    for index in range(dense):
        angle = lean + rng.choice([0.0, np.pi / 2, np.pi / 4, -np.pi / 4, 1.05, -1.05]) + rng.normal(0, 0.12)
        through = 0.5 + rng.normal(0, 0.22, 2)
        across = (x - through[0]) * np.cos(angle) + (y - through[1]) * np.sin(angle)
        along = (y - through[1]) * np.cos(angle) - (x - through[0]) * np.sin(angle)
        across = across + rng.choice([0, 0, 0.9]) * along**2
        # A line cuts only part of the way: planes stay large at the rim and small in the middle.
        first, second = rng.normal(0, 0.3, 2)
        begin, end = min(first, second) - 0.12, max(first, second) + 0.12
        reach = (along > begin) & (along < end)
        code += np.where(reach & (across > 0), 1 << (index % 60), 0)
        edges = np.maximum(
            edges,
            smoothstep(0.0045, 0.0015, np.abs(across))
            * reach
            * smoothstep(0.25, 0.5, fbm(rng, (size, size), (3, 3), 2)),
        )
        near = smoothstep(0.22, 0.0, np.abs(across)) * reach
        shares = np.maximum(shares, np.where(across > 0, near, 0))
    _, labels = np.unique(code, return_inverse=True)
    return labels.reshape(size, size), edges, shares
