"""What drawings cost one who knows how long lines are and how often the pen lifts, and nothing of what is drawn."""

import numpy as np
import torch
from torch import Tensor

from artmodels.sketch.mixture import Mixture, offset_nats

GAUSSIANS, ROUNDS = 20, 200
"""As many Gaussians as the model has by default; steps of fitting them."""

_POINTS = 20_000


def baseline_nats(learnt: list[np.ndarray], drawings: list[np.ndarray]) -> np.ndarray:
    """Return what drawings `(N, 3)` cost in nats, `(len(drawings),)`, where every point is drawn alike.

    One mixture of Gaussians for the offsets and one frequency for each state of the pen, fitted to the drawings
    `learnt`: the model's own output layer with nothing before it.
    """
    offsets = torch.from_numpy(np.concatenate([drawing[1:, :2] for drawing in learnt]).astype(np.float32))
    mixture = fit_mixture(offsets)
    lifts = sum(int((drawing[1:, 2] > 0).sum()) for drawing in learnt)
    counts = np.array([len(offsets) - lifts, lifts, len(learnt)], np.float64) + 1
    pens = -np.log(counts / counts.sum())
    costs = []
    for drawing in drawings:
        lifted = float((drawing[1:, 2] > 0).sum())
        states = np.array([len(drawing) - 1 - lifted, lifted, 1])
        spread = offset_nats(mixture, torch.from_numpy(drawing[1:, :2].astype(np.float32)), 1.0)
        costs.append(float(spread.double().sum()) + float(states @ pens))
    return np.array(costs)


def fit_mixture(offsets: Tensor) -> Mixture:
    """Fit Gaussians to offsets `(N, 2)` in units, by gradient descent; the same each time."""
    chance = torch.Generator().manual_seed(0)
    if len(offsets) > _POINTS:
        offsets = offsets[torch.randperm(len(offsets), generator=chance)[:_POINTS]]
    scale = offsets.std().clamp(min=1).item()
    # From points of the data, wide ones: every Gaussian has something to hold on to.
    means = offsets[torch.randint(len(offsets), (GAUSSIANS,), generator=chance)] / scale
    shapes = [means.clone(), torch.full((GAUSSIANS, 2), -1.0), torch.zeros(GAUSSIANS), torch.zeros(GAUSSIANS)]
    for shape in shapes:
        shape.requires_grad_()
    optimizer = torch.optim.Adam(shapes, 0.05)

    def mixture(unit: float) -> Mixture:
        means, spreads, slant, weights = shapes
        return Mixture(weights, means * unit, spreads.exp() * unit, slant.tanh(), torch.zeros(3))

    with torch.enable_grad():
        for _ in range(ROUNDS):
            optimizer.zero_grad()
            offset_nats(mixture(1.0), offsets / scale, scale).mean().backward()
            optimizer.step()
    return Mixture(*(each.detach() for each in mixture(scale)))
