"""The statistics of feature maps that make up a style, and the map that carries one set over to another.

A style is the mean and the covariance of the features at several depths (Gatys et al. 2016; Li et al. 2017). What
turns a content's features into ones with a style's statistics is affine: here it is the optimal transport map between
the two Gaussians, which of all such maps moves the features least, and so keeps most of the content (Lu et al. 2019).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

SHRINKAGE = 0.02
"""Added to the variance of every direction, as a share of the mean variance of the livelier of the two: a plain content
has next to none, and would be blown up without bound."""


@dataclass(frozen=True)
class Statistics:
    """Mean `(B, C)` and covariance `(B, C, C)` of a feature map, both float32."""

    mean: Tensor
    covariance: Tensor


@dataclass(frozen=True)
class Affine:
    """A map of features `(B, C, H, W)`: matrix `(B, C, C)`, offset `(B, C)`, both float32."""

    matrix: Tensor
    offset: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        """Map features; the result has their type and memory layout."""
        batch, channels = features.shape[:2]
        matrix, offset = self.matrix.to(features.dtype), self.offset.to(features.dtype)
        # As convolutions, which keep the channels last; one a sample, since each has a matrix of its own.
        kernels = matrix.view(batch, channels, channels, 1, 1)
        mapped = [torch.nn.functional.conv2d(features[n : n + 1], kernels[n], offset[n]) for n in range(batch)]
        return mapped[0] if batch == 1 else torch.cat(mapped)


def measure(features: Tensor, weights: Tensor | None = None) -> Statistics:
    """Return the statistics of features `(B, C, H, W)`.

    Args:
        features: any float type; the sums are taken in float32.
        weights: `(B, 1, H, W)`, at least 0: how much each place counts, e.g. a mask. None: all the same.
    """
    # Autocast would take the products in half precision, whatever the type of what is multiplied.
    with torch.autocast(features.device.type, enabled=False):
        flat = features.flatten(2).float()
        if weights is None:
            mean = flat.mean(2, keepdim=True)
            centred = flat - mean
            covariance = centred @ centred.transpose(1, 2) / flat.shape[2]
        else:
            share = weights.flatten(2).float()
            share = share / share.sum(2, keepdim=True)
            mean = (flat * share).sum(2, keepdim=True)
            centred = flat - mean
            covariance = (centred * share) @ centred.transpose(1, 2)
    return Statistics(mean.squeeze(2), covariance)


def transport(content: Statistics, style: Statistics) -> Affine:
    """Return the optimal transport map from one Gaussian to another.

    The symmetric T with `T A T = B` for covariances A and B (Dowson and Landau 1982; Lu et al. 2019, eq. 10), by the
    Cholesky factor L of A: `T = L^-T (L^T B L)^1/2 L^-1`, one root where the formula of the papers has three.
    It is a constant to whoever differentiates: the gradient of an eigendecomposition is unbounded where two
    eigenvalues meet.
    """
    with torch.no_grad(), torch.autocast(content.mean.device.type, enabled=False):
        ours, theirs = _shrunk(content.covariance, style.covariance)
        lower = torch.linalg.cholesky(ours)
        unit = torch.eye(ours.shape[1], device=ours.device).expand_as(ours)
        inverse = torch.linalg.solve_triangular(lower, unit, upper=False)
        matrix = inverse.mT @ _root(lower.mT @ theirs @ lower) @ inverse
        offset = style.mean - (matrix @ content.mean.unsqueeze(2)).squeeze(2)
    return Affine(matrix, offset)


def mix(maps: Sequence[Affine], weights: Sequence[float]) -> Affine:
    """Return the weighted sum of maps; with weights that sum to 1, what lies between them."""
    matrices = [weight * one.matrix for weight, one in zip(weights, maps, strict=True)]
    offsets = [weight * one.offset for weight, one in zip(weights, maps, strict=True)]
    return Affine(torch.stack(matrices).sum(0), torch.stack(offsets).sum(0))


def identity(like: Affine) -> Affine:
    """Return the map that changes nothing, of the same size as another."""
    eye = torch.eye(like.matrix.shape[1], device=like.matrix.device).expand_as(like.matrix)
    return Affine(eye, torch.zeros_like(like.offset))


def _shrunk(ours: Tensor, theirs: Tensor) -> tuple[Tensor, Tensor]:
    """Add the same to both, so that equal ones stay equal, in units in which float32 resolves their roots."""
    levels = [one.diagonal(dim1=1, dim2=2).mean(1) for one in (ours, theirs)]
    # The map is the same in any unit.
    unit = torch.maximum(*levels).clamp_min(1e-6).view(-1, 1, 1)
    extra = SHRINKAGE * torch.eye(ours.shape[1], device=ours.device)
    return ours / unit + extra, theirs / unit + extra


def _root(matrix: Tensor) -> Tensor:
    """Return the square root of symmetric positive matrices `(B, C, C)`."""
    values, vectors = torch.linalg.eigh((matrix + matrix.mT) / 2)
    return (vectors * values.clamp_min(SHRINKAGE**2 / 2).sqrt().unsqueeze(1)) @ vectors.mT
