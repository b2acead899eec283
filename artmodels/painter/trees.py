"""Trees for rendered scenes: firs bough by bough, and broad crowns clump by clump."""

import cv2
import numpy as np

from artmodels.painter.canvas import colours, fixed, to_linear
from artmodels.painter.light import Hour
from artmodels.painter.terrain import MAP, View


def framed(rng: np.random.Generator, image: np.ndarray, light: Hour) -> np.ndarray:
    """Dark conifers on a near bank, to one side or both."""
    tone = to_linear(colours("2a3824")[0]) * (light.ambient + 0.2 * light.glow)
    for side in rng.permutation([0.0, 1.0])[: rng.integers(1, 3)]:
        for _ in range(rng.integers(2, 6)):
            x = abs(side - rng.uniform(0, 0.22)) * image.shape[1] / image.shape[0]
            image = conifers(rng, image, np.array([[x, 1.03]]), np.array([rng.uniform(0.35, 0.75)]), tone)
    return image


def conifers(
    rng: np.random.Generator, image: np.ndarray, feet: np.ndarray, tall: np.ndarray, tone: np.ndarray
) -> np.ndarray:
    """Stand firs of heights `tall` `(n,)` on `feet` `(n, 2)`, bough by bough; `tone` `(3,)` or `(H, W, 3)`."""
    height, width = image.shape[:2]
    cover, lit = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    for (x, y), size in zip(feet, tall, strict=True):
        count = int(np.clip(520 * size, 26, 420))
        up = rng.uniform(0.05, 1, count) ** 0.85
        reach = size * (0.2 * (1.03 - up) ** 0.85 + 0.004) * rng.uniform(0.45, 1.05, count) * rng.choice([-1, 1], count)
        root = np.stack([np.full(count, x), y - up * size], -1)
        tip = root + np.stack([reach, 0.28 * np.abs(reach) + 0.012 * size], -1)
        pen = np.clip(np.round(0.011 * size * height * (1.25 - up)), 1, 9).astype(int)
        shade = np.clip(110 + 90 * reach / (0.2 * size) + rng.normal(0, 40, count), 20, 255).astype(int)
        low, high = fixed([(x, y), (x, y - size)], height).tolist()
        cv2.line(
            cover,
            low,
            high,
            255,
            max(1, round(0.012 * size * height)),
            cv2.LINE_AA,
            4,
        )
        ends = zip(fixed(root, height).tolist(), fixed(tip, height).tolist(), pen.tolist(), shade.tolist(), strict=True)
        for start, end, breadth, level in ends:
            cv2.line(cover, start, end, 255, breadth, cv2.LINE_AA, 4)
            cv2.line(lit, start, end, level, breadth, cv2.LINE_AA, 4)
    alpha = (cover.astype(np.float32) / 255)[..., None]
    boughs = 0.45 + 1.1 * (lit.astype(np.float32) / 255)[..., None]
    return np.asarray(image * (1 - alpha) + tone * boughs * alpha, np.float32)


def broadleaf(
    rng: np.random.Generator,
    image: np.ndarray,
    land: np.ndarray,
    view: View,
    depth: np.ndarray,
    place: tuple[float, float],
    light: Hour,
) -> np.ndarray:
    """Stand a tree of many leafy clumps on the map at `place`, if the land does not hide it."""
    u, v = place
    rows, columns = depth.shape
    ground = float(land[int(v * MAP), int(u * MAP)])
    x = (u - 0.5) * 1.2 * view.zoom / v + 0.5 * columns / rows
    y = view.horizon + view.zoom * (view.eye - ground) / v
    tall = rng.uniform(0.035, 0.06) * view.zoom / v
    column, row = int(x * rows), int(y * rows)
    if not (0 <= column < columns and 0 < row < rows) or depth[max(row - 2, 0), column] < v * 0.9:
        return image
    leaf = to_linear(colours("3f5220 55622a 6a5a22 2f4a2a")[rng.integers(4)]) * rng.uniform(0.7, 1.2)
    centre, radius = np.array([x, y - 0.62 * tall]), 0.4 * tall
    clumps = rng.normal(0, 0.5, (int(np.clip(2200 * tall, 60, 1100)), 3))
    clumps /= np.maximum(np.linalg.norm(clumps, axis=1, keepdims=True), 1)
    facing = np.clip(
        0.35 + 0.65 * (clumps @ np.array([light.sun[0], -light.sun[1] * 0.0 - 0.35, light.sun[2] + 0.25])), 0, 1.2
    )
    seen = np.exp(-light.haze * v)
    air = 0.92 * light.sky[:2].mean(0)
    canvas = np.ascontiguousarray(image, np.float32)
    trunk = to_linear(colours("3a2f26")[0]) * light.ambient * 2 * seen + air * (1 - seen)
    cv2.line(
        canvas,
        (column, row),
        (column, int((y - 0.5 * tall) * rows)),
        trunk.tolist(),
        max(1, round(0.05 * tall * rows)),
        cv2.LINE_AA,
    )
    shadow = np.array([x - light.sun[0] * tall * 0.25, y + 0.01 * tall])
    patch = np.zeros((rows, columns), np.float32)
    cv2.ellipse(
        patch,
        (int(shadow[0] * rows), int(shadow[1] * rows)),
        (max(1, int(0.55 * tall * rows)), max(1, int(0.09 * tall * rows))),
        0,
        0,
        360,
        1.0,
        -1,
        cv2.LINE_AA,
    )
    canvas *= 1 - 0.35 * patch[..., None]
    for (across, _, up), lit in zip(
        clumps[np.argsort(clumps[:, 1])[::-1]], facing[np.argsort(clumps[:, 1])[::-1]], strict=True
    ):
        spot = centre + radius * np.array([across * 1.05, -up * 0.9])
        tone = leaf * (light.ambient * (0.9 + 0.7 * up) + light.glow * 0.8 * lit * lit) * rng.uniform(0.75, 1.25)
        size = max(1, round(rng.uniform(0.03, 0.085) * tall * rows))
        cv2.circle(
            canvas,
            (int(spot[0] * rows), int(spot[1] * rows)),
            size,
            (tone * seen + air * (1 - seen)).tolist(),
            -1,
            cv2.LINE_AA,
        )
    return canvas
