"""A city at dusk, across the water."""

import cv2
import numpy as np

from artmodels.painter.canvas import colours, grid, to_linear
from artmodels.painter.light import Hour, directions, exposed, hazed, heaven, hour
from artmodels.painter.terrain import View, flooded


def city(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Towers whose windows come on, and the water before them."""
    light = hour(rng, str(rng.choice(["dusk", "dusk", "night", "golden"])))
    view = View(round(height * 1.5), round(width * 1.5), 0.05, rng.uniform(0.56, 0.66))
    rows, columns = view.height, view.width
    rays = directions(rows, columns, view.horizon, view.zoom)
    image = heaven(rng, rays, light)
    aspect = columns / rows
    middle = rng.uniform(0.3, 0.7) * aspect
    for near in (0.0, 0.35, 0.7, 1.0):
        count = int(34 - 12 * near)
        for x in rng.permutation(np.linspace(-0.03, aspect + 0.03, count)):
            crowd = np.exp(-(((x - middle) / (0.32 * aspect)) ** 2))
            tall = (0.05 + 0.42 * crowd * rng.beta(1.6, 2.6)) * (1.05 - 0.25 * near) + 0.03 * rng.random()
            wide = rng.uniform(0.5, 1.25) * aspect / count
            _tower(rng, image, rays, (x + rng.normal(0, 0.01), view.horizon + 0.012 * near, wide, tall), near, light)
    _, y = grid(rows, columns)
    wet = y > view.horizon + 0.014
    quay = np.abs(y - view.horizon - 0.014) < 0.004
    image[quay] = to_linear(colours("1a1c20")[0]) * (light.ambient + 0.02)
    lamps = np.linspace(0.02, aspect - 0.02, int(rng.integers(14, 30)))
    warm = to_linear(colours("ffd08a")[0])
    for lamp in lamps:
        cv2.circle(
            image, (int(lamp * rows), int((view.horizon + 0.002) * rows)), 1, (warm * 3.2).tolist(), -1, cv2.LINE_AA
        )
    image = image + 0.5 * cv2.GaussianBlur(np.clip(image - 0.7, 0, 4), (0, 0), rows / 60)
    deep = 0.4 * light.sky[-1] + 0.004
    image = flooded(rng, image.astype(np.float32), wet, view, deep, rng.uniform(0.3, 0.7))
    return exposed(rng, image, (height, width), 1.15)


def _tower(
    rng: np.random.Generator,
    image: np.ndarray,
    rays: np.ndarray,
    place: tuple[float, float, float, float],
    near: float,
    light: Hour,
) -> None:
    """Raise one building, (middle, foot, breadth, height), into `image`; far ones stand in haze."""
    rows, columns = image.shape[:2]
    middle, foot, wide, tall = place
    left, right = (int(np.clip((middle + side * wide / 2) * rows, 0, columns)) for side in (-1, 1))
    top, bottom = int((foot - tall) * rows), int((foot + 0.01) * rows)
    if right - left < 4 or bottom - top < 4:
        return
    if rng.random() < 0.3:
        spire = int(rng.uniform(0.02, 0.07) * rows)
        cv2.line(
            image,
            ((left + right) // 2, top),
            ((left + right) // 2, top - spire),
            (light.sky[1] * 0.25).tolist(),
            1,
            cv2.LINE_AA,
        )
    high, across = bottom - top, right - left
    stone = to_linear(colours("3a3c44 4a4440 2f3640 55504c 3f4a55")[rng.integers(5)])
    turn = rng.uniform(0.3, 0.7)
    face = np.where(np.linspace(0, 1, across) < turn, 1.0, 0.55)[None, :, None]
    lift = np.linspace(1.25, 0.75, high)[:, None, None]
    wall = stone * face * lift * (light.ambient * 1.3 + 0.14 * light.glow)
    pitch, floor = int(rng.integers(4, 7)), int(rng.integers(5, 8))
    cells = (high // floor + 1, across // pitch + 1)
    lit = rng.random(cells) < rng.uniform(0.12, 0.5)
    lamp = to_linear(colours("ffd59a ffe7c0 ffc070 dfe9ff"))[
        rng.choice(4, cells, p=[0.4, 0.3, 0.2, 0.1])
    ] * rng.uniform(0.35, 1.7, (*cells, 1))
    row, column = np.arange(high)[:, None], np.arange(across)[None, :]
    pane = ((row % floor > 1) & (row % floor < floor - 1) & (column % pitch > 0) & (column % pitch < pitch - 1))[
        ..., None
    ]
    glow = (lamp * lit[..., None])[row // floor, column // pitch]
    dark = 0.35 * light.sky[2] * lift
    front = np.where(pane, np.where(glow.sum(-1, keepdims=True) > 0, glow, 0.5 * wall + 0.5 * dark), wall)
    front = front[max(0, -top) :]
    top = max(top, 0)
    region = slice(top, top + len(front)), slice(left, right)
    far = np.full(front.shape[:2], 0.5 * (1 - near), np.float32)
    image[region] = hazed(front.astype(np.float32), far, rays[region], light)
