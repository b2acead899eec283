"""Precision, recall, density, coverage: do two sets of pictures lie in the same places?

By balls around vectors that reach as far as the so-manieth neighbour of their own kind (Kynkaanniemi et al. 2019, Naeem
et al. 2020).
"""

import torch
from torch import Tensor

NEIGHBOURS = 5
"""The default of Naeem et al.; fewer where there are fewer."""


def reach(vectors: Tensor, neighbours: int = NEIGHBOURS) -> Tensor:
    """How far the so-manieth neighbour of each of `(N, D)` is: `(N,)`; N at least 2."""
    # The nearest of all is itself.
    return torch.cdist(vectors, vectors).kthvalue(min(neighbours, len(vectors) - 1) + 1, dim=1).values


def precision(some: Tensor, others: Tensor, neighbours: int = NEIGHBOURS) -> Tensor:
    """Which of `some` `(N, D)` lie in the ball of one of `others` `(M, D)`: `(N,)`, 0 or 1.

    With the two exchanged it is the recall: which of `others` lie where `some` do.
    """
    return (torch.cdist(some, others) <= reach(others, neighbours)).any(1).double()


def density(some: Tensor, others: Tensor, neighbours: int = NEIGHBOURS) -> Tensor:
    """In how many balls of `others` each of `some` lies, over `neighbours`: `(N,)`, about 1 on average."""
    neighbours = min(neighbours, len(others) - 1)
    return (torch.cdist(some, others) <= reach(others, neighbours)).double().sum(1) / neighbours


def coverage(some: Tensor, others: Tensor, neighbours: int = NEIGHBOURS) -> Tensor:
    """Which of `others` have one of `some` in their ball: `(M,)`, 0 or 1."""
    return (torch.cdist(others, some).min(1).values <= reach(others, neighbours)).double()
