"""What a person likes, learnt from few choices or ratings, and how sure that is.

A picture's worth to a person is a linear function of its code. Of two pictures the better one is chosen with the
probability of Bradley and Terry 1952; ratings are worths with Gaussian noise. The weights have a Gaussian prior, whose
width is the one under which the answers are most probable, and a Gaussian posterior (Laplace's method; MacKay 1992).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

WIDTHS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Prior deviations of a picture's worth that are compared."""

NOISE = 0.6
"""Deviation of a rating from the worth, where a person's ratings have deviation 1."""

_STEPS, _CLOSE = 50, 1e-9


@dataclass(frozen=True)
class Taste:
    """A person's weights: mean `(K,)` and covariance `(K, K)`."""

    mean: np.ndarray
    covariance: np.ndarray

    def worth(self, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the worth of pictures of codes `(N, K)`: mean and deviation `(N,)`."""
        variance = np.einsum("nk,kl,nl->n", codes, self.covariance, codes)
        return codes @ self.mean, np.sqrt(variance.clip(0))


def learn_choices(better: np.ndarray, worse: np.ndarray) -> Taste:
    """Learn from choices: codes `(M, K)` of the pictures that were preferred, and of those that were not."""
    differences = better - worse
    return max((_laplace(differences, width) for width in WIDTHS), key=lambda found: found[1])[0]


def learn_ratings(codes: np.ndarray, ratings: np.ndarray) -> Taste:
    """Learn from ratings `(M,)`, on any scale, of pictures of codes `(M, K)`; they must not all be the same."""
    standard = (ratings - ratings.mean()) / ratings.std()
    return max((_ridge(codes, standard, width) for width in WIDTHS), key=lambda found: found[1])[0]


def _laplace(differences: np.ndarray, width: float) -> tuple[Taste, float]:
    """Return the posterior under a prior width, and the logarithm of the evidence for that width."""
    size = differences.shape[1]
    weights, prior = np.zeros(size), np.eye(size) / width**2
    for _ in range(_STEPS):
        chance = expit(differences @ weights)
        slope = differences.T @ (1 - chance) - prior @ weights
        curve = (differences * (chance * (1 - chance))[:, None]).T @ differences + prior
        # The logarithm of the posterior is concave, so that Newton's steps, no longer than 10, end at its top.
        step = np.linalg.solve(curve, slope)
        weights = weights + step * min(1.0, 10 / max(float(np.linalg.norm(step)), _CLOSE))
        if np.abs(step).max() < _CLOSE:
            break
    fit = -np.logaddexp(0, -differences @ weights).sum() - weights @ prior @ weights / 2
    evidence = fit - (np.linalg.slogdet(curve)[1] + size * np.log(width**2)) / 2
    return Taste(weights, np.linalg.inv(curve)), float(evidence)


def _ridge(codes: np.ndarray, ratings: np.ndarray, width: float) -> tuple[Taste, float]:
    size = codes.shape[1]
    curve = codes.T @ codes / NOISE**2 + np.eye(size) / width**2
    covariance = np.linalg.inv(curve)
    weights = covariance @ codes.T @ ratings / NOISE**2
    misfit = np.square(ratings - codes @ weights).sum() / NOISE**2 + weights @ weights / width**2
    evidence = -(misfit + np.linalg.slogdet(curve)[1] + size * np.log(width**2)) / 2
    return Taste(weights, covariance), float(evidence)
