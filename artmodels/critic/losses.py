"""What the heads are trained to do; a label that is missing teaches nothing."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from artmodels.critic.labels import CLASSES
from artmodels.critic.scales import expectation, ranked_probability_score, ranking_loss

_USUAL_SCORE = 4.0
"""Brings the ranked probability score of numbers to the size of the classes' loss."""


def naming_loss(logits: Tensor, labels: Tensor, weights: Tensor, smoothing: float) -> Tensor:
    """Return the weighted cross entropy, averaged over the works that have a label: `() float`.

    Args:
        logits: `(B, C)`.
        labels: `(B,) int64`, less than 0 where there is none to learn from.
        weights: `(C,)` of the classes.
        smoothing: share of the target that is spread over all classes (Szegedy et al. 2016).
    """
    known = labels >= 0
    total = functional.cross_entropy(logits[known], labels[known], weights, label_smoothing=smoothing, reduction="sum")
    # A batch may hold no label at all: then it costs nothing, where a mean would be 0 / 0.
    return total / known.sum().clamp(min=1)


def number_loss(logits: Tensor, edges: Tensor, truth: Tensor, trust: Tensor) -> Tensor:
    """Return the ranked probability score, averaged over the works that have a number, by trust: `() float`.

    Args:
        logits: `(B, K)`.
        edges: `(K + 1,)`.
        truth: `(B,)`, NaN where there is none.
        trust: `(B,)` in [0, 1].
    """
    known = truth.isfinite()
    scores = ranked_probability_score(logits[known], edges, truth[known])
    return _USUAL_SCORE * (trust[known] * scores).sum() / trust[known].sum().clamp(min=1e-6)


def order_loss(logits: Tensor, edges: Tensor, truth: Tensor) -> Tensor:
    """Return how badly the works of a batch that have a number are put in its order: `() float`."""
    known = truth.isfinite()
    return ranking_loss(expectation(logits[known], edges), truth[known])


def reading_losses(
    logits: Mapping[str, Tensor],
    batch: Mapping[str, Tensor],
    weights: Mapping[str, Tensor],
    edges: Mapping[str, Tensor],
    smoothing: float,
) -> dict[str, Tensor]:
    """Return each head's loss, and `order`, that of putting works in order by rating, where there are ratings."""
    losses = {}
    for head, given in logits.items():
        if head in CLASSES:
            losses[head] = naming_loss(given, batch[head], weights[head], smoothing)
        else:
            trust = batch["trust"] if head == "rating" else torch.ones_like(batch[head])
            losses[head] = number_loss(given, edges[head], batch[head], trust)
    if "rating" in logits:
        losses["order"] = order_loss(logits["rating"], edges["rating"], batch["rating"])
    return losses
