"""Where the next point may be, and what the pen does there: a mixture of bivariate Gaussians, and three pen states.

Graves 2013, section 4; Ha and Eck 2017, section 3.2. What a drawing says is written to the unit, so each Gaussian is
blurred by half a unit: no likelihood grows without bound where points coincide, and nats are those of a code.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

DRAW, LIFT, END = 0, 1, 2
"""States of the pen after a point: it stays on the paper, it lifts, the drawing has ended."""

BLUR = 0.5
"""Standard deviation that every Gaussian has at least, in units."""


class Mixture(NamedTuple):
    """What a model says of the next point; offsets are in shares of the scale.

    Attributes:
        weights: logits of the Gaussians, `(..., M)`.
        means: `(..., M, 2)`.
        spreads: standard deviations, before the blur, `(..., M, 2)`.
        slant: correlation of the two directions, `(..., M)`.
        pens: logits of the pen's states, `(..., 3)`.
    """

    weights: Tensor
    means: Tensor
    spreads: Tensor
    slant: Tensor
    pens: Tensor


def outputs(gaussians: int) -> int:
    """Return how many numbers describe a mixture of so many."""
    return 6 * gaussians + 3


def read_mixture(numbers: Tensor) -> Mixture:
    """Read what a network says, `(..., outputs(M)) float`."""
    gaussians = (numbers.shape[-1] - 3) // 6
    weights, x, y, wide, high, slant, pens = numbers.float().split([gaussians] * 6 + [3], -1)
    # Wider than e^4 scales is nowhere in particular.
    spreads = torch.stack([wide, high], -1).clamp(-8, 4).exp()
    return Mixture(weights, torch.stack([x, y], -1), spreads, slant.tanh(), pens)


def covariance(spreads: Tensor, slant: Tensor, blur: float) -> tuple[Tensor, Tensor, Tensor]:
    """Variances `(..., M, 2)`, covariance and determinant `(..., M)` of the blurred Gaussians."""
    variances, across = spreads.square(), slant * spreads.prod(-1)
    # Not variances minus covariance: where the two are nearly alike nothing would be left.
    sharp = variances.prod(-1) * (1 - slant.square())
    determinant = sharp + blur**2 * variances.sum(-1) + blur**4
    return variances + blur**2, across, determinant


def offset_nats(mixture: Mixture, offsets: Tensor, scale: float) -> Tensor:
    """Negative log density of offsets `(..., 2)`, in shares of the scale, per square unit: `(...)` nats."""
    variances, across, determinant = covariance(mixture.spreads, mixture.slant, BLUR / scale)
    x, y = (offsets[..., None, :] - mixture.means).unbind(-1)
    distance = (variances[..., 1] * x.square() - 2 * across * x * y + variances[..., 0] * y.square()) / determinant
    each = -distance / 2 - determinant.log() / 2 - math.log(2 * math.pi)
    return 2 * math.log(scale) - torch.logsumexp(mixture.weights.log_softmax(-1) + each, -1)


def draw_next(
    mixture: Mixture, scale: float, temperature: float, chance: np.random.Generator, may_end: bool = True
) -> tuple[np.ndarray, int]:
    """Draw the next offset `(2,)`, in units, and the pen's state, from a mixture without leading dimensions.

    The temperature is for where the pen goes. In the paper it is for the pen's states, too; but a stroke's end is
    seldom the likeliest at any one point, and a pen that never lifts scribbles.

    Args:
        mixture: what the model says.
        scale: units a share.
        temperature: 1: as the model says; towards 0: what is likeliest.
        chance: the drawing's own.
        may_end: whether the drawing may end here.
    """
    which = _choose(mixture.weights, temperature, chance)
    pens = mixture.pens if may_end else mixture.pens[:END]
    pen = _choose(pens, 1.0, chance)
    variances, across, _ = covariance(mixture.spreads[which], mixture.slant[which], BLUR / scale)
    matrix = np.array([[variances[0], across], [across, variances[1]]], np.float64)
    noise = np.linalg.cholesky(matrix) @ chance.standard_normal(2)
    return (mixture.means[which].numpy() + np.sqrt(temperature) * noise) * scale, pen


def _choose(logits: Tensor, temperature: float, chance: np.random.Generator) -> int:
    shares = (logits.double() / temperature).softmax(-1).numpy()
    return int(chance.choice(len(shares), p=shares / shares.sum()))
