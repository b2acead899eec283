"""Which two pictures to show a person next: those whose answer is expected to tell most (Houlsby et al. 2011)."""

import numpy as np
from scipy.special import expit, xlogy

from artmodels.taste.preference import Taste

MOST_PAIRS = 4000
"""Pairs that are compared; drawn by chance where there are more."""

_POINTS, _WEIGHTS = np.polynomial.hermite_e.hermegauss(24)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def next_questions(taste: Taste, codes: np.ndarray, count: int, seed: int = 0) -> list[tuple[int, int]]:
    """Return up to `count` pairs of pictures, the most telling first; each reckons with the answers to those before.

    Args:
        taste: what is known of the person.
        codes: `(N, K)` of the pictures that may be shown.
        count: how many pairs.
        seed: of the pairs that are compared.
    """
    pairs = _pairs(len(codes), np.random.default_rng(seed))
    differences = codes[pairs[:, 0]] - codes[pairs[:, 1]]
    covariance, asked = taste.covariance.copy(), list[int]()
    for _ in range(min(count, len(pairs))):
        means = differences @ taste.mean
        variances = np.einsum("nk,kl,nl->n", differences, covariance, differences).clip(0)
        gains, curves = information(means, np.sqrt(variances))
        gains[asked] = -np.inf
        best = int(gains.argmax())
        asked.append(best)
        # An answer takes from the uncertainty what it tells, whichever it is.
        shared = covariance @ differences[best]
        covariance -= np.outer(shared, shared) * curves[best] / (1 + curves[best] * variances[best])
    return [(int(pairs[place, 0]), int(pairs[place, 1])) for place in asked]


def information(means: np.ndarray, deviations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many nats the answers are expected to tell of the weights, and each answer's expected curvature.

    Args:
        means: `(N,)` of the difference in worth of two pictures.
        deviations: `(N,)` likewise.
    """
    chances = expit(means[:, None] + deviations[:, None] * _POINTS)
    gains = _entropy(chances @ _WEIGHTS) - _entropy(chances) @ _WEIGHTS
    return gains, (chances * (1 - chances)) @ _WEIGHTS


def _entropy(chance: np.ndarray) -> np.ndarray:
    entropy: np.ndarray = -xlogy(chance, chance) - xlogy(1 - chance, 1 - chance)
    return entropy


def _pairs(count: int, chance: np.random.Generator) -> np.ndarray:
    """Return pairs of different numbers below `count`: all, or some of them: `(P, 2)`."""
    if count * (count - 1) // 2 <= MOST_PAIRS:
        return np.stack(np.triu_indices(count, 1), 1)
    drawn = chance.integers(0, count, (2 * MOST_PAIRS, 2))
    return np.unique(np.sort(drawn[drawn[:, 0] != drawn[:, 1]], axis=1), axis=0)[chance.permutation(MOST_PAIRS // 2)]
