"""Land rendered from a height map: rays meet the ground column by column, then sun, shadow, haze and water."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from artmodels.painter.canvas import fbm, grid, smoothstep
from artmodels.painter.light import Hour, directions, hazed, heaven

MAP = 1024
"""Points a side of a height map. The land is 1 deep and 1.2 wide; heights are in the same unit."""

FINER = 1.5
"""How many times more finely a camera sees than the picture will show."""

_WIDE = 1.2
_NEAR, _FAR, _STEPS = 0.02, 1.0, 700

Ground = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Gives the colour `(..., 3)` for height above water, steepness (0 level, 1 upright) and noise in [0, 1]."""


@dataclass(frozen=True)
class View:
    """A camera at the near edge: pixels, its height, the horizon's row (fraction) and the focal length in heights."""

    height: int
    width: int
    eye: float
    horizon: float
    zoom: float = 1.1


@dataclass(frozen=True)
class Seen:
    """What a view shows of the land: `depth` `(H, W)`, infinite for sky, and places `u`, `v` on the map."""

    depth: np.ndarray
    u: np.ndarray
    v: np.ndarray


def camera(width: int, height: int, eye: float, horizon: float, zoom: float = 1.1) -> View:
    """A camera that sees more finely than the picture will be."""
    return View(round(height * FINER), round(width * FINER), eye, horizon, zoom)


def above(rng: np.random.Generator, view: View, light: Hour) -> np.ndarray:
    """The sky behind a view, linear `(H, W, 3)`."""
    return heaven(rng, directions(view.height, view.width, view.horizon, view.zoom), light)


def look(land: np.ndarray, view: View) -> Seen:
    """Find the ground that every pixel of `view` meets on `land` `(MAP, MAP)`, row 0 being nearest."""
    depths = np.geomspace(_NEAR, _FAR, _STEPS).astype(np.float32)
    columns = (np.arange(view.width, dtype=np.float32) + 0.5) / view.height - 0.5 * view.width / view.height
    across = 0.5 + columns[None, :] / view.zoom * depths[:, None] / _WIDE
    ground = sample(land, across, np.repeat(depths[:, None], view.width, 1))
    rows = view.horizon + view.zoom * (view.eye - ground) / depths[:, None]
    top = np.minimum.accumulate(rows, 0)
    wanted = (np.arange(view.height, dtype=np.float32) + 0.5) / view.height
    depth = np.full((view.height, view.width), np.inf, np.float32)
    for column in range(view.width):
        reached = top[:, column]
        index = np.searchsorted(-reached, -wanted)
        hit = np.clip(index, 1, _STEPS - 1)
        share = (reached[hit - 1] - wanted) / np.maximum(reached[hit - 1] - reached[hit], 1e-9)
        found = depths[hit - 1] + np.clip(share, 0, 1) * (depths[hit] - depths[hit - 1])
        depth[:, column] = np.where(index < _STEPS, found, np.inf)
    near = np.where(np.isfinite(depth), depth, 0)
    return Seen(depth, 0.5 + columns[None, :] / view.zoom * near / _WIDE, near)


def sample(layer: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Read a map at places `u`, `v` in [0, 1]; beyond its edge it mirrors."""
    side = len(layer)
    return np.asarray(
        cv2.remap(
            layer,
            (u * side).astype(np.float32),
            (v * side).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
    )


def sunlit(land: np.ndarray, light: Hour) -> np.ndarray:
    """How much sun every point of the map gets past the land around it, `(MAP, MAP)` in [0, 1]."""
    small = cv2.resize(land, (MAP // 2, MAP // 2), interpolation=cv2.INTER_AREA)
    right, ahead, up = light.sun
    flat = max(float(np.hypot(right, ahead)), 1e-3)
    overtop = np.full_like(small, -1.0)
    for step in range(1, 49):
        reach = 0.004 * step**1.15
        shift = np.array(
            [[1, 0, -right / flat * reach / _WIDE * MAP / 2], [0, 1, -ahead / flat * reach * MAP / 2]], np.float32
        )
        ridge = cv2.warpAffine(small, shift, small.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        overtop = np.maximum(overtop, (ridge - small - reach * up / flat) / (reach + 0.02))
    return cv2.resize(smoothstep(0.1, -0.06, overtop), (MAP, MAP))


def shaded(
    rng: np.random.Generator, land: np.ndarray, seen: Seen, light: Hour, ground: Ground, rough: float
) -> np.ndarray:
    """Light the land that is `seen`, with fine detail of strength `rough`; linear `(H, W, 3)`."""
    detail = fbm(rng, (MAP, MAP), (24, 24), 6, 0.65)
    fine = sample(detail, seen.u, seen.v) * 0.5 + 0.5 * sample(detail, seen.u * 6.3, seen.v * 6.3)
    bumps = land + rough * 0.006 * detail
    slope_v, slope_u = (np.asarray(slope) * MAP for slope in np.gradient(bumps))
    slope_u = slope_u / _WIDE
    hollow = cv2.GaussianBlur(land, (0, 0), 9) - land
    u, v = seen.u, seen.v
    sharp = rough * 0.5 * (fine - 0.5)
    normal = np.stack([-sample(slope_u, u, v) + sharp, -sample(slope_v, u, v) + sharp, np.ones_like(u)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    sun = np.clip(normal @ light.sun.astype(np.float32), 0, 1) * sample(sunlit(land, light), u, v)
    open_sky = (0.55 + 0.45 * normal[..., 2]) * np.clip(1 - 22 * sample(hollow, u, v), 0.45, 1.15)
    colour = ground(sample(land, u, v), 1 - normal[..., 2], fine)
    return np.asarray(colour * (sun[..., None] * light.glow + open_sky[..., None] * light.ambient * 1.1), np.float32)


def rendered(
    rng: np.random.Generator,
    land: np.ndarray,
    view: View,
    light: Hour,
    ground: Ground,
    sky: np.ndarray,
    rough: float = 1.0,
) -> tuple[np.ndarray, Seen]:
    """The land under `sky` `(H, W, 3)`, through haze; linear, and what was seen."""
    seen = look(land, view)
    rays = directions(view.height, view.width, view.horizon, view.zoom)
    body = hazed(shaded(rng, land, seen, light, ground, rough), seen.depth, rays, light)
    return np.where(np.isfinite(seen.depth)[..., None], body, sky).astype(np.float32), seen


def flooded(
    rng: np.random.Generator, image: np.ndarray, wet: np.ndarray, view: View, deep: np.ndarray, waves: float
) -> np.ndarray:
    """Turn the pixels `wet` `(H, W) bool` into water that mirrors what stands on its far shore; `waves` 0 is a calm."""
    height, width = wet.shape
    x, y = grid(height, width)
    below = np.clip(y - view.horizon, 0.004, 1)
    shore = np.where(wet.any(0), wet.argmax(0), int(view.horizon * height)).astype(np.float32)[None, :]
    shore = np.asarray(cv2.GaussianBlur(shore, (0, 0), width / 60))
    ripples = fbm(rng, (MAP, MAP), (40, 20), 6, 0.62) - 0.5
    distance = 0.06 / below
    swell = sample(ripples, 0.5 + 1.6 * (x - 0.5 * width / height) * distance, 1.7 * distance)
    swell = swell * smoothstep(0.0, 0.05, below)
    rows = 2 * shore - y * height + waves * height * 0.3 * swell * (0.15 + below)
    columns = x * height - 0.5 + waves * height * 0.1 * swell
    mirrored = cv2.remap(
        image,
        columns.astype(np.float32),
        np.clip(rows, 0, height - 1).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    # Waves too small to be seen draw every reflection out towards the eye.
    mirrored = cv2.blur(mirrored, (1, max(1, round(0.045 * waves * height))))
    mirror = np.clip(1 - 1.35 * below + 1.1 * waves * swell, 0.12, 0.92)[..., None]
    water = mirrored * mirror + deep * (1 - mirror) * (1 + 0.6 * waves * swell[..., None])
    soft = cv2.GaussianBlur(wet.astype(np.float32), (0, 0), 0.8)[..., None]
    return np.asarray(image * (1 - soft) + water * soft, np.float32)


def ridges(rng: np.random.Generator, cells: int, octaves: int = 9) -> np.ndarray:
    """Sharp-crested mountains, `(MAP, MAP)` in [0, 1]."""
    broad = fbm(rng, (MAP, MAP), (cells, cells), octaves, 0.48)
    folded = 1 - np.abs(2 * fbm(rng, (MAP, MAP), (cells, cells), 3, 0.5) - 1) * 1.6
    return np.asarray(np.clip(0.5 * broad + 0.5 * folded * (0.4 + 0.9 * broad), 0, 1), np.float32)
