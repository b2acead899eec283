"""A picture in the palette of another: what style transfer does to colours, without the strokes."""

import torch
from torch import Tensor

from artmodels.perception.distances import covariance

_LEAST = 1e-4
"""Variance that a palette has at least: a grey picture's colours are noise, which would be magnified."""


def recolour(pictures: Tensor, style: Tensor) -> Tensor:
    """Give pictures `(B, 3, H, W) float in [0, 1]` the mean and covariance of a style's colours `(B, 3, h, w)`.

    By the linear map that moves colours least (Pitie and Kokaram 2007); what leaves [0, 1] is clamped.
    """
    unit = _LEAST * torch.eye(3, device=pictures.device)
    ours, theirs = covariance(pictures) + unit, covariance(style)
    root = matrix_power(ours, 0.5)
    inverse = matrix_power(ours, -0.5)
    matrix = inverse @ matrix_power(root @ theirs @ root, 0.5) @ inverse
    mean, wanted = (one.mean(dim=(2, 3), keepdim=True) for one in (pictures, style))
    return (torch.einsum("bij,bjhw->bihw", matrix, pictures - mean) + wanted).clamp(0, 1)


def matrix_power(matrices: Tensor, exponent: float) -> Tensor:
    """A power of symmetric, positive semi-definite matrices `(B, N, N)`."""
    values, vectors = torch.linalg.eigh(matrices)
    return vectors @ torch.diag_embed(values.clamp(min=1e-12) ** exponent) @ vectors.mT
