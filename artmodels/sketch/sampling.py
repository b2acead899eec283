"""Drawing, point by point."""

import numpy as np
import torch
from torch import Tensor

from artmodels.sketch.mixture import END, LIFT, Mixture, draw_next
from artmodels.sketch.network import SketchNet
from artmodels.sketch.samples import as_points
from artmodels.sketch.strokes import MOST_POINTS

_FARTHEST = 8000
"""Farthest from its beginning that a drawing goes, in units: offsets between such places fit into 16 bits."""


@torch.no_grad()
def draw_on(
    network: SketchNet,
    latents: Tensor,
    told: Tensor,
    temperature: float,
    chance: np.random.Generator,
    begun: np.ndarray | None = None,
) -> np.ndarray:
    """Draw until the model ends the drawing, or it has `MOST_POINTS`: `(N, 3) int16`.

    Args:
        network: the trained one.
        latents: `(1, latent)`.
        told: what the class is to the decoder, `(1, naming)`.
        temperature: 1: as varied as the model believes drawings to be; towards 0: what is likeliest.
        chance: the drawing's own.
        begun: a drawing to go on with, `(K, 3) int16`, shorter than `MOST_POINTS`; at least one point is added.
    """
    scale, longest = float(network.scale), MOST_POINTS
    points = torch.zeros(1, longest, 3, device=latents.device)
    first = done = 1 if begun is None else len(begun)
    if begun is not None:
        points[0] = as_points(begun, scale)
    state, fresh = network.begin(latents, told), 0
    while done < longest:
        said, state = network.decode(network.features(points[:, :done])[:, fresh:], latents, told, state)
        offset, pen = draw_next(
            Mixture(*(each[0, -1].cpu() for each in said)), scale, temperature, chance, may_end=done > first
        )
        if pen == END:
            break
        points[0, done] = torch.tensor([*(offset / scale), float(pen == LIFT)])
        fresh, done = done, done + 1
    points[0, done - 1, 2] = 1
    return _in_units(points[0, :done].cpu().double().numpy(), scale, begun)


def _in_units(points: np.ndarray, scale: float, begun: np.ndarray | None) -> np.ndarray:
    """Points `(N, 3)` as a drawing that begins with another; places are rounded, so that no errors add up."""
    places = (points[:, :2] * scale).cumsum(0).round().clip(-_FARTHEST, _FARTHEST)
    drawing = np.column_stack([np.diff(places, axis=0, prepend=0), points[:, 2]]).astype(np.int16)
    if begun is not None:
        drawing[: len(begun), :2] = begun[:, :2]
    return drawing
