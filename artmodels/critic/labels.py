"""What the catalog knows of works: classes (style, artist) and numbers (year, rating); what it does not, is masked."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from artmodels.critic.config import RATINGS, CriticConfig
from artmodels.critic.scales import rating_edges, year_edges
from artmodels.errors import AtelierError
from artmodels.images import PackedImages

CLASSES, NUMBERS = ("style", "artist"), ("year", "rating")
MISSING, NOT_LEARNT = -1, -2
"""The labels of a work that does not say, and of one whose class is not learnt; a number that is missing is NaN."""

_FEW = 10
"""Ratings that make a work's mean as trustworthy as the mean of all works."""


def learn_classes(data: PackedImages, least: int) -> dict[str, list[str]]:
    """Return the classes of each head, sorted, that have `least` training works; a head needs two of them."""
    rows, found = data.where(kind="artwork", split="train"), {}
    for head in CLASSES:
        counts = Counter(words for words in data.table[head].fillna("").iloc[rows] if words)
        known = sorted(words for words, count in counts.items() if count >= least)
        if len(known) > 1:
            found[head] = known
    return found


def learn_scales(data: PackedImages, config: CriticConfig) -> dict[str, Tensor]:
    """Return the edges of each number's bins; a head needs `min_works` training works that are not all alike."""
    rows, found = data.where(kind="artwork", split="train"), {}
    for head in NUMBERS:
        known = numbers_of(data, head)[rows]
        known = known[known.isfinite()]
        if len(known) >= config.min_works and known.min() < known.max():
            found[head] = year_edges(known, config.years) if head == "year" else rating_edges()
    return found


def check_heads(classes: Mapping[str, Sequence[str]], scales: Mapping[str, Tensor], least: int) -> None:
    """Raise AtelierError if there is nothing to learn."""
    if not classes and not scales:
        raise AtelierError(
            f"Nothing to learn: the training split needs two styles or artists with min_works={least} artworks each, "
            f"or years or ratings of {least} artworks; add them with `atelier ingest FOLDER --metadata CSV`."
        )


def labels_of(
    data: PackedImages, classes: Mapping[str, Sequence[str]], scales: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Return each head's labels of all pictures, `(N,)`: an index into its classes, or a number as float."""
    labels: dict[str, Tensor] = {}
    for head, known in classes.items():
        place = {"": MISSING} | {words: index for index, words in enumerate(known)}
        labels[head] = torch.tensor([place.get(words, NOT_LEARNT) for words in data.table[head].fillna("")])
    for head in scales:
        labels[head] = numbers_of(data, head)
    return labels


def trust_of(data: PackedImages) -> Tensor:
    """Return how much each picture's rating counts in training `(N,) float in [0, 1]`: more ratings, more trust.

    Without a count, a mean is taken for that of many.
    """
    count = data.table["rating_count"].astype(float).to_numpy(copy=True)
    return torch.from_numpy(np.where(np.isnan(count), 1.0, count / (count + _FEW))).float()


def numbers_of(data: PackedImages, head: str) -> Tensor:
    """Return the years or mean ratings of all pictures: `(N,) float`, NaN where there is none.

    Raises:
        AtelierError: a rating is outside its scale.
    """
    column = "rating_mean" if head == "rating" else head
    numbers = torch.from_numpy(data.table[column].astype(float).to_numpy(copy=True)).float()
    if head == "rating":
        low, high = RATINGS
        wrong = (numbers < low) | (numbers > high)
        if wrong.any():
            row = int(wrong.nonzero()[0])
            raise AtelierError(
                f"The work {data.table['id'].iloc[row]} has rating_mean={float(numbers[row]):g}: ratings are "
                f"{low:g} to {high:g}."
            )
    return numbers
