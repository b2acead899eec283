"""A window in the making: pieces of glass, the lead between them, the light behind."""

import cv2
import numpy as np
from scipy.spatial import cKDTree

from artmodels.painter.canvas import area, fbm, finish, grid, smoothstep, to_linear, to_srgb


class Window:
    """A window in the making: which piece of glass every point belongs to, and the colour of each piece."""

    def __init__(self, rng: np.random.Generator, size: int):
        self.rng, self.size = rng, 2 * size
        self.x, self.y = grid(self.size)
        self.pieces = np.zeros((self.size, self.size), np.int32)
        self.colour = np.zeros((self.size, self.size, 3), np.float32)
        self._count = 1

    def cut(self, mask: np.ndarray, cells: np.ndarray, tints: np.ndarray) -> None:
        """Fill `mask` `(S, S) bool` with one piece for each value of `cells` `(S, S) int`; `tints` `(n, 3)` in turn."""
        found, numbers = np.unique(cells[mask], return_inverse=True)
        toned = np.array([self.vary(tints[index % len(tints)]) for index in range(len(found))], np.float32)
        if len(found):
            self.pieces[mask] = self._count + numbers
            self.colour[mask] = toned[numbers]
            self._count += len(found)

    def shape(self, points: np.ndarray, colour: np.ndarray) -> None:
        """Set one polygon of glass."""
        mask = area(points, self.size // 2)
        self.cut(cv2.resize(mask, (self.size, self.size)) > 0.5, np.zeros_like(self.pieces), colour[None])

    def vary(self, colour: np.ndarray) -> np.ndarray:
        """A neighbouring tone, as no two sheets of glass come out alike."""
        toned = colour * self.rng.uniform(0.72, 1.2) + self.rng.normal(0, 0.03, 3)
        return np.asarray(np.clip(toned, 0.02, 1))

    def shards(self, count: int) -> np.ndarray:
        """Irregular cells `(S, S) int` around `count` places."""
        places = self.rng.random((count, 2))
        for _ in range(2):
            # Each place moves to the middle of its cell, which evens the sizes out.
            samples = self.rng.random((2000, 2))
            owner = cKDTree(places).query(samples)[1]
            sums = np.stack([np.bincount(owner, samples[:, axis], count) for axis in (0, 1)], -1)
            held = np.bincount(owner, minlength=count)[:, None]
            places = np.where(held > 0, sums / np.maximum(held, 1), places)
        points = np.stack([self.x, self.y], -1).reshape(-1, 2)
        return np.asarray(cKDTree(places).query(points)[1].reshape(self.pieces.shape))

    def glazed(self, lead: float, light: tuple[float, float]) -> np.ndarray:
        """Lead the pieces and let light from `light` fall through, `(size, size, 3) uint8`."""
        rng, shape = self.rng, self.pieces.shape
        away = _from_edges(self.pieces) / self.size
        streaks = fbm(rng, shape, (3, 14), 5, 0.6) if rng.random() < 0.5 else fbm(rng, shape, (9, 9), 5, 0.6)
        glass = to_linear(self.colour) * (0.6 + 0.85 * streaks[..., None])
        lamp = 1.25 - 0.75 * np.hypot(self.x - light[0], self.y - light[1])
        rim = 0.55 + 0.45 * smoothstep(0, 0.03, away)
        glass = glass * (lamp * rim)[..., None] * (1 + 0.7 * smoothstep(0.72, 0.9, streaks))[..., None]
        profile = np.clip(1 - away / lead, 0, 1)
        down, right = np.gradient(cv2.GaussianBlur(profile, (0, 0), 1.5))
        came = 0.008 + 0.5 * np.clip(-(down + right), 0, 0.25)[..., None] * np.array([1.0, 0.95, 0.9])
        window = np.where((away < lead)[..., None], came, glass).astype(np.float32)
        halo = cv2.GaussianBlur(window, (0, 0), self.size / 45)
        window = 0.9 * window + 0.24 * halo
        small = cv2.resize(window, (self.size // 2, self.size // 2), interpolation=cv2.INTER_AREA)
        return finish(to_srgb(small * 1.15))


def _from_edges(pieces: np.ndarray) -> np.ndarray:
    """Distance in pixels of every point from the border between two pieces."""
    inside = np.ones(pieces.shape, np.uint8)
    inside[1:][pieces[1:] != pieces[:-1]] = 0
    inside[:, 1:][pieces[:, 1:] != pieces[:, :-1]] = 0
    return np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, 5))


def leaf(foot: np.ndarray, angle: float, length: float, breadth: float) -> np.ndarray:
    """A pointed oval that grows from `foot`."""
    way = np.linspace(0, 1, 24)
    swell = breadth * length * np.sin(np.pi * way**0.8)
    points = np.concatenate([np.stack([way * length, swell], -1), np.stack([way * length, -swell], -1)[::-1]])
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]) + foot)
