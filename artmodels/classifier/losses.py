"""What the heads are trained to do: name each work that has a label, rare classes not forgotten."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from artmodels.classifier.labels import MISSING


def class_weights(labels: Tensor, classes: int, balance: float) -> Tensor:
    """Return each class's weight `(C,)`: its number of works to the power of `-balance`, 1 for the average work.

    Args:
        labels: `(N,) int64` of the training split, `MISSING` where there is none.
        classes: how many there are.
        balance: 0: all weights are 1; 1: every class has the same share of the loss.
    """
    counts = torch.bincount(labels[labels != MISSING], minlength=classes).clamp(min=1).float()
    weights = counts**-balance
    return weights * counts.sum() / (weights * counts).sum()


def naming_losses(
    logits: Mapping[str, Tensor], labels: Mapping[str, Tensor], weights: Mapping[str, Tensor], smoothing: float
) -> dict[str, Tensor]:
    """Return each head's weighted cross entropy, averaged over the works of the batch that have a label.

    Args:
        logits: `(B, C)` for each head.
        labels: `(B,) int64` for each head, `MISSING` where there is none.
        weights: `(C,)` for each head.
        smoothing: share of the target that is spread over all classes (Szegedy et al. 2016).
    """
    losses = {}
    for head, scores in logits.items():
        known = labels[head] != MISSING
        total = functional.cross_entropy(
            scores, labels[head], weights[head], ignore_index=MISSING, label_smoothing=smoothing, reduction="sum"
        )
        # A batch may hold no label at all of a head: then it costs nothing, where a mean would be 0 / 0.
        losses[head] = total / known.sum().clamp(min=1)
    return losses
