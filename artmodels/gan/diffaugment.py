"""Differentiable augmentation (Zhao et al. 2020): what the discriminator sees is coloured, shifted and cut into.

Real and painted pictures both, so that the discriminator cannot learn the few real ones by heart, and the generator
does not learn to paint the changes.
"""

import torch
from torch import Tensor
from torch.nn import functional

SHIFT = 1 / 8
"""Largest shift, as a share of the side."""

CUTOUT = 1 / 2
"""Side of the square that is cut out, as a share of the picture's."""


def augment(pictures: Tensor) -> Tensor:
    """Return pictures `(B, 3, H, W)` changed, each in its own way, as torch's generator decides."""
    return _cut_out(_shifted(_coloured(pictures)))


def _coloured(pictures: Tensor) -> Tensor:
    brightness, saturation, contrast = torch.rand(3, len(pictures), 1, 1, 1, device=pictures.device)
    pictures = pictures + (brightness - 0.5)
    grey = pictures.mean(1, keepdim=True)
    pictures = grey + (pictures - grey) * (2 * saturation)
    mean = pictures.mean((1, 2, 3), keepdim=True)
    return mean + (pictures - mean) * (contrast + 0.5)


def _shifted(pictures: Tensor) -> Tensor:
    """Shift by whole pixels; what comes in at the border is grey, 0."""
    batch, _, height, width = pictures.shape
    down, right = (
        torch.randint(-round(side * SHIFT), round(side * SHIFT) + 1, (batch, 1, 1), device=pictures.device)
        for side in (height, width)
    )
    rows = torch.arange(height, device=pictures.device).view(1, -1, 1) - down + 1
    columns = torch.arange(width, device=pictures.device).view(1, 1, -1) - right + 1
    framed = functional.pad(pictures, (1, 1, 1, 1)).permute(0, 2, 3, 1)
    each = torch.arange(batch, device=pictures.device).view(-1, 1, 1)
    return framed[each, rows.clamp(0, height + 1), columns.clamp(0, width + 1)].permute(0, 3, 1, 2)


def _cut_out(pictures: Tensor) -> Tensor:
    batch, _, height, width = pictures.shape
    inside = torch.ones(batch, 1, 1, 1, dtype=torch.bool, device=pictures.device)
    for side, shape in ((height, (1, 1, -1, 1)), (width, (1, 1, 1, -1))):
        half = round(side * CUTOUT / 2)
        centre = torch.randint(0, side + 1, (batch, 1, 1, 1), device=pictures.device)
        distance = torch.arange(side, device=pictures.device).view(shape) - centre
        inside = inside & (distance >= -half) & (distance < half)
    return pictures.masked_fill(inside, 0)
