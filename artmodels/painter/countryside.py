"""Skies, hills, furrows, cypresses and villages for the flow field."""

from collections.abc import Callable

import numpy as np

from artmodels.painter.canvas import area, areas, box, fbm, ramp, smoothstep
from artmodels.painter.strokes import Scene


def sky(scene: Scene, palette: np.ndarray, level: float, whirls: int, light_below: float) -> None:
    """Fill the canvas with a moving sky above `level`, lighter towards the horizon by `light_below`."""
    rng = scene.rng
    centres = np.stack([rng.uniform(0.1, 0.9, whirls), rng.uniform(0.1, level * 0.8, whirls)], -1)
    scene.whirls(centres, rng.uniform(0.08, 0.2, whirls), 1.0)
    bands = scene.streaks(7, 0.2)
    low = np.clip(scene.y / level, 0, 1)
    scene.colour = ramp(palette, np.clip(0.05 + 0.62 * bands + light_below * low**2, 0, 0.95))


def ridge(rng: np.random.Generator, level: float, swing: float, bumps: float) -> Callable[[np.ndarray], np.ndarray]:
    """A hill's outline: y for every x."""
    phases, scales = rng.uniform(0, 6.3, 3), rng.uniform(0.7, 1.3, 3)

    def outline(x: np.ndarray) -> np.ndarray:
        waves = [np.sin(bumps * (index + 1) * scales[index] * x + phases[index]) / (index + 1) for index in range(3)]
        return np.asarray(level - swing * sum(waves))

    return outline


def hill(scene: Scene, outline: Callable[[np.ndarray], np.ndarray], palette: np.ndarray, light: float) -> None:
    """A hill whose strokes run along its outline."""
    top = outline(scene.x)
    mask = smoothstep(-0.004, 0.004, scene.y - top)
    slope = np.gradient(outline(np.linspace(0, 1, scene.size)), 1 / scene.size)
    folds = fbm(scene.rng, (scene.size, scene.size), (14, 3), 3)
    depth = np.clip(light + 0.5 * (folds - 0.5) - 0.9 * (scene.y - top), 0, 1)
    scene.put(mask, ramp(palette, depth), 1.0, np.broadcast_to(slope, mask.shape) * 1.3)


def field(scene: Scene, level: float, palette: np.ndarray, vanishing: float, light: float) -> None:
    """Furrows that run to a point on the horizon."""
    depth = scene.y - level
    mask = smoothstep(-0.003, 0.003, depth)
    toward = (scene.x - vanishing) / (depth + 0.06)
    furrows = 0.5 + 0.5 * np.sin(toward * scene.rng.uniform(9, 16))
    rough = fbm(scene.rng, (scene.size, scene.size), (24, 24), 3)
    tone = np.clip(light + 0.35 * (furrows - 0.5) + 0.45 * (rough - 0.5) - 0.25 * depth, 0, 1)
    scene.put(mask, ramp(palette, tone), scene.x - vanishing, depth + 0.06)


def cypress(scene: Scene, foot: tuple[float, float], tall: float, palette: np.ndarray) -> None:
    """A dark flame of a tree."""
    rng = scene.rng
    rise = np.clip((foot[1] - scene.y) / tall, -0.05, 1)
    sway = 0.035 * tall * np.sin(7 * rise + rng.uniform(0, 6))
    flame = 0.13 * tall * np.power(np.clip(1 - rise, 0, 1), 0.75) * np.clip(rise * 6 + 0.4, 0, 1)
    flame *= 0.75 + 0.25 * np.sin(23 * rise + rng.uniform(0, 6))
    across = (scene.x - foot[0] - sway) / (flame + 1e-4)
    mask = smoothstep(1.1, 0.9, np.abs(across)) * ((rise > -0.04) & (rise < 0.995))
    tone = np.clip(0.22 - 0.25 * across + 0.3 * (scene.streaks(12, 0.1) - 0.5), 0, 0.75)
    scene.put(mask.astype(np.float32), ramp(palette, tone), 0.3 * across + 0.4 * np.sin(14 * rise), -1.0)


def village(scene: Scene, level: float, palette: np.ndarray, lit: np.ndarray) -> None:
    """A few roofs around a spire, some windows lit."""
    rng, size = scene.rng, scene.size
    left = rng.uniform(0.2, 0.55)
    for index in range(rng.integers(7, 12)):
        x, wide, high = left + index * 0.042 + rng.normal(0, 0.006), rng.uniform(0.02, 0.034), rng.uniform(0.02, 0.04)
        y = level + rng.uniform(0.0, 0.05)
        wall, roof = palette[rng.integers(2, 4)], palette[rng.integers(0, 2)]
        scene.put(area(box((x, y), (wide, high)), size), wall, 0.1, 1, 0.3)
        scene.put(
            area([(x - wide * 1.2, y - high), (x + wide * 1.2, y - high), (x, y - high * 2.1)], size), roof, 1, 0.6
        )
        if rng.random() < 0.7:
            scene.put(area(box((x, y), (wide * 0.3, high * 0.35)), size), lit, 0.1, 1, 0.25)
    x = left + rng.uniform(0.1, 0.3)
    scene.put(
        areas(
            [
                box((x, level - 0.03), (0.014, 0.06)),
                [(x - 0.016, level - 0.08), (x + 0.016, level - 0.08), (x, level - 0.2)],
            ],
            size,
        ),
        palette[1],
        0,
        1,
    )
