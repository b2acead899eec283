"""Intervals and sets that hold the truth as often as they say: split conformal prediction on held-out works.

The promise holds on average over works that are dealt like the held-out ones; not for a picture of another kind.
"""

import math

import torch
from torch import Tensor

from artmodels.critic.labels import MISSING


def set_threshold(probabilities: Tensor, labels: Tensor, coverage: float) -> float:
    """Return the least probability of a class that is not ruled out (Sadinle et al. 2019); 0: none is.

    Args:
        probabilities: `(N, C)` of held-out works.
        labels: `(N,)`; a class that was not learnt counts as missed, `MISSING` as not asked.
        coverage: share of the truths that sets shall hold.
    """
    asked = labels != MISSING
    probabilities, labels = probabilities[asked], labels[asked]
    given = probabilities.gather(1, labels.clamp(min=0)[:, None])[:, 0] * (labels >= 0)
    rank = _rank(len(given), coverage)
    return 0.0 if rank > len(given) else float(given.sort(descending=True).values[rank - 1])


def interval_margin(low: Tensor, high: Tensor, truth: Tensor, coverage: float, widest: float) -> float:
    """Return by how much intervals must grow on both sides, or shrink if less than 0 (Romano et al. 2019).

    Args:
        low: `(N,)` said of held-out works.
        high: `(N,)`.
        truth: `(N,)`; NaN where it is not known.
        coverage: share of the truths that intervals shall hold.
        widest: the answer where the held-out works are too few to tell.
    """
    known = truth.isfinite()
    beyond = torch.maximum(low - truth, truth - high)[known]
    rank = _rank(len(beyond), coverage)
    return widest if rank > len(beyond) else min(widest, float(beyond.sort().values[rank - 1]))


def _rank(count: int, coverage: float) -> int:
    return math.ceil((count + 1) * coverage)
