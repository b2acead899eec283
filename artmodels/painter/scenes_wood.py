"""Scenes with trees: a forest in the mist, and a meadow."""

import numpy as np

from artmodels.painter.canvas import colours, fbm, grid, ramp, smoothstep, to_linear
from artmodels.painter.light import directions, exposed, hazed, heaven, hour
from artmodels.painter.terrain import FINER, MAP, above, camera, rendered, ridges, sample
from artmodels.painter.trees import broadleaf, conifers


def forest(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Ranks of firs that fade into mist."""
    light = hour(rng, str(rng.choice(["grey", "morning", "golden", "dusk"])))
    rows, columns = round(height * FINER), round(width * FINER)
    aspect = columns / rows
    rays = directions(rows, columns, 0.75, 1.1)
    image = heaven(rng, rays, light)
    x, y = grid(rows, columns)
    fir = to_linear(colours("26382a 30402a 2a3a3c")[rng.integers(3)])
    ranks = int(rng.integers(5, 8))
    for rank in range(ranks):
        near = rank / (ranks - 1)
        level = 0.42 + 0.55 * near**1.2
        slope = rng.uniform(-0.12, 0.12)
        hump = 0.08 * fbm(rng, (1, columns), (1, 3), 4)[0]
        outline = level + slope * (x[0] - aspect / 2) - hump
        tone = fir * (light.ambient * 1.5 + 0.3 * light.glow * near)
        far = np.full((rows, columns), 2.4 * (1 - near) ** 1.3, np.float32)
        rank_tone = hazed(np.broadcast_to(tone, image.shape), far, rays, light)
        count = int(130 - 95 * near)
        spots = np.sort(rng.uniform(-0.05, aspect + 0.05, count))
        ground = np.interp(spots, x[0], outline)
        tall = rng.uniform(0.6, 1.25, count) * (0.08 + 0.36 * near**1.6)
        image = conifers(rng, image, np.stack([spots, ground + 0.03], -1), tall, rank_tone)
        body = smoothstep(0.0, 0.015, y - outline[None, :])[..., None]
        moss = 0.7 + 0.6 * fbm(rng, (rows, columns), (30, 30), 5)[..., None]
        image = image * (1 - body) + rank_tone * moss * body
        fog = fbm(rng, (rows, columns), (3, 2), 5) * np.exp(-(((y - outline[None, :] - 0.05) / 0.08) ** 2)) * (1 - near)
        image = image + (0.95 * light.sky[:2].mean(0) - image) * np.clip(0.95 * fog, 0, 1)[..., None]
    return exposed(rng, image.astype(np.float32), (height, width))


def meadow(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Rolling grass with broad trees."""
    light = hour(rng, str(rng.choice(["noon", "morning", "golden"])))
    view = camera(width, height, rng.uniform(0.1, 0.14), rng.uniform(0.36, 0.48))
    v = np.linspace(0, 1, MAP, dtype=np.float32)[:, None]
    land = 0.13 * fbm(rng, (MAP, MAP), (3, 3), 3, 0.35) - 0.05
    land = np.asarray(land + 0.22 * smoothstep(0.6, 1.0, v) * ridges(rng, 4), np.float32)
    grass = to_linear(colours("434c26 5f6632 868248 bcaa66" if rng.random() < 0.6 else "5c5830 857644 b0965a d0ba80"))
    flowers = to_linear(colours("d8402f f2d24a f4f0ea a06ac0")[rng.integers(4)])
    amount = rng.uniform(0.66, 0.8)
    crops = fbm(rng, (MAP, MAP), (4, 4), 2)

    def ground(height_: np.ndarray, steep: np.ndarray, noise: np.ndarray) -> np.ndarray:
        blades = ramp(grass, np.clip(1.5 * noise - 0.25 - 1.2 * height_ - 0.6 * steep, 0, 1))
        bloom = smoothstep(amount, amount + 0.05, noise)[..., None]
        return np.asarray(blades * (1 - bloom) + flowers * bloom, np.float32)

    image, seen = rendered(rng, land, view, light, ground, above(rng, view, light), 1.3)
    image = image * (0.8 + 0.4 * sample(crops, seen.u, seen.v))[..., None]
    spots = rng.uniform((0.06, 0.16), (0.94, 0.85), (int(rng.integers(14, 40)), 2))
    for u, v_ in spots[np.argsort(-spots[:, 1])]:
        image = broadleaf(rng, image, land, view, seen.depth, (u, v_), light)
    return exposed(rng, image, (height, width))
