"""Scenes of open land: lake, dunes, shore and night."""

import cv2
import numpy as np

from artmodels.painter.canvas import colours, fbm, ramp, smoothstep, to_linear
from artmodels.painter.light import Hour, directions, exposed, heaven, hour, stars
from artmodels.painter.terrain import MAP, Ground, above, camera, flooded, rendered, ridges, sample
from artmodels.painter.trees import framed


def _mountainous(rng: np.random.Generator, snow: float) -> Ground:
    """Forest below, then rock, and snow above the height `snow` where it is not too steep."""
    wood = to_linear(colours("38402a 4b5233 66643f" if rng.random() < 0.6 else "4a3d20 6b4a22 7a5c2c"))
    rock = to_linear(colours("4f4a46 7a726a 9c948a" if rng.random() < 0.6 else "5a4a40 86705f a8937f"))
    white = to_linear(colours("eef2f8")[0])

    def ground(height: np.ndarray, steep: np.ndarray, noise: np.ndarray) -> np.ndarray:
        bare = smoothstep(0.05, 0.13, height + 0.06 * (noise - 0.5) + 0.2 * (steep - 0.2))[..., None]
        land = ramp(wood, noise) * (1 - bare) + ramp(rock, np.clip(1.6 * noise - 0.3, 0, 1)) * bare
        cold = smoothstep(snow, snow + 0.06, height + 0.08 * (noise - 0.5)) * smoothstep(0.62, 0.4, steep)
        return np.asarray(land + (white - land) * cold[..., None], np.float32)

    return ground


def _lake_land(rng: np.random.Generator, tall: float) -> np.ndarray:
    """A basin with water at height 0 before mountains."""
    v = np.linspace(0, 1, MAP, dtype=np.float32)[:, None]
    u = np.linspace(-1, 1, MAP, dtype=np.float32)[None, :]
    valley = 0.35 + 0.65 * np.clip(np.hypot(u - rng.uniform(-0.3, 0.3), 0.15), 0, 1) ** 0.8
    rise = smoothstep(rng.uniform(0.18, 0.3), 1.0, v) * valley
    banks = 0.05 * smoothstep(0.25, 0.6, np.hypot(u + rng.uniform(-0.1, 0.1), 0.1) - 0.7 * v)
    rough = fbm(rng, (MAP, MAP), (6, 6), 8, 0.5) - 0.5
    return np.asarray(
        -0.022 + tall * rise * (0.3 + 0.9 * ridges(rng, int(rng.integers(3, 6)))) + banks + 0.05 * rough * (0.4 + rise),
        np.float32,
    )


def alpine(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Mountains, and the lake that gives them back."""
    light = hour(rng, str(rng.choice(["noon", "morning", "golden", "dusk"])))
    view = camera(width, height, rng.uniform(0.03, 0.05), rng.uniform(0.5, 0.6))
    land = _lake_land(rng, rng.uniform(0.4, 0.62))
    sky = above(rng, view, light)
    image, seen = rendered(rng, np.maximum(land, 0), view, light, _mountainous(rng, rng.uniform(0.12, 0.24)), sky)
    wet = np.isfinite(seen.depth) & (sample(land, seen.u, seen.v) < 0)
    deep = to_linear(colours("123a44 16323f 1f4a48")[rng.integers(3)]) * (0.3 + 0.5 * light.ambient.mean())
    image = flooded(rng, image, wet, view, deep, rng.uniform(0.15, 0.7))
    if rng.random() < 0.4:
        image = framed(rng, image, light)
    return exposed(rng, image, (height, width))


def dunes(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Sand that the wind has laid in crests and ripples."""
    light = hour(rng, str(rng.choice(["noon", "morning", "golden", "dusk"])))
    view = camera(width, height, rng.uniform(0.13, 0.2), rng.uniform(0.26, 0.4))
    u, v = np.meshgrid(np.linspace(0, 1, MAP, dtype=np.float32), np.linspace(0, 1, MAP, dtype=np.float32))
    land = np.zeros((MAP, MAP), np.float32)
    for scale, tall in ((3.0, 0.075), (6.5, 0.026)):
        angle = rng.uniform(-0.8, 0.8)
        drift = 1.5 * fbm(rng, (MAP, MAP), (2, 2), 3, 0.4)
        phase = (scale * (u * np.sin(angle) + v * np.cos(angle)) + drift + rng.random()) % 1
        # The windward side climbs slowly, the lee side slips down at once.
        crest = np.where(phase < 0.7, (phase / 0.7) ** 1.5, ((1 - phase) / 0.3) ** 1.2)
        land += tall * crest * (0.35 + 0.9 * fbm(rng, (MAP, MAP), (3, 3), 2))
    land = np.asarray(cv2.GaussianBlur(land, (0, 0), 2.2), np.float32)
    sand = to_linear(colours("b98a58 d3a56c e2bd86" if rng.random() < 0.6 else "b4673f cf8250 e2a06a"))
    ripple_way = rng.uniform(-0.5, 0.5)
    image, seen = rendered(
        rng, land, view, light, lambda _height, _steep, noise: ramp(sand, noise), above(rng, view, light), 0.12
    )
    wander = 2.5 * sample(fbm(rng, (MAP, MAP), (8, 8), 3), seen.u, seen.v)
    ripples = np.sin(2 * np.pi * (230 * (seen.v + ripple_way * seen.u) + 3 * wander))
    near = smoothstep(0.42, 0.1, seen.depth)
    image = image * (1 + 0.1 * ripples * near)[..., None]
    return exposed(rng, image, (height, width), 1.05)


def shore(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Waves that run out on sand, and a headland."""
    light = hour(rng, str(rng.choice(["noon", "morning", "golden", "dusk", "grey"])))
    view = camera(width, height, rng.uniform(0.05, 0.08), rng.uniform(0.36, 0.5))
    side = rng.choice([-1, 1])
    u, v = np.meshgrid(np.linspace(-1, 1, MAP, dtype=np.float32), np.linspace(0, 1, MAP, dtype=np.float32))
    cape = smoothstep(0.15, 0.7, side * u + 0.25 * (v - 0.5)) * smoothstep(0.4, 0.7, v) * smoothstep(1.02, 0.8, v)
    line = rng.uniform(0.22, 0.32) + rng.uniform(0.15, 0.5) * side * u + 0.03 * (fbm(rng, (MAP, MAP), (1, 5), 3) - 0.5)
    land = 0.08 * (line - v) + cape * (0.05 + 0.16 * ridges(rng, 6))
    sea = smoothstep(0.0, -0.006, land)
    image, seen = rendered(
        rng, np.maximum(land, 0).astype(np.float32), view, light, _coast(), above(rng, view, light), 0.5
    )
    water = np.isfinite(seen.depth) & (sample(sea, seen.u, seen.v) > 0.02)
    tint = to_linear(colours("1f6f7a 17506a 2f7f7a 3a5a66")[rng.integers(4)])
    deep = tint * (light.ambient * 1.2 + 0.2 * light.glow)
    image = flooded(rng, image, water, view, deep, rng.uniform(0.9, 1.5))
    image = _surf(rng, image, sample(land.astype(np.float32), seen.u, seen.v), seen.u, seen.v, light)
    return exposed(rng, image, (height, width))


def _coast() -> Ground:
    """Wet and dry sand, and green cliffs."""
    sand, cliff, grass = (
        to_linear(colours("8f7a5c c9b088 e0cda6")),
        to_linear(colours("4f463c 8a7a66")),
        to_linear(colours("3f4a26 66703a")),
    )

    def ground(height: np.ndarray, steep: np.ndarray, noise: np.ndarray) -> np.ndarray:
        beach = ramp(sand, np.clip(height * 90 + 0.3 * (noise - 0.5), 0, 1))
        rock = ramp(np.concatenate([grass, cliff]), np.clip(0.5 * noise + 1.6 * steep, 0, 1))
        high = smoothstep(0.012, 0.03, height)[..., None]
        return np.asarray(beach * (1 - high) + rock * high, np.float32)

    return ground


def _surf(
    rng: np.random.Generator, image: np.ndarray, depth: np.ndarray, u: np.ndarray, v: np.ndarray, light: Hour
) -> np.ndarray:
    """White water where waves break over the shallows; `depth` is negative under water."""
    torn = sample(fbm(rng, (MAP, MAP), (40, 20), 7, 0.62), u * 2, v * 2)
    roll = sample(fbm(rng, (MAP, MAP), (5, 3), 3), u, v)
    foam = np.zeros_like(depth)
    for level, breadth in ((-0.0006, 0.0011), (-0.0034, 0.0009), (-0.0075, 0.0008), (-0.014, 0.0007)):
        place = depth - level + 0.0045 * (roll - 0.5)
        foam = np.maximum(
            foam, smoothstep(breadth, 0, np.abs(place)) * smoothstep(0.42, 0.56, torn + 0.12 * (place > 0))
        )
    white = light.ambient * 1.7 + 0.55 * light.glow
    return np.asarray(image + (white - image) * (0.92 * foam * (depth > -0.03) * (v > 0))[..., None], np.float32)


def night(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Mountains under the moon, or under stars alone."""
    light = hour(rng, "night")
    view = camera(width, height, rng.uniform(0.03, 0.05), rng.uniform(0.58, 0.68))
    rays = directions(view.height, view.width, view.horizon, view.zoom)
    way = np.array([rng.uniform(-0.35, 0.35), 1.0, rng.uniform(0.25, 0.42)])
    moon = way / np.linalg.norm(way) if rng.random() < 0.7 else None
    if moon is not None:
        aside = np.array([np.sign(moon[0]) * 0.75, 0.2, 0.63])
        light = Hour(aside / np.linalg.norm(aside), light.glow, light.sky, light.cover * 0.5, light.haze)
    sky = stars(
        rng, heaven(rng, rays, Hour(np.array([0, -1.0, 0]), light.glow * 0.5, light.sky, 0.15, light.haze)), rays, moon
    )
    land = _lake_land(rng, rng.uniform(0.32, 0.5))
    ground = _mountainous(rng, rng.uniform(0.1, 0.2))
    image, seen = rendered(rng, np.maximum(land, 0), view, light, ground, sky)
    wet = np.isfinite(seen.depth) & (sample(land, seen.u, seen.v) < 0)
    image = flooded(rng, image, wet, view, light.sky[-1] * 0.8, rng.uniform(0.3, 0.9))
    image = framed(rng, image, light)
    return exposed(rng, image, (height, width), 1.25)
