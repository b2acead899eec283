"""Numbers as distributions over bins: what a year or a rating may be, and the score that rewards saying so honestly."""

import torch
from torch import Tensor
from torch.nn import functional

from artmodels.critic.config import RATINGS


def rating_edges() -> Tensor:
    """Return the edges of ten bins, one around each whole rating: `(11,) float`."""
    return torch.linspace(RATINGS[0] - 0.5, RATINGS[1] + 0.5, 11)


def year_edges(years: Tensor, bins: int) -> Tensor:
    """Return edges between which equally many of `years` `(N,)` lie: `(K + 1,) float`, ascending; K at most `bins`.

    Centuries with few works get wide bins: the score does not lose sight of the many for the sake of the few.
    """
    edges = torch.quantile(years, torch.linspace(0, 1, bins + 1)).round().unique()
    return torch.cat([edges[:1] - 0.5, edges[1:-1] - 0.5, edges[-1:] + 0.5])


def ranked_probability_score(logits: Tensor, edges: Tensor, truth: Tensor) -> Tensor:
    """Return the mean squared difference of the cumulative distributions said and true: `(B,) float`, 0 is best.

    The squared earth mover's distance between ordered classes (Hou et al. 2016), which for a truth that is one number
    is the ranked probability score (Epstein 1969): no other distribution than what one believes scores better.

    Args:
        logits: `(B, K)`.
        edges: `(K + 1,)` of the bins.
        truth: `(B,)`; a number within a bin counts for both of the bin's sides, in shares.
    """
    said = logits.softmax(1).cumsum(1)[:, :-1]
    return (said - cumulative(edges, truth)).square().mean(1)


def cumulative(edges: Tensor, truth: Tensor) -> Tensor:
    """Return the share of the true number that lies below each inner edge: `(B, K - 1) float in [0, 1]`.

    A number is spread over as much as the bin that it is in, around itself: so the mean of ratings, which lies between
    whole ones, is not rounded.
    """
    inner = edges[1:-1]
    bins = torch.bucketize(truth, inner)
    widths = (edges[1:] - edges[:-1])[bins][:, None]
    return ((inner - truth[:, None]) / widths + 0.5).clamp(0, 1)


def quantile(logits: Tensor, edges: Tensor, share: float) -> Tensor:
    """Return the number below which `share` of the distribution lies, evenly spread within bins: `(B,) float`."""
    below = functional.pad(logits.softmax(1).cumsum(1), (1, 0))
    # Rounding may leave the whole a hair below 1.
    bins = (below[:, 1:-1] < share).sum(1)
    low, high = below.gather(1, bins[:, None])[:, 0], below.gather(1, bins[:, None] + 1)[:, 0]
    part = ((share - low) / (high - low).clamp(min=1e-9)).clamp(0, 1)
    return edges[bins] + (edges[bins + 1] - edges[bins]) * part


def expectation(logits: Tensor, edges: Tensor) -> Tensor:
    """Return the mean of the distribution: `(B,) float`."""
    return logits.softmax(1) @ ((edges[1:] + edges[:-1]) / 2)


def ranking_loss(scores: Tensor, truth: Tensor) -> Tensor:
    """Return how badly scores put works in order, `() float`: logistic, over pairs that differ (Burges et al. 2005).

    Args:
        scores: `(B,)`.
        truth: `(B,)`.
    """
    ahead = truth[:, None] - truth[None]
    pairs = ahead > 0
    if not pairs.any():
        return scores.sum() * 0
    return functional.softplus(-(scores[:, None] - scores[None])[pairs]).mean()
