"""What a seed stands for: the same picture, whatever else is painted beside it, and on whatever machine."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def latents_of(seeds: Sequence[int], size: int, truncation: float = 1.0) -> Tensor:
    """Return `(N, size)` latents, one a seed: normally distributed numbers, times `truncation`.

    Below 1 pictures are more alike and more like the typical work (Brock et al. 2019, here by scaling).
    """
    drawn = [np.random.default_rng([seed, 0]).standard_normal(size, np.float32) for seed in seeds]
    return truncation * torch.from_numpy(np.stack(drawn))


def labels_of(seeds: Sequence[int], classes: int) -> Tensor:
    """Return `(N,)` classes for seeds that ask for none: drawn, each as likely."""
    return torch.tensor([int(np.random.default_rng([seed, 1]).integers(classes)) for seed in seeds])


def between(start: Tensor, end: Tensor, share: float) -> Tensor:
    """Return the latent at a share of the way from one to another, both `(1, size)`, along the sphere (White 2016).

    On the straight line latents would be shorter than any that the generator knows.
    """
    cosine = torch.nn.functional.cosine_similarity(start, end).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if angle < 1e-4:
        return start + share * (end - start)
    return (torch.sin((1 - share) * angle) * start + torch.sin(share * angle) * end) / torch.sin(angle)
