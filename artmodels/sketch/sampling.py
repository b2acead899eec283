"""Drawing, point by point."""

import numpy as np
import torch
from torch import Tensor

from artmodels.sketch.mixture import DRAW, END, LIFT, draw_next
from artmodels.sketch.network import SketchNet
from artmodels.sketch.samples import as_points
from artmodels.sketch.strokes import MOST_POINTS


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
    scale, rows = float(network.scale), [np.zeros(3)] if begun is None else list(begun)
    state, points = network.begin(latents, told), as_points(np.stack(rows), scale)[None, : len(rows)]
    # Rounding must not let the drawing drift away from what the model believes to have drawn.
    place = np.sum(rows, axis=0)[:2]
    first = len(rows)
    while len(rows) < MOST_POINTS:
        said, state = network.decode(points.to(latents.device), latents, told, state)
        last = type(said)(*(each[0, -1].cpu() for each in said))
        offset, pen = draw_next(last, scale, temperature, chance, may_end=len(rows) > first)
        if pen == END:
            break
        exact = place + offset
        rows.append(np.array([*(exact.round() - place.round()), float(pen == LIFT)]))
        place = exact
        points = torch.tensor([[[*(offset / scale), float(pen != DRAW)]]], dtype=torch.float32)
    rows[-1] = np.array([*rows[-1][:2], 1.0])
    return np.stack(rows).clip(-32768, 32767).astype(np.int16)
