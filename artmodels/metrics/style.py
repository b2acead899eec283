"""How well a picture was repainted in the style of another, as a perceptual encoder sees it.

All are relative, so that they mean the same with any encoder; `docs/style_quality.md` writes them as formulas.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def gram(features: Tensor) -> Tensor:
    """Gram matrices `(B, C, C)` of feature maps `(B, C, H, W)`, the mean over positions (Gatys et al. 2016)."""
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def content_error(painted: Tensor, content: Tensor) -> Tensor:
    """How much of feature maps `(B, C, H, W)` was changed: `(B,)`, 0 when nothing was, 1 when nothing is left.

    The cosine distance of the feature vectors, the mean over positions: blind to how strong the features are.
    """
    return 1 - functional.cosine_similarity(painted, content, dim=1).mean(dim=(1, 2))


def style_error(painted: Tensor, content: Tensor, style: Tensor) -> Tensor:
    """Distance of `covariance` matrices `(B, C, C)` to the style's, relative to that of the untouched content: `(B,)`.

    0 when the style was reached, 1 when nothing was done (after Gatys et al. 2016, whose Gram matrices keep the means).
    """
    return matrix_distance(painted, style) / matrix_distance(content, style)


def matrix_distance(some: Tensor, others: Tensor) -> Tensor:
    """Frobenius distance of matrices `(..., C, C)`: `(...)`."""
    return (some - others).flatten(-2).norm(dim=-1)


def nearest_style(painted: Sequence[Tensor], styles: Sequence[Tensor]) -> int:
    """Which style picture a painted one is nearest to: the index.

    Args:
        painted: Gram matrices `(C, C)`, one a layer.
        styles: Gram matrices `(N, C, C)` of the styles, one a layer. Layers count alike: each distance is relative to
            the norm of the style's matrix.
    """
    distances = [
        matrix_distance(one, many) / many.flatten(-2).norm(dim=-1) for one, many in zip(painted, styles, strict=True)
    ]
    return int(torch.stack(distances).mean(0).argmin())
