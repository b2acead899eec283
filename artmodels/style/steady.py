"""Painting a video so that it does not flicker: each frame with the one before in mind.

Painted one by one, frames differ by more than their contents do: noise is painted as if it were detail, and what
enters the picture changes the statistics, and so the colours, of all the rest. Two remedies, without any training:
the recipe is averaged over time; and where the flow says that the same thing is seen, part of the previous painted
frame, moved along with it, stays (Ruder et al. 2016; Lai et al. 2018 learn to do the same). What each brings:
docs/video.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from artmodels.style.colours import keep_colours
from artmodels.style.controls import Controls
from artmodels.style.motion import Motion, estimate
from artmodels.style.network import Recipe
from artmodels.style.painter import Style, StylePainter
from artmodels.style.statistics import mix

KEPT = 0.6
"""Share of the previous painted frame where the same thing is seen: more is steadier, but blurs."""

KEPT_RECIPE = 0.8
"""Share of the previous frame's recipe."""

LIKENESS = 20.0
"""Levels, of 255, by which something seen in both frames may differ before less of it is kept: shadows, wrong flow."""

LIGHT = 1.0
"""Levels, of 255, by which the light on what is seen in both may change before the recipe must follow at once."""

CUT = 0.1
"""Mean likeness below which there is a cut between two frames. Between two photographs it was 0.02 at most, in pans by
a seventh of the picture's width a frame 0.35 at least."""


@dataclass(frozen=True)
class Link:
    """What a frame has in common with the one before.

    Attributes:
        motion: from the one to the other.
        likeness: `(H, W, 1) float32`, from 0 to 1: how surely each pixel shows the same as before.
        light: by how much what is seen in both got lighter or darker, in levels of 255.
    """

    motion: Motion
    likeness: np.ndarray
    light: float


@dataclass(frozen=True)
class SteadyFrame:
    """A painted frame.

    Attributes:
        picture: `(H, W, 3) uint8`.
        unblended: the same before the previous frame was blended in.
        motion: from the previous frame; None for the first one, and after a cut.
    """

    picture: np.ndarray
    unblended: np.ndarray
    motion: Motion | None


@dataclass(frozen=True)
class _Past:
    content: np.ndarray
    recipe: Recipe
    # Not rounded: what is carried on and on would drift.
    painted: np.ndarray


class SteadyPainter:
    """Repaints the frames of one video in their order."""

    def __init__(self, painter: StylePainter, styles: Sequence[Style], controls: Controls) -> None:
        self.painter, self.styles, self.controls = painter, styles, controls
        self._past: _Past | None = None

    def paint(self, content: np.ndarray) -> SteadyFrame:
        """Paint the next frame `(H, W, 3) uint8`, of the size of the first."""
        shares = self.controls.shares_of(len(self.styles))
        recipe = self.painter.plan(content, self.styles, shares, self.controls.alpha)
        past = self._past
        link = find_link(past.content, content) if past else None
        if past and link:
            recipe = mix_recipes(past.recipe, recipe, KEPT_RECIPE * math.exp(-((link.light / LIGHT) ** 2)))
        unblended = self.painter.apply(content, recipe)
        if self.controls.keep_colours:
            unblended = keep_colours(unblended, content)
        painted = unblended.astype(np.float32)
        if past and link:
            painted += KEPT * link.likeness * (link.motion.carry(past.painted) - painted)
        self._past = _Past(content, recipe, painted)
        return SteadyFrame(painted.round().clip(0, 255).astype(np.uint8), unblended, link.motion if link else None)


def find_link(previous: np.ndarray, current: np.ndarray) -> Link | None:
    """Compare two successive frames `(H, W, 3) uint8`; None where there is a cut between them."""
    motion = estimate(previous, current)
    # Noise is no difference: it is what is to be evened out.
    before, now = (cv2.GaussianBlur(frame, (0, 0), 1.5).astype(np.float32) for frame in (previous, current))
    apart = now - motion.carry(before)
    likeness = motion.visible * np.exp(-np.square(apart / LIKENESS).max(2))
    if likeness.mean() < CUT:
        return None
    return Link(motion, likeness[..., None], float(apart[motion.visible].mean()))


def mix_recipes(one: Recipe, other: Recipe, share: float) -> Recipe:
    """Return the recipe between two: `share` of the one, the rest of the other."""
    shares = (share, 1 - share)
    maps = tuple(mix(pair, shares) for pair in zip(one.maps, other.maps, strict=True))
    return Recipe(maps, share * one.code + (1 - share) * other.code)
