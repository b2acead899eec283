"""How well a reader reads the critiques of the test split, critique by critique."""

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import spearmanr

from artmodels.errors import AtelierError
from artmodels.reader.figures import FIGURES, HIGHEST, TOTAL, targets_of
from artmodels.sequences import Sequences

if TYPE_CHECKING:
    from artmodels.reader.reader import Reader


def evaluation_rows(data: Sequences, count: int) -> np.ndarray:
    """Return up to `count` test critiques whose total score is known, the same each time.

    Raises:
        AtelierError: there are fewer than two of them, or no training critique has a total score.
    """
    known = np.array([TOTAL in data.figures(row) for row in range(len(data))], bool)
    rows = data.where("test")
    rows = rows[known[rows]]
    if len(rows) < 2 or not known[data.where("train")].any():
        raise AtelierError(
            "The test and the training split need critiques with a total score: add more with "
            "`atelier ingest FILE.csv --kind critique`."
        )
    return np.sort(np.random.default_rng(0).permutation(rows)[:count])


def evaluate_readings(
    model: "Reader", data: Sequences, rows: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Return figures item by item, and totals.

    `misreading` `(N,) float` is the absolute error of the total score, over the mean absolute error of a guess that
    knows only the training split's mean: 1 on average for knowing nothing else, 0 for being right. A text that the
    model refuses is answered with that mean. `error_FIGURE` are absolute errors in points, for the critiques that give
    the figure; `held` is 1 where the total lies in its interval, and `rank_correlation` Spearman's of the totals.
    """
    targets = targets_of(data)
    train = targets[data.where("train")]
    # The scale's middle where a figure is given nowhere.
    mean = np.array([np.nanmean(column) if np.isfinite(column).any() else 0.5 for column in train.T])
    guessed, low, high = np.array([_answer(model, data.text(row), mean) for row in rows]).transpose(1, 0, 2)
    true = targets[rows]
    errors, place = np.abs(guessed - true), FIGURES.index(TOTAL)
    scale = np.abs(true[:, place] - mean[place]).mean()
    values = {
        "misreading": (errors[:, place] / max(scale, 1e-6)).astype(float),
        "held": ((low <= true) & (true <= high))[:, place].astype(float),
    }
    for number, name in enumerate(FIGURES):
        given = np.isfinite(errors[:, number])
        if name in model.figures and given.sum() > 1:
            values[f"error_{name}"] = (errors[given, number] * HIGHEST[name]).astype(float)
    return values, {"rank_correlation": _spearman(guessed[:, place], true[:, place])}


def _answer(model: "Reader", text: str, mean: np.ndarray) -> np.ndarray:
    """Return value, lower and upper end `(3, 11)` of every figure, in shares of the scales; NaN what is not learnt."""
    try:
        scores = model.read(text).scores
    except AtelierError:
        return np.stack([mean, np.zeros_like(mean), np.ones_like(mean)])
    found = np.full((3, len(FIGURES)), np.nan)
    for number, name in enumerate(FIGURES):
        if name in scores:
            found[:, number] = scores[name].value, scores[name].low, scores[name].high
            found[:, number] /= HIGHEST[name]
    return found


def _spearman(guessed: np.ndarray, true: np.ndarray) -> float:
    """Spearman's rank correlation; 0 where either side is all the same."""
    if np.ptp(guessed) == 0 or np.ptp(true) == 0:
        return 0.0
    return float(spearmanr(guessed, true).statistic)
