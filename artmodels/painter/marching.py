"""Ray marching of turned things on a table before a wall: what a ray meets, and how that is lit."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from artmodels.painter.canvas import smoothstep

_WALL = 1.7

Profile = Callable[[np.ndarray], np.ndarray]
"""Radius for every share of the height in [0, 1] of a turned thing."""


@dataclass(frozen=True)
class Thing:
    """Something turned on a lathe or a ball.

    Attributes:
        foot: (right, ahead) on the table.
        radius: of its widest part.
        tall: its height; a ball's is twice the radius.
        profile: none for a ball.
        paint: `(n, 3)` colours that noise blends through.
        gloss: how much of the room it mirrors, 0 to 1.
        streaks: noise cells around and up.
    """

    foot: tuple[float, float]
    radius: float
    tall: float
    profile: Profile | None
    paint: np.ndarray
    gloss: float
    streaks: tuple[float, float]

    def distance(self, points: np.ndarray) -> np.ndarray:
        """A safe distance from `points` `(n, 3)` (right, ahead, up) to the surface."""
        right, ahead = points[:, 0] - self.foot[0], points[:, 1] - self.foot[1]
        around = np.hypot(right, ahead)
        if self.profile is None:
            return np.asarray(np.hypot(around, points[:, 2] - self.radius) - self.radius)
        share = points[:, 2] / self.tall
        side = around - self.profile(np.clip(share, 0, 1)) * self.radius
        beyond = np.maximum(np.maximum(-share, share - 1), 0) * self.tall
        return np.asarray(np.where(beyond > 0, np.hypot(np.maximum(side, 0), beyond), 0.6 * side))

    def bound(self) -> tuple[np.ndarray, float]:
        """A ball around it: centre `(3,)` and radius."""
        return np.array([*self.foot, self.tall / 2]), float(
            np.hypot(self.radius, self.tall / 2) if self.profile else self.radius
        )


def turned(*knots: float) -> Profile:
    """A profile through radii at even heights."""
    places = np.linspace(0, 1, len(knots))
    dense = np.linspace(0, 1, 256)
    smooth = cv2.GaussianBlur(
        np.interp(dense, places, knots)[None, :].astype(np.float32), (0, 0), 14, borderType=cv2.BORDER_REPLICATE
    )[0]
    return lambda share: np.interp(share, dense, smooth)


def rays(rows: int, columns: int, eye: np.ndarray) -> np.ndarray:
    """Where every pixel looks, `(rows * columns, 3)` of length 1."""
    ahead = np.array([0, 0.0, 0.5]) - eye
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, (0, 0, 1))
    right /= np.linalg.norm(right)
    up = np.cross(right, ahead)
    y, x = np.mgrid[0:rows, 0:columns]
    across, above = ((x + 0.5) / rows - 0.5 * columns / rows) * 0.5, (0.5 - (y + 0.5) / rows) * 0.5
    rays = ahead + across[..., None] * right + above[..., None] * up
    return np.asarray((rays / np.linalg.norm(rays, axis=-1, keepdims=True)).reshape(-1, 3))


def meet(eye: np.ndarray, rays: np.ndarray, things: list[Thing]) -> tuple[np.ndarray, np.ndarray]:
    """How far each ray goes, and what it meets: a thing's index, -1 for the table, -2 for the wall."""
    table = np.where(rays[:, 2] < -1e-6, -eye[2] / np.minimum(rays[:, 2], -1e-6), np.inf)
    wall = (_WALL - eye[1]) / np.maximum(rays[:, 1], 1e-6)
    reach, which = np.minimum(table, wall), np.where(table < wall, -1, -2)
    for index, thing in enumerate(things):
        near, start = _crosses(eye, rays, thing)
        chosen = np.flatnonzero(near)
        far = start[chosen]
        gap = np.full(len(chosen), np.inf)
        for _ in range(56):
            gap = thing.distance(eye + rays[chosen] * far[:, None])
            far = far + gap
        hit = (gap < 2e-3) & (far < reach[chosen])
        reach[chosen[hit]], which[chosen[hit]] = far[hit], index
    return reach, which


def _crosses(origin: np.ndarray, rays: np.ndarray, thing: Thing, margin: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Which rays come near `thing`, and how far along they are then."""
    centre, radius = thing.bound()
    along = np.einsum("...i,...i->...", centre - origin, rays)
    gap = np.linalg.norm(centre - origin - along[..., None] * rays, axis=-1)
    return (gap < radius + margin) & (along > -radius), np.maximum(along - radius - margin, 0)


def lit(
    albedo: np.ndarray,
    gloss: np.ndarray,
    normals: np.ndarray,
    points: np.ndarray,
    rays: np.ndarray,
    lamp: np.ndarray,
    things: list[Thing],
    which: np.ndarray,
) -> np.ndarray:
    """Light from the window, light from the room, the table's warm bounce, and what glossy things mirror."""
    facing = np.clip(normals @ lamp, 0, 1) * _shadow(points, lamp, things, which)
    hollow = np.ones(len(points))
    for index, thing in enumerate(things):
        gap = thing.distance(points + 0.12 * normals)
        hollow *= np.where(which == index, 1, np.clip(0.35 + 0.65 * gap / 0.3, 0.3, 1))
    above = np.clip(points[:, 2] / 0.35, 0, 1)
    hollow *= np.where(which >= 0, 0.55 + 0.45 * above, 1)
    fall = np.exp(-0.22 * np.linalg.norm(points - np.array([1.6 * np.sign(lamp[0]), -0.4, 0.8]), axis=1))
    window, room = np.array([1.0, 0.93, 0.82]) * 3.4, np.array([0.3, 0.34, 0.4]) * 0.75
    bounce = np.clip(-normals[:, 2], 0, 1) * 0.35
    light = (
        (facing * fall)[:, None] * window
        + (hollow * (0.7 + 0.3 * normals[:, 2]))[:, None] * room
        + bounce[:, None] * np.array([0.4, 0.3, 0.2])
    )
    view = np.einsum("ij,ij->i", rays, normals)
    mirror = rays - 2 * view[:, None] * normals
    fresnel = gloss * (0.05 + 0.95 * (1 - np.clip(-view, 0, 1)) ** 5)
    return np.asarray(albedo * light + fresnel[:, None] * _room(mirror, lamp) * hollow[:, None])


def _shadow(points: np.ndarray, lamp: np.ndarray, things: list[Thing], which: np.ndarray) -> np.ndarray:
    """How much of the lamp each point sees, in [0, 1]; edges soften with the distance from what casts them."""
    seen = np.ones(len(points))
    rays = np.broadcast_to(lamp, points.shape)
    for index, thing in enumerate(things):
        near, start = _crosses(points, rays, thing, 0.25)
        chosen = np.flatnonzero(near & (which != index))
        far = np.maximum(start[chosen], 0.02)
        light = np.ones(len(chosen))
        for _ in range(26):
            gap = thing.distance(points[chosen] + lamp * far[:, None])
            light = np.minimum(light, 0.5 + 0.5 * np.clip(7 * gap / far, -1, 1))
            far = far + np.clip(gap, 0.02, 0.25)
        seen[chosen] = np.minimum(seen[chosen], smoothstep(0, 1, light))
    return seen


def _room(rays: np.ndarray, lamp: np.ndarray) -> np.ndarray:
    """What a mirror would show of the room: a dim wall, and a window with four panes."""
    side = np.cross(lamp, (0, 0, 1))
    side /= np.linalg.norm(side)
    up = np.cross(side, lamp)
    front = rays @ lamp
    across, above = (rays @ side) / np.maximum(front, 1e-3), (rays @ up) / np.maximum(front, 1e-3)
    pane = smoothstep(0.36, 0.3, np.abs(across)) * smoothstep(0.46, 0.4, np.abs(above)) * (front > 0)
    bars = smoothstep(0.015, 0.035, np.abs(across)) * smoothstep(0.015, 0.035, np.abs(above))
    return np.asarray((pane * bars * 16)[:, None] * np.array([1.0, 0.96, 0.9]) + 0.35 * np.array([0.5, 0.45, 0.4]))
