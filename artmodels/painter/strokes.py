"""Thick strokes that follow a direction: the hand that paints the flow field."""

import cv2
import numpy as np

from artmodels.painter.canvas import bend, fbm, finish, fixed, grid, over, ramp


class Scene:
    """What is to be painted: a colour and a direction for every place, both at the picture's size."""

    def __init__(self, rng: np.random.Generator, size: int):
        self.rng, self.size = rng, size
        self.x, self.y = grid(size)
        self.colour = np.zeros((size, size, 3), np.float32)
        self.u = np.ones((size, size), np.float32)
        self.v = np.zeros((size, size), np.float32)
        self.reach = np.ones((size, size), np.float32)

    def put(
        self, mask: np.ndarray, colour: np.ndarray, u: np.ndarray | float, v: np.ndarray | float, reach: float = 1.0
    ) -> None:
        """Lay a colour and a direction where `mask` is set; `reach` shortens the strokes there."""
        self.reach = self.reach * (1 - mask) + reach * mask
        self.colour = over(self.colour, colour, mask)
        self.u = self.u * (1 - mask) + u * mask
        self.v = self.v * (1 - mask) + v * mask

    def whirls(self, centres: np.ndarray, radii: np.ndarray, wind: float) -> None:
        """Let the air turn around `centres` `(n, 2)`, and blow past them."""
        rng, shape = self.rng, (self.size, self.size)
        lean = 1.2 * (fbm(rng, shape, (2, 2), 2) - 0.5)
        u, v = wind * np.cos(lean), wind * np.sin(lean)
        for (cx, cy), radius in zip(centres, radii, strict=True):
            right, down = self.x - cx, self.y - cy
            pull = 3 * np.exp(-((right**2 + down**2) / radius**2)) * rng.choice([-1, 1])
            u, v = u - pull * down / radius, v + pull * right / radius
        self.u, self.v = np.asarray(u, np.float32), np.asarray(v, np.float32)

    def streaks(self, cells: int, reach: float) -> np.ndarray:
        """Noise drawn out along the direction of the strokes, in [0, 1]: the bands of a moving sky."""
        noise = fbm(self.rng, (self.size, self.size), (cells, cells), 2)
        length = np.hypot(self.u, self.v) + 1e-6
        u, v = reach / 8 * self.u / length, reach / 8 * self.v / length
        for _ in range(3):
            noise = (noise + bend(noise, u, v) + bend(noise, -u, -v)) / 3
            u, v = 1.9 * u, 1.9 * v
        return np.asarray((noise - noise.min()) / np.ptp(noise), np.float32)

    def star(self, centre: np.ndarray, radius: float, core: np.ndarray, halo: np.ndarray) -> None:
        """A light with rings around it."""
        right, down = self.x - centre[0], self.y - centre[1]
        away = np.hypot(right, down) / radius
        rings = 0.75 + 0.25 * np.cos(9 * away)
        glow = np.exp(-1.1 * away**1.5) * rings
        self.put(
            np.clip(1.3 * glow, 0, 1),
            ramp(np.stack([halo, core]), np.clip(1.6 * glow, 0, 1)),
            -down / radius,
            right / radius,
            0.5,
        )

    def painted(self, breadth: float, length: float) -> np.ndarray:
        """Cover the canvas with strokes, broad ones first; `(size, size, 3) uint8`."""
        bright, thick = _coat(self, self.colour * 0.82, breadth * 1.7, length * 1.3, None)
        bright, thick = _coat(self, bright, breadth, length, thick)
        down, right = np.gradient(cv2.GaussianBlur(thick, (0, 0), self.size / 400))
        light = np.clip(1 - 0.0055 * 256 / self.size * 2.0 * (down + right) * self.size / 256, 0.72, 1.3)
        return finish(bright * light[..., None])


def _coat(
    scene: Scene, ground: np.ndarray, breadth: float, length: float, thick: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Draw one coat of strokes on `ground`; also give how thick the paint lies, `(size, size) float`."""
    rng, size = scene.rng, scene.size
    fine = 2 * size
    canvas = cv2.resize(np.asarray(np.clip(ground, 0, 1) * 255, np.uint8), (fine, fine))
    body = np.zeros((fine, fine), np.uint8) if thick is None else cv2.resize(thick, (fine, fine)).astype(np.uint8)
    step = breadth * 0.8
    seeds = np.stack(np.meshgrid(np.arange(0, 1, step * 1.7), np.arange(0, 1, step)), -1).reshape(-1, 2)
    seeds = rng.permutation(seeds + rng.uniform(-step, step, seeds.shape))
    paths, sides = _trace(scene, seeds, length * rng.uniform(0.5, 1.2, len(seeds)))
    tones = _tones(scene, seeds)
    bristles = np.array([-0.36, -0.12, 0.12, 0.36]) * breadth
    shades = 1 + rng.uniform(-0.13, 0.13, (len(seeds), len(bristles)))
    heights = rng.integers(90, 255, (len(seeds), len(bristles)))
    pen = max(1, round(breadth * fine / len(bristles) * 1.35))
    for path, side, tone, shade, height in zip(paths, sides, tones, shades, heights, strict=True):
        for offset, factor, level in zip(bristles, shade, height, strict=True):
            points = [fixed(path + offset * side, fine)]
            cv2.polylines(canvas, points, False, (tone * factor).tolist(), pen, cv2.LINE_AA, 4)
            cv2.polylines(body, points, False, int(level), pen, cv2.LINE_AA, 4)
    small = [
        cv2.resize(layer, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) for layer in (canvas, body)
    ]
    return small[0] / 255, small[1]


def _trace(scene: Scene, seeds: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Follow the directions from `seeds` `(n, 2)`: paths `(n, 6, 2)` and their unit normals."""
    points = [seeds]
    normals: list[np.ndarray] = []
    last = np.zeros_like(seeds)
    column, row = np.clip(seeds * scene.size, 0, scene.size - 1).astype(int).T
    lengths = lengths * scene.reach[row, column]
    for _ in range(5):
        column, row = np.clip(points[-1] * scene.size, 0, scene.size - 1).astype(int).T
        ahead = np.stack([scene.u[row, column], scene.v[row, column]], -1)
        ahead /= np.linalg.norm(ahead, axis=1, keepdims=True) + 1e-6
        last = np.where(len(normals) > 0, 0.5 * last + 0.5 * ahead, ahead)
        normals.append(np.stack([-last[:, 1], last[:, 0]], -1))
        points.append(points[-1] + last * lengths[:, None] / 5)
    normals.append(normals[-1])
    return np.stack(points, 1), np.stack(normals, 1)


def _tones(scene: Scene, seeds: np.ndarray) -> np.ndarray:
    """A colour for every stroke, `(n, 3)` in [0, 255]: that of its place, lighter or darker, warmer or colder."""
    rng = scene.rng
    column, row = np.clip(seeds * scene.size, 0, scene.size - 1).astype(int).T
    tones = scene.colour[row, column] * rng.uniform(0.8, 1.22, (len(seeds), 1))
    warmth = rng.normal(0, 0.035, (len(seeds), 1)) * np.array([1.0, 0.3, -1.0])
    return np.asarray(np.clip(tones + warmth, 0, 1) * 255)
