"""A still life: vessels and fruit on a table, by a window."""

import numpy as np
from scipy.ndimage import map_coordinates

from artmodels.painter.canvas import colours, fbm, ramp, smoothstep, to_linear
from artmodels.painter.light import exposed
from artmodels.painter.marching import Thing, lit, meet, rays, turned

_FINER = 1.35
_TILE = 512

_SHAPES = {
    "vase": (turned(0.5, 0.85, 1.0, 0.9, 0.55, 0.36, 0.36, 0.5), 2.5),
    "jug": (turned(0.6, 0.9, 1.0, 1.0, 0.8, 0.6, 0.62, 0.7), 2.3),
    "bottle": (turned(0.95, 1.0, 1.0, 1.0, 0.95, 0.5, 0.32, 0.3, 0.34), 4.2),
    "pot": (turned(0.55, 0.75, 0.9, 1.0, 0.98, 0.85, 0.8), 1.5),
    "pear": (turned(0.5, 0.95, 1.0, 0.85, 0.6, 0.45, 0.36, 0.12), 2.5),
}
_GLAZES = [
    colours(codes)
    for codes in (
        "f0ece0 dfe4e4 c9d4d8",
        "27505f 3f7a86 8fb8b0",
        "6a2a22 9c4a32 c98a5a",
        "2a2a2e 4a4a50 77777a",
        "d8a53f e8c46a f0dca0",
        "31456a 5a76a0 a8b8cc",
        "7a8a5a a8b07f d0d0a8",
    )
]
_FRUITS = [
    colours(codes)
    for codes in (
        "8a1a1a b8302a d8843a",
        "d8701f ec8f2a f0a84a",
        "6a8a2a a0b03f d8cc6a",
        "d0a52f ecc94a f4e08a",
        "4a1f3a 6a2f4f 8a4f6a",
        "b8432f e07f5a f0b88a",
    )
]
_WOODS = [
    colours(codes)
    for codes in ("3a2416 5f3d24 8a5f3a", "6a4a2f 96704a bf9a6c", "2a2220 453833 64554c", "8a6f52 b39872 d4bd98")
]
_WALLS = [
    colours(codes)
    for codes in ("6f7468 8c9184", "8a6f58 a88d74", "3f4650 5f6872", "a39a88 beb6a4", "4a3a34 6a564c", "6a7f8a 8fa3aa")
]


def still_life(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Vessels and fruit in the light of a window, `(height, width, 3) uint8`."""
    rows, columns = round(height * _FINER), round(width * _FINER)
    things = _laid(rng)
    eye = np.array([rng.uniform(-0.5, 0.5), -4.6, rng.uniform(1.25, 1.9)])
    ways = rays(rows, columns, eye)
    side = float(rng.choice([-1, 1]))
    lamp = np.array([side * rng.uniform(0.75, 1.0), -rng.uniform(0.25, 0.6), rng.uniform(0.55, 0.85)])
    lamp /= np.linalg.norm(lamp)
    reach, which = meet(eye, ways, things)
    points = eye + ways * reach[:, None]
    normals = np.zeros_like(points)
    normals[which == -1] = (0, 0, 1)
    normals[which == -2] = (0, -1, 0)
    albedo = np.zeros_like(points)
    gloss = np.zeros(len(points))
    noise = fbm(rng, (_TILE, _TILE), (8, 8), 6, 0.6)
    _table(rng, albedo, gloss, points, which == -1, noise)
    _wall(rng, albedo, points, which == -2, noise)
    for index, thing in enumerate(things):
        _skin(thing, albedo, gloss, normals, points, which == index, noise)
    image = lit(albedo, gloss, normals, points, ways, lamp, things, which)
    return exposed(rng, image.reshape(rows, columns, 3).astype(np.float32), (height, width), 1.1)


def _laid(rng: np.random.Generator) -> list[Thing]:
    """Lay the table: tall things behind, fruit before, none through another."""
    things: list[Thing] = []
    tall, count = int(rng.integers(1, 4)), int(rng.integers(5, 9))
    for _ in range(200):
        back = len(things) < tall
        if len(things) == count:
            break
        foot = (
            rng.uniform(-0.75, 0.75) if back else rng.normal(0, 0.65),
            rng.uniform(0.1, 0.7) if back else rng.uniform(-0.9, 0.2),
        )
        thing = _vessel(rng, foot) if back else _fruit(rng, foot)
        if all(
            np.hypot(foot[0] - other.foot[0], foot[1] - other.foot[1]) > thing.radius + other.radius + 0.02
            for other in things
        ):
            things.append(thing)
    return things


def _vessel(rng: np.random.Generator, foot: tuple[float, float]) -> Thing:
    """A glazed vessel."""
    profile, slim = _SHAPES[str(rng.choice(["vase", "jug", "bottle", "pot"]))]
    radius = rng.uniform(0.3, 0.5) * (0.72 if slim > 4 else 1)
    glaze = to_linear(_GLAZES[rng.integers(len(_GLAZES))])
    return Thing(foot, radius, radius * slim, profile, glaze, rng.uniform(0.25, 0.9), (1.0, rng.uniform(0.2, 2.0)))


def _fruit(rng: np.random.Generator, foot: tuple[float, float]) -> Thing:
    """A ball of a fruit, or a pear."""
    skin = to_linear(_FRUITS[rng.integers(len(_FRUITS))])
    radius = rng.uniform(0.17, 0.27)
    if rng.random() < 0.25:
        return Thing(foot, radius, radius * 2.5, _SHAPES["pear"][0], skin, 0.22, (2.0, 0.5))
    return Thing(foot, radius, 2 * radius, None, skin, rng.uniform(0.15, 0.4), (2.0, 0.5))


def _noise_at(noise: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Read a noise tile at places where 1 is its breadth; it mirrors beyond."""
    return np.asarray(map_coordinates(noise, [v * _TILE, u * _TILE], order=1, mode="mirror"))


def _table(
    rng: np.random.Generator,
    albedo: np.ndarray,
    gloss: np.ndarray,
    points: np.ndarray,
    here: np.ndarray,
    noise: np.ndarray,
) -> None:
    """Planks with grain, or a cloth with a woven check."""
    right, ahead = points[here, 0], points[here, 1]
    if rng.random() < 0.62:
        wood = to_linear(_WOODS[rng.integers(len(_WOODS))])
        plank = np.floor(ahead / 0.55 + 40)
        grain = _noise_at(noise, 0.15 * right + 0.37 * plank, 1.6 * ahead + 0.21 * plank)
        rings = 0.5 + 0.5 * np.sin(26 * grain + 5 * _noise_at(noise, 0.05 * right, 6 * ahead))
        seam = smoothstep(0.006, 0.016, np.abs((ahead / 0.55 + 40) % 1 - 0.0) * 0.55)
        tone = np.clip(0.25 + 0.35 * rings + 0.5 * (grain - 0.5) + 0.25 * ((plank * 0.618) % 1 - 0.5), 0, 1)
        albedo[here] = ramp(wood, tone) * (0.35 + 0.65 * seam)[:, None]
        gloss[here] = 0.16
        return
    cloth, dye = (
        to_linear(colours("e6e0d2")[0]),
        to_linear(colours("8a2f2a 2f4f7a 5a7a4a 7a6a8a e0d8c6")[rng.integers(5)]),
    )
    threads = 0.85 + 0.3 * _noise_at(noise, 3 * right, 3 * ahead)
    check = 0.5 * smoothstep(-0.12, 0.12, np.sin(9 * right)) + 0.5 * smoothstep(-0.12, 0.12, np.sin(9 * ahead))
    albedo[here] = (cloth + (dye - cloth) * check[:, None]) * threads[:, None]


def _wall(
    rng: np.random.Generator, albedo: np.ndarray, points: np.ndarray, here: np.ndarray, noise: np.ndarray
) -> None:
    """Old plaster."""
    plaster = to_linear(_WALLS[rng.integers(len(_WALLS))])
    blotch = 0.65 * _noise_at(noise, 0.12 * points[here, 0] + 0.3, 0.12 * points[here, 2]) + 0.35 * _noise_at(
        noise, points[here, 0], points[here, 2]
    )
    albedo[here] = ramp(plaster, np.clip(1.5 * blotch - 0.25, 0, 1))


def _skin(
    thing: Thing,
    albedo: np.ndarray,
    gloss: np.ndarray,
    normals: np.ndarray,
    points: np.ndarray,
    here: np.ndarray,
    noise: np.ndarray,
) -> None:
    """Colours, gloss and normals of the points on one thing."""
    at = points[here]
    step = 1e-3
    slope = np.stack([thing.distance(at + step * axis) - thing.distance(at - step * axis) for axis in np.eye(3)], -1)
    turn = np.arctan2(at[:, 1] - thing.foot[1], at[:, 0] - thing.foot[0]) / (2 * np.pi) + 0.5
    mottled = _noise_at(noise, thing.streaks[0] * turn + thing.foot[0], thing.streaks[1] * at[:, 2])
    fine = _noise_at(noise, 5 * turn, 4 * at[:, 2])
    slope = slope / np.linalg.norm(slope, axis=1, keepdims=True)
    slope[:, 2] += 0.1 * (fine - 0.5) * (1 - thing.gloss)
    normals[here] = slope / np.linalg.norm(slope, axis=1, keepdims=True)
    albedo[here] = ramp(thing.paint, np.clip(1.5 * mottled - 0.25 + 0.2 * (fine - 0.5), 0, 1))
    gloss[here] = thing.gloss
