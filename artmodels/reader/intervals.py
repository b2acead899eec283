"""Intervals that hold what they promise: split conformal prediction (Lei et al. 2018)."""

import math

import numpy as np


def conformal_radius(errors: np.ndarray, coverage: float) -> float:
    """Return how far from a prediction the truth lies at most, in a share `coverage` of cases or more.

    Holds on average over texts that are drawn as those of `errors` were, whatever the model.

    Args:
        errors: `(N,)` absolute errors on what was not trained on; NaN where the truth is not known.
        coverage: within (0, 1).

    Returns:
        infinity where there are too few errors to promise so much.
    """
    known = np.sort(errors[np.isfinite(errors)])
    rank = math.ceil((len(known) + 1) * coverage)
    return float(known[rank - 1]) if rank <= len(known) else math.inf
