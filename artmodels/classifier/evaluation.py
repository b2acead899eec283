"""How well a classifier names the artworks of the test split, work by work."""

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from artmodels.classifier.labels import HEADS, words_of
from artmodels.errors import AtelierError
from artmodels.family import Answers, Judged
from artmodels.images import PackedImages

if TYPE_CHECKING:
    from artmodels.classifier.namer import Namer

LEAST = 1e-4
"""Least probability that a work's style is taken to have been given: a class never learnt must not cost infinity."""


def evaluation_works(data: PackedImages, count: int) -> np.ndarray:
    """Return up to `count` rows of test artworks whose style is known, the same each time.

    Raises:
        AtelierError: the test split has no such artwork, or all are of one style.
    """
    styles = words_of(data)["style"]
    rows = np.array([row for row in data.where(kind="artwork", split="test") if styles[row]], np.int64)
    if len({styles[row] for row in rows}) < 2:
        raise AtelierError(
            "The test split needs artworks of two styles or more: name them in a column `style` of the CSV that "
            "`atelier ingest FOLDER --metadata CSV` reads."
        )
    return np.sort(np.random.default_rng(0).permutation(rows)[:count])


def evaluate_works(model: "Namer", data: PackedImages, rows: np.ndarray) -> Judged:
    """Return what was found, and what each head answered.

    `surprise` `(N,) float` is the negative log likelihood of the true style, over that of a guess which knows only
    how frequent each style is among these works: 1 on average for knowing nothing else, 0 for being right and sure.
    `known` is 1 where the picture was not called unknown. `style`, `genre`, `artist` and `period` are 1 where the
    likeliest class is the right one, for the works that say what is right; a head with fewer than two is left out.
    """
    words, named = words_of(data), [model.name(data[row]) for row in rows]
    shares = Counter(words["style"][row] for row in rows)
    nothing = -sum(count / len(rows) * np.log(count / len(rows)) for count in shares.values())
    given = [one.heads.get("style", {}).get(words["style"][row], 0.0) for one, row in zip(named, rows, strict=True)]
    figures = {
        "surprise": -np.log(np.maximum(given, LEAST)) / nothing,
        "known": np.array([float(one.known) for one in named]),
    }
    answers = {}
    for head in HEADS:
        pairs = [(one.best(head), words[head][row]) for one, row in zip(named, rows, strict=True) if words[head][row]]
        if len(pairs) > 1:
            figures[head] = np.array([float(answer == true) for answer, true in pairs])
            answers[head] = Answers(tuple(answer or "" for answer, _ in pairs), tuple(true for _, true in pairs))
    return Judged(figures, items=tuple(data.table["id"].iloc[rows]), answers=answers)
