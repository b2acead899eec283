"""What the two networks play for."""

import torch
from torch import Tensor
from torch.nn import functional


def relativistic(own: Tensor, other: Tensor) -> Tensor:
    """How far scores `own` `(B,)` are from being above `other`, pair by pair (Jolicoeur-Martineau 2019): a scalar.

    The discriminator's loss is `relativistic(real, fake)`, the generator's `relativistic(fake, real)`: each fake is
    judged against a real one, so that there is no reward for leaving a kind of picture out (Sun et al. 2020).
    """
    return functional.softplus(other - own).mean()


def saturated(scores: Tensor, real: bool) -> Tensor:
    """Cross entropy of scores `(B,)` that shall say real, or shall not (Goodfellow et al. 2014): a scalar."""
    return functional.softplus(-scores if real else scores).mean()


def hinge(scores: Tensor, real: bool) -> Tensor:
    """How far scores of any shape are from saying real, or not, with a margin (Lim and Ye 2017): a scalar."""
    return functional.relu(1 - scores if real else 1 + scores).mean()


def gradient_penalty(scores: Tensor, pictures: Tensor) -> Tensor:
    """Squared gradient of scores `(B,)` by the pictures `(B, 3, H, W)` they were given for, a picture: a scalar.

    On real pictures R1, on painted ones R2 (Mescheder et al. 2018): with both the game converges (Huang et al. 2024).
    """
    (gradient,) = torch.autograd.grad(scores.sum(), pictures, create_graph=True)
    return gradient.float().square().sum((1, 2, 3)).mean()
