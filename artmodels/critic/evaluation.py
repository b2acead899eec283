"""How well a critic knows the artworks of the test split, work by work."""

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from artmodels.critic.critique import Critique, Estimated, Named
from artmodels.critic.labels import CLASSES, NUMBERS, numbers_of
from artmodels.errors import AtelierError
from artmodels.family import Answers, Judged
from artmodels.images import PackedImages

if TYPE_CHECKING:
    from artmodels.critic.critic import Critic

LEAST = 1e-4
"""Least probability that a work's style is taken to have been given: a class never learnt must not cost infinity."""

JUDGED = ("style", "year", "rating")
"""The heads that decide. An artist of the test may be none of training, which no critic can know."""

Truths = dict[str, list[str] | np.ndarray]


def truths_of(data: PackedImages) -> Truths:
    """Return what the catalog says of all pictures, by head: words, "" for none, or numbers, NaN for none."""
    words: Truths = {head: data.table[head].fillna("").tolist() for head in CLASSES}
    return words | {head: numbers_of(data, head).numpy().astype(float) for head in NUMBERS}


def evaluation_works(data: PackedImages, count: int) -> np.ndarray:
    """Return up to `count` rows of test artworks of which something that decides is known, the same each time.

    Raises:
        AtelierError: there are fewer than two, or all are alike.
    """
    truths, rows = truths_of(data), data.where(kind="artwork", split="test")
    rows = np.array([row for row in rows if any(is_known(truths[head][row]) for head in JUDGED)], np.int64)
    rows = np.sort(np.random.default_rng(0).permutation(rows)[:count])
    if not any(len({truths[head][row] for row in rows if is_known(truths[head][row])}) > 1 for head in JUDGED):
        raise AtelierError(
            "The test split needs artworks of two styles, years or ratings or more: name them in the CSV that "
            "`atelier ingest FOLDER --metadata CSV` reads."
        )
    return rows


def is_known(truth: str | float) -> bool:
    """Tell a truth from a gap."""
    return bool(truth) if isinstance(truth, str) else bool(np.isfinite(truth))


def evaluate_works(model: "Critic", data: PackedImages, rows: np.ndarray) -> Judged:
    """Return what was found, and what each head answered: `misjudgement`, and how far off and how sure each head was.

    `misjudgement` `(N,) float` is the mean over what is known of a work (style, year, rating) of how wrong the critic
    was, over how wrong a guess is that knows only these works' styles, years and ratings as a whole: for a style the
    negative log likelihood, for a number the distance from the median. 1 for knowing nothing else, on average; 0 for
    being right and sure. A critic without a head knows nothing of it.

    The others are of the works whose truth is known: `style`, `artist` 1 where the likeliest class is right;
    `year_error`, `rating_error` the distance; `style_covered`, ... 1 where the interval or set holds the truth;
    `style_among` how many classes the set has, `year_width`, `rating_width` how wide the interval is. `known` is 1
    where the picture was not called unlike the training works.
    """
    truths, said = truths_of(data), [model.critique(data[row], reasons=False) for row in rows]
    shares, answers = [], {}
    figures = {"known": np.array([float(one.known) for one in said])}
    for head in (*CLASSES, *NUMBERS):
        known = np.array([is_known(truths[head][row]) for row in rows])
        true = [truths[head][row] for row, there in zip(rows, known, strict=True) if there]
        critiques = [one for one, there in zip(said, known, strict=True) if there]
        if len(set(true)) < 2:
            continue
        if head in JUDGED:
            share = np.full(len(rows), np.nan)
            share[known] = _misjudged(head, critiques, true)
            shares.append(share)
        figures |= _figures(head, critiques, true)
        if pairs := _answered(head, critiques, true):
            answers[head] = Answers(*zip(*pairs, strict=True))
    values = {"misjudgement": np.nanmean(shares, axis=0), **figures}
    return Judged(values, items=tuple(data.table["id"].iloc[rows]), answers=answers)


def _answered(head: str, said: list[Critique], true: list[Any]) -> list[tuple[Any, Any]]:
    """Pair what a head said, its likeliest class or its value, with the truth; nothing where the critic has no such."""
    pairs = zip((one.heads.get(head) for one in said), true, strict=True)
    return [(one.best if isinstance(one, Named) else one.value, truth) for one, truth in pairs if one is not None]


def _misjudged(head: str, said: list[Critique], true: list[Any]) -> np.ndarray:
    """How wrong the critic was, over how wrong a blind guess is on average: `(N,) float`."""
    answers = [one.heads.get(head) for one in said]
    if head in CLASSES:
        shares = {words: count / len(true) for words, count in Counter(true).items()}
        blind = -np.log([shares[words] for words in true])
        given = [one.probabilities.get(words, 0) for one, words in zip(answers, true, strict=True) if is_named(one)]
        wrong = -np.log(np.maximum(given, LEAST))
    else:
        blind = np.abs(np.array(true) - np.median(true))
        wrong = np.array([abs(one.value - y) for one, y in zip(answers, true, strict=True) if is_estimated(one)])
    return np.asarray((wrong if len(wrong) else blind) / blind.mean())


def _figures(head: str, said: list[Critique], true: list[Any]) -> dict[str, np.ndarray]:
    """How often a head was right, how far off, and how often its interval or set held the truth."""
    pairs = [(one.heads.get(head), truth) for one, truth in zip(said, true, strict=True)]
    named = [(one, truth) for one, truth in pairs if is_named(one)]
    estimated = [(one, truth) for one, truth in pairs if is_estimated(one)]
    if named:
        return {
            head: np.array([float(one.best == truth) for one, truth in named]),
            f"{head}_covered": np.array([float(truth in one.among) for one, truth in named]),
            f"{head}_among": np.array([float(len(one.among)) for one, _ in named]),
        }
    if estimated:
        return {
            f"{head}_error": np.array([abs(one.value - truth) for one, truth in estimated]),
            f"{head}_covered": np.array([float(one.low <= truth <= one.high) for one, truth in estimated]),
            f"{head}_width": np.array([one.high - one.low for one, _ in estimated]),
        }
    return {}


def is_named(answer: Named | Estimated | None) -> TypeGuard[Named]:
    """Tell a class from a number, and from no answer."""
    return isinstance(answer, Named)


def is_estimated(answer: Named | Estimated | None) -> TypeGuard[Estimated]:
    """Tell a number from a class, and from no answer."""
    return isinstance(answer, Estimated)
