"""Intervals of means over pairs: pairs that share a picture are not independent of one another."""

import numpy as np

RESAMPLES = 9999


def crossed_interval(values: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean of pairs, by the pigeonhole bootstrap (Owen 2007); the same each time.

    Contents and styles are drawn anew, each on its own, so it says how the mean would vary with other pictures, where
    a bootstrap over pairs takes these pictures as given. Somewhat too wide rather than too narrow.

    Args:
        values: `(N,)`, one a pair.
        rows: `(N,)` integers from 0: the pair's content.
        columns: `(N,)` integers from 0: the pair's style.
    """
    chance = np.random.default_rng(0)
    weights = _times_drawn(rows, chance) * _times_drawn(columns, chance)
    total = weights.sum(1)
    # Of a few pairs, a draw may hold none at all.
    means = (weights @ values)[total > 0] / total[total > 0]
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def _times_drawn(members: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """How often each pair's row (or column) is drawn, in every resample: `(RESAMPLES, N)`."""
    _, numbers = np.unique(members, return_inverse=True)
    count = int(numbers.max()) + 1
    return chance.multinomial(count, np.full(count, 1 / count), RESAMPLES)[:, numbers]
