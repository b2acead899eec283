"""The light of rendered scenes: hours of the day, skies with clouds and stars, haze, and the camera's film.

Colours are linear light here, `(..., 3) float32`, 1 being a white wall in the sun; `exposed` makes a picture of it.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from artmodels.painter.canvas import colours, fbm, finish, grid, ramp, smoothstep, to_linear


@dataclass(frozen=True)
class Hour:
    """Light at one time of day.

    Attributes:
        sun: (right, ahead, up) towards the sun or moon, of length 1.
        glow: the sun's light, linear `(3,)`.
        sky: from the horizon up, linear `(n, 3)`.
        cover: how much of the sky is clouded, 0 to 1.
        haze: how fast the distance fades.
    """

    sun: np.ndarray
    glow: np.ndarray
    sky: np.ndarray
    cover: float
    haze: float

    @property
    def ambient(self) -> np.ndarray:
        """What the whole sky sheds on the land, linear `(3,)`."""
        return np.asarray(0.42 * self.sky.mean(0) + 0.03 * self.sky.max())


_HOURS = {
    "noon": ("fff4e0", 3.3, "d8e6ee b4d2ea 7fb0de 4a86c8 2f69b4", (0.5, 0.85), 0.15),
    "morning": ("ffe2b8", 3.0, "f6e6cf d9e0e0 a9c8df 6d9fcf 4178b4", (0.28, 0.5), 0.26),
    "golden": ("ffc88c", 2.5, "f6d8ac e8cdb4 bdbcc4 869fc2 5577a4", (0.14, 0.3), 0.45),
    "dusk": ("ffa063", 1.6, "eeb084 cf9488 927f98 5a6388 333f62", (0.05, 0.14), 0.6),
    "grey": ("f0f2f4", 0.7, "d9dde0 c9cfd4 b2bac2 98a3ad 84909c", (0.6, 0.9), 0.85),
    "night": ("a9c4f0", 0.3, "34425a 223048 152036 0c1526 070d1a", (0.35, 0.6), 0.5),
}


def hour(rng: np.random.Generator, name: str) -> Hour:
    """Draw the light of "noon", "morning", "golden", "dusk", "grey" or "night"."""
    glow, power, sky, heights, haze = _HOURS[name]
    up = rng.uniform(*heights)
    around = rng.choice([-1, 1]) * (rng.uniform(0.1, 0.6) if rng.random() < 0.25 else rng.uniform(1.1, 2.5))
    flat = np.sqrt(1 - up**2)
    sun = np.array([flat * np.sin(around), flat * np.cos(around), up])
    cover = rng.uniform(0.75, 1.0) if name == "grey" else rng.uniform(0.15, 0.65)
    return Hour(sun, to_linear(colours(glow)[0]) * power, to_linear(colours(sky)), cover, haze * rng.uniform(0.7, 1.3))


def directions(height: int, width: int, horizon: float, zoom: float) -> np.ndarray:
    """Where every pixel looks, (right, ahead, up) of length 1, `(H, W, 3)`; `zoom` is the focal length in heights."""
    x, y = grid(height, width)
    rays = np.stack([x - 0.5 * width / height, np.full_like(x, zoom), horizon - y], -1)
    return np.asarray(rays / np.linalg.norm(rays, axis=-1, keepdims=True), np.float32)


def heaven(rng: np.random.Generator, rays: np.ndarray, light: Hour) -> np.ndarray:
    """The sky along `rays` `(H, W, 3)`, linear: gradient, sun and clouds."""
    up = np.clip(rays[..., 2], 0, 1)
    toward = np.clip(rays @ light.sun.astype(np.float32), 0, 1)
    image = ramp(light.sky, np.sqrt(np.clip(1.4 * up, 0, 1)))
    image += light.glow * (0.16 * toward**8 + 0.3 * toward**60)[..., None]
    image += light.glow * 9 * smoothstep(0.9994, 0.9998, toward)[..., None]
    return _clouded(rng, image, rays, toward, light)


def _clouded(
    rng: np.random.Generator, image: np.ndarray, rays: np.ndarray, toward: np.ndarray, light: Hour
) -> np.ndarray:
    """Add a layer of clouds: seen from below, lit from the sun's side, thinning into haze far off."""
    rise = np.clip(rays[..., 2], 0.004, 1) + 0.09
    field = fbm(rng, (1024, 1024), (5, 9), 8, 0.53)
    right, ahead = 190 * rays[..., 0] / rise + 512, 190 * rays[..., 1] / rise + 100
    low = 0.5 + 0.32 * (0.5 - light.cover)

    def thickness(shift_right: float, shift_ahead: float) -> np.ndarray:
        at = (right + shift_right).astype(np.float32), (ahead + shift_ahead).astype(np.float32)
        body = cv2.remap(field, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        wisps = cv2.remap(field, 4.3 * at[0], 4.3 * at[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        return smoothstep(low, low + 0.24, body + 0.24 * (wisps - 0.5))

    here = thickness(0, 0)
    shade = np.clip(here - 0.6 * thickness(26 * light.sun[0], 26 * light.sun[1]), 0, 1)
    bright = light.glow * (0.26 + 0.35 * toward[..., None] ** 4) + 0.35 * light.sky[:3].mean(0)
    dark = 0.55 * light.sky[1:4].mean(0) + 0.05 * light.glow
    body = dark + (bright - dark) * np.clip(1.15 - here * 0.75 + 0.5 * shade - 0.2, 0, 1)[..., None]
    far = smoothstep(0.0, 0.16, rays[..., 2])
    return np.asarray(image + (body - image) * (here * far * 0.95)[..., None], np.float32)


def stars(rng: np.random.Generator, image: np.ndarray, rays: np.ndarray, moon: np.ndarray | None) -> np.ndarray:
    """Add stars, a milky band and, towards `moon` (right, ahead, up), a full moon to a night sky `(H, W, 3)`."""
    height, width = image.shape[:2]
    clear = smoothstep(0.02, 0.3, rays[..., 2])
    count = 2600
    sparks = np.zeros((height, width, 3), np.float32)
    row, column = (rng.random((count, 2)) * (height, width)).astype(int).T
    sparks[row, column] = (rng.random((count, 1)) ** 14 * 3 + 0.05) * (1 + rng.normal(0, 0.12, (count, 3)))
    blur = cv2.GaussianBlur(sparks, (0, 0), height / 1000)
    band = np.exp(-(((rays @ np.array([0.75, -0.2, 0.62], np.float32) - 0.28) / 0.2) ** 2))
    milk = band * fbm(rng, (height, width), (3, 4), 7, 0.6) ** 2
    sky = image + clear[..., None] * (0.9 * blur + 0.07 * milk[..., None] * to_linear(colours("c9cff0")[0]))
    return sky if moon is None else _moon(rng, sky, rays, moon)


def _moon(rng: np.random.Generator, image: np.ndarray, rays: np.ndarray, moon: np.ndarray) -> np.ndarray:
    """Set the moon's face, with its seas, and its halo into the sky."""
    toward = rays @ moon.astype(np.float32)
    face = smoothstep(0.99905, 0.99925, toward)
    seas = fbm(rng, image.shape[:2], (30, 40), 4)
    halo = 0.035 * np.clip(toward, 0, 1) ** 60 + 0.08 * np.clip(toward, 0, 1) ** 700
    silver = to_linear(colours("fdf3d8")[0])
    disc = silver * (0.28 + 0.5 * seas)[..., None]
    return np.asarray(
        image * (1 - face[..., None]) + disc * face[..., None] + halo[..., None] * silver * 0.8, np.float32
    )


def hazed(image: np.ndarray, distance: np.ndarray, rays: np.ndarray, light: Hour) -> np.ndarray:
    """Let the air between blur into the colour of the horizon; `distance` `(H, W)`, 1 being the far end."""
    toward = np.clip(rays @ light.sun.astype(np.float32), 0, 1)
    air = 0.92 * light.sky[:2].mean(0) + light.glow * (0.12 * toward**6)[..., None]
    seen = np.exp(-light.haze * np.clip(distance, 0, 5))[..., None]
    return np.asarray(image * seen + air * (1 - seen), np.float32)


def exposed(rng: np.random.Generator, image: np.ndarray, size: tuple[int, int], exposure: float = 1.0) -> np.ndarray:
    """Photograph linear light `(H, W, 3)` in `size` (height, width) as `uint8`, with bloom and fine grain."""
    height, width = size
    light = cv2.resize(np.clip(image, 0, 12), (width, height), interpolation=cv2.INTER_AREA)
    light = light + 0.06 * cv2.GaussianBlur(np.clip(light - 0.8, 0, 4), (0, 0), height / 40)
    # What veils even the darkest place is haze, which a print would take out again.
    light = np.maximum(light - 0.8 * np.percentile(light.mean(-1), 0.5), 0)
    # The meter aims at a middle grey, but trusts the scene's own darkness half way.
    meter = float(np.exp(np.mean(np.log(light.mean(-1) + 0.02))))
    light = light * exposure * (0.2 / meter) ** 0.55
    light = 0.88 * light + 0.12 * light.mean(-1, keepdims=True)
    curve = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    x, y = grid(height, width)
    corner = 1 - 0.16 * np.hypot(x - 0.5 * width / height, y - 0.5)[..., None] ** 2
    grain = cv2.resize(rng.standard_normal((288, 384), np.float32), (width, height))[..., None]
    return finish(np.power(np.clip(curve * corner, 0, 1), 1 / 2.2) + 0.009 * grain)
