"""Which edits a judge thinks better, and how sure it is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from artmodels.advice.edits import Edit, crop

Judge = Callable[[np.ndarray], float]
"""Evaluates a picture `(H, W, 3) uint8`: more is better."""

VIEWS = tuple((0.96, down, across) for down in (0, 0.5, 1) for across in (0, 0.5, 1))
"""Ways to look at a picture that change nothing of it: without a hair's breadth at its edges. Not whole: by that an
edit is chosen among many, and what was chosen must not be judged by what it was chosen for."""

FINALISTS = 2
"""Edits of each kind that are looked at in every way."""

CONFIDENCE = 0.95
"""That all intervals of a picture hold together (Bonferroni): among many edits, one looks good by chance."""


@dataclass(frozen=True)
class Suggestion:
    """An edit, and how much better the judge thinks the picture is with it: the mean over `VIEWS`, with an interval.

    The interval says how far the judge agrees with itself when it looks again; it does not say that the judge is right.
    """

    edit: Edit
    change: float
    low: float
    high: float


def advise(
    picture: np.ndarray, edits: Iterable[Edit], judge: Judge, count: int, least: float = 0.0
) -> list[Suggestion]:
    """Return up to `count` edits that the judge is sure are better, the greatest change first, one of each kind.

    Args:
        picture: `(H, W, 3) uint8`.
        edits: what may be tried.
        judge: the evaluation that shall rise.
        count: of suggestions.
        least: what the change must surely be more than, on the judge's scale.
    """
    before = np.array([judge(crop(picture, *view)) for view in VIEWS])
    finalists, found = _finalists(picture, edits, judge), []
    for edit in finalists:
        edited = edit.apply(picture)
        changes = np.array([judge(crop(edited, *view)) for view in VIEWS]) - before
        change, reach = float(changes.mean()), _reach(changes, len(finalists))
        if change - reach > least:
            found.append(Suggestion(edit, change, change - reach, change + reach))
    best: dict[str, Suggestion] = {}
    for suggestion in sorted(found, key=lambda one: -one.change):
        best.setdefault(suggestion.edit.kind, suggestion)
    return list(best.values())[:count]


def _finalists(picture: np.ndarray, edits: Iterable[Edit], judge: Judge) -> list[Edit]:
    """The best edits of each kind at first sight, of those that are better than nothing."""
    before, kinds = judge(picture), dict[str, list[tuple[float, Edit]]]()
    for edit in edits:
        if (seen := judge(edit.apply(picture))) > before:
            kinds.setdefault(edit.kind, []).append((seen, edit))
    return [edit for tried in kinds.values() for _, edit in sorted(tried, key=lambda one: -one[0])[:FINALISTS]]


def _reach(changes: np.ndarray, among: int) -> float:
    """Half the width of the mean's interval (Student's t): the views are few."""
    share = stats.t.ppf(1 - (1 - CONFIDENCE) / (2 * among), len(changes) - 1)
    return float(share * np.std(changes, ddof=1) / np.sqrt(len(changes)))
