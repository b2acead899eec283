"""Probabilities that mean what they say: temperature scaling (Guo et al. 2017)."""

import math

from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn import functional
from torchmetrics.functional.classification import multiclass_calibration_error

from artmodels.classifier.labels import MISSING

BINS = 15
"""Of the expected calibration error, as in Guo et al. 2017."""

_LIMITS = (-4.0, 4.0)
# With fewer works the temperature would fit their chance.
_LEAST = 10


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """Return the temperature whose softmax of `logits / temperature` has the least negative log likelihood.

    Args:
        logits: `(N, C)` of works that were not trained on.
        labels: `(N,) int64`, `MISSING` where there is none; with fewer than ten labels the answer is 1.
    """
    known = labels != MISSING
    if known.sum() < _LEAST:
        return 1.0

    def cost(logarithm: float) -> float:
        return float(functional.cross_entropy(logits[known] / math.exp(logarithm), labels[known]))

    return math.exp(minimize_scalar(cost, bounds=_LIMITS, method="bounded").x)


def expected_calibration_error(probabilities: Tensor, labels: Tensor) -> float:
    """Mean difference of confidence and accuracy over 15 bins of confidence: 0 is best, in [0, 1]."""
    return float(multiclass_calibration_error(probabilities, labels, probabilities.shape[1], n_bins=BINS))
