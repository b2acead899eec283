"""A landscape, and the dots of pure colour that give it."""

import cv2
import numpy as np

from artmodels.painter.canvas import (
    colours,
    fbm,
    finish,
    fixed,
    grid,
    line,
    over,
    pick,
    ramp,
    smoothstep,
    to_linear,
    to_srgb,
)

_SKIES = [
    colours(codes)
    for codes in (
        "6fa3d8 9cc4e4 cfe0e6 f6ead0 fbdcae",
        "8fb8d9 b9d3dc e8e4cf fbe3b0 f9c98a",
        "6d7fc0 a590c4 e0a9b5 f7c79a fbe6a8",
        "7cb3c0 a9d0c8 d8e6cc f4efc6 f8e0a0",
        "4f6fae 8a8fc4 c9a3b8 f0b58f f8d489",
    )
]


class View:
    """The landscape that the dots are to give, `(size, size, 3) float`; late light from one side."""

    def __init__(self, rng: np.random.Generator, size: int):
        self.rng, self.size = rng, size
        self.x, self.y = grid(size)
        self.sky = pick(rng, _SKIES)
        self.side = float(rng.choice([-1, 1]))
        cloud = fbm(rng, (size, size), (7, 3), 4)
        self.image = ramp(self.sky, np.clip(self.y * 1.5 + 0.35 * (cloud - 0.5), 0, 1))
        self.image = over(
            self.image, colours("fff6e6")[0], 0.6 * smoothstep(0.62, 0.8, cloud) * smoothstep(0.6, 0.2, self.y)
        )

    def put(self, mask: np.ndarray, colour: np.ndarray) -> None:
        """Lay a colour where the mask says."""
        self.image = over(self.image, colour, mask)

    def sun(self, x: float, y: float, radius: float) -> None:
        """A sun and its glow."""
        away = np.hypot(self.x - x, self.y - y)
        self.put(0.75 * np.exp(-((away / 0.28) ** 2)), self.sky[4])
        self.put(smoothstep(radius, radius * 0.8, away), colours("fff4c4")[0])

    def water(self, level: float, palette: np.ndarray) -> None:
        """A sheet of water below `level`, which gives back the sky."""
        ripple = fbm(self.rng, (self.size, self.size), (48, 6), 3)
        below = np.clip((self.y - level) / (1 - level), 0, 1)
        shown = ramp(palette[::-1], np.clip(0.1 + 0.75 * below + 0.6 * (ripple - 0.5), 0, 1))
        self.put(smoothstep(-0.002, 0.002, self.y - level), 0.75 * shown + 0.25 * self.image[::-1])

    def ground(self, outline: np.ndarray, palette: np.ndarray) -> None:
        """Land below `outline`, y for every x, in sun and passing shade."""
        patches = fbm(self.rng, (self.size, self.size), (12, 4), 4)
        below = self.y - outline
        tone = np.clip(0.9 - 0.7 * below + 0.9 * (patches - 0.5), 0, 1)
        self.put(smoothstep(-0.004, 0.004, below), ramp(palette, tone))

    def tree(self, foot: tuple[float, float], tall: float, palette: np.ndarray, slim: bool = False) -> None:
        """A trunk, a crown of many puffs lit from one side, and a violet shadow on the ground."""
        rng = self.rng
        wide = tall * (0.12 if slim else 0.34)
        reach = [(foot[0], foot[1]), (foot[0] - self.side * tall * 0.7, foot[1] + tall * 0.14)]
        self.put(
            0.6 * cv2.GaussianBlur(line(reach, wide * 0.9, self.size), (0, 0), self.size / 90), colours("4a4a8a")[0]
        )
        self.put(line([foot, (foot[0], foot[1] - tall * 0.6)], tall * 0.055, self.size), colours("5a3f5f")[0])
        for up in np.sort(rng.uniform(0.2, 1.0, 34)):
            arch = 1 - 0.55 * abs(2 * up - 1.15) if slim else np.sqrt(max(0.05, 1 - (1.7 * up - 1.05) ** 2))
            x = foot[0] + rng.uniform(-0.85, 0.85) * wide * arch
            y = foot[1] - tall * (up if slim else 0.3 + 0.65 * up)
            self._puff(x, y, wide * (0.5 if slim else rng.uniform(0.22, 0.36)), palette)

    def _puff(self, x: float, y: float, radius: float, palette: np.ndarray) -> None:
        """One clump of leaves, lit from the side of the sun."""
        left, right, top, bottom = (
            int(np.clip(edge * self.size, 0, self.size))
            for edge in (x - 1.1 * radius, x + 1.1 * radius + 0.01, y - 1.1 * radius, y + 1.1 * radius + 0.01)
        )
        near = slice(top, bottom), slice(left, right)
        across, down = (self.x[near] - x) / radius, (self.y[near] - y) / radius
        lit = np.clip(0.45 + 0.3 * self.side * across - 0.4 * down, 0, 1)
        self.image[near] = over(self.image[near], ramp(palette, lit), smoothstep(1.05, 0.8, np.hypot(across, down)))

    def dotted(self) -> np.ndarray:
        """The view in dots, three coats from coarse to fine, `(size, size, 3) uint8`."""
        fine = 3 * self.size
        canvas = np.full((fine, fine, 3), np.uint8(255) * np.array([0.86, 0.79, 0.68]), np.uint8)
        for radius, share in ((0.0105, 1.0), (0.0082, 0.9), (0.0068, 0.6)):
            _coat(self.rng, self.image, canvas, radius, share)
        return finish(cv2.resize(canvas, (self.size, self.size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255)


def _coat(rng: np.random.Generator, image: np.ndarray, canvas: np.ndarray, radius: float, share: float) -> None:
    """Set one coat of dots on `canvas` `(S, S, 3) uint8`; their colours average to those of `image`."""
    step = radius * 1.55
    places = np.stack(np.meshgrid(np.arange(0, 1 + step, step), np.arange(0, 1 + step, step)), -1).reshape(-1, 2)
    places = rng.permutation(places + rng.uniform(-0.5, 0.5, places.shape) * step)
    places = places[: int(share * len(places))]
    column, row = np.clip(places * image.shape[0], 0, image.shape[0] - 1).astype(int).T
    tones = np.asarray(_divided(rng, image[row, column]) * 255)
    sizes = radius * rng.uniform(0.75, 1.1, len(places)) * canvas.shape[0] * 16
    for (x, y), tone, size in zip(
        fixed(places, canvas.shape[0]).tolist(), tones.tolist(), sizes.astype(int).tolist(), strict=True
    ):
        cv2.circle(canvas, (x, y), size, tone, -1, cv2.LINE_AA, 4)


def _divided(rng: np.random.Generator, target: np.ndarray) -> np.ndarray:
    """Part every colour `(n, 3)` into purer ones: some dots go one way round the wheel, some the other."""
    light = to_linear(np.clip(0.97 * target, 0, 1))
    grey = light.mean(1, keepdims=True)
    vivid = grey + (light - grey) * rng.uniform(1.05, 1.5, (len(light), 1))
    turn = rng.choice([-0.5, -0.22, 0, 0.22, 0.5], (len(light), 1)) * rng.uniform(0.5, 1, (len(light), 1))
    # A rotation about the grey axis; its first order is enough for small turns.
    rotated = vivid + turn * (np.roll(vivid, 1, 1) - np.roll(vivid, -1, 1)) / np.sqrt(3)
    contrary = rng.random((len(light), 1)) < 0.07
    answer = np.where(contrary, 0.85 * (2 * grey - rotated), rotated)
    return to_srgb(answer * rng.uniform(0.82, 1.2, (len(light), 1)))
