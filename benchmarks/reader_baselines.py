"""How well the reader reads critiques, against ridge regression on bags of words, and by which of its parts.

    python -m benchmarks.reader_baselines data/critique.parquet [--seeds 5] [--fixed] [--set NAME=VALUE ...]

The file is what `atelier ingest FILE.csv --kind critique` made. Each seed deals the groups of critiques anew to
training, validation and test, and trains with that seed; with `--fixed` all seeds have the house's own split
(params.yaml: seed 2) and only the training differs. Intervals are 95 % bootstrap intervals over the groups of
near-identical texts, since critiques of one group are not independent. Prints tables as markdown.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_union

from artmodels.bundle import Bundle, load_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.fit import fit
from artmodels.reader.attribution import words_spoke
from artmodels.reader.figures import ATTRIBUTES, FIGURES, HIGHEST, TOTAL, targets_of
from artmodels.reader.reader import Reader
from artmodels.reader.words import part
from artmodels.sequences import Sequences
from tasks.sequences import read_sequences, write_sequences
from tasks.splits import split_of

FRACTIONS, HOUSE_SEED, FIRST_SEED = {"train": 0.75, "validation": 0.1, "test": 0.15}, 2, 10
RESAMPLES = 2000
PENALTIES, PHRASES = (0.25, 0.5, 1.0, 2.0, 4.0), ((1, 1), (1, 2), (1, 3))
REMOVED, REMOVED_FROM = 3, 200
"""Words that are taken out of a text to see whether those that were named matter, and texts it is tried on."""

READER, RECURRENT, LINEAR, RIDGE, GUESS = (
    "**reader**",
    "its recurrent part alone",
    "its linear part alone",
    "ridge, words and letters",
    "always the mean",
)

Guesses = dict[str, np.ndarray]
"""Of each way: `(N, 11)` in points, NaN where it has no answer."""


@dataclass(frozen=True)
class Seed:
    """What one seed's test critiques are, what was read in them, and whether the intervals held."""

    groups: np.ndarray
    true: np.ndarray
    guesses: Guesses
    held: np.ndarray
    named: np.ndarray
    random: np.ndarray


def deal(rows: list[dict], seed: int, folder: Path) -> tuple[Sequences, np.ndarray]:
    """Return the critiques with their splits, and each one's group."""
    dealt = [row | {"split": split_of(row["group"], FRACTIONS, seed)} for row in rows]
    write_sequences(folder / "critique.parquet", dealt)
    groups = {row["id"]: row["group"] for row in rows}
    data = Sequences(folder / "critique.parquet")
    return data, np.array([groups[one] for one in data.table["id"]])


def ridge(data: Sequences) -> np.ndarray:
    """Ridge regression on tf-idf of words and letters; phrases and penalty are the best on the validation split."""
    texts = np.array([data.text(row) for row in range(len(data))], object)
    train, held_out, test = (data.where(split) for split in ("train", "validation", "test"))
    targets = targets_of(data) * [HIGHEST[name] for name in FIGURES]
    tried = []
    for phrases in PHRASES:
        features = make_union(
            TfidfVectorizer(ngram_range=phrases, sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
        )
        seen, asked, judged = (
            features.fit_transform(texts[train]),
            *(features.transform(texts[own]) for own in (held_out, test)),
        )
        for penalty in PENALTIES:
            fitted = Ridge(penalty).fit(seen, targets[train, 0])
            error = np.abs(fitted.predict(asked) - targets[held_out, 0]).mean()
            tried.append((error, penalty, seen, judged))
    _, penalty, seen, judged = min(tried, key=lambda one: one[0])
    found = np.full((len(test), len(FIGURES)), np.nan)
    for column in range(len(FIGURES)):
        known = np.isfinite(targets[train, column])
        fitted = Ridge(penalty).fit(seen[known], targets[train, column][known])
        found[:, column] = fitted.predict(judged)
    return found


def train(data: Sequences, options: dict[str, str], seed: int, folder: Path) -> Bundle:
    family = get_family("reader")
    config = family.configure({"preview_steps": 10**6, "checkpoint_steps": 10**6, **options, "seed": seed})
    module, source = family.training(config, data, Path())
    path = fit(
        "reader",
        module,
        source,
        config,
        folder / f"run-{seed}",
        report=lambda step, figures: None,
        on_preview=lambda step, path: None,
        accelerator="cpu",
    )
    return load_bundle(path, "reader")


def answers(reader: Reader, data: Sequences, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what is read `(N, 11)`, and whether the total lies in its interval `(N,)`."""
    found, held = np.full((len(rows), len(FIGURES)), np.nan), np.zeros(len(rows))
    for place, row in enumerate(rows):
        try:
            scores = reader.read(data.text(row)).scores
        except AtelierError:
            found[place, 0] = float(reader.network.mean[0]) * HIGHEST[TOTAL]
            continue
        found[place] = [scores[name].value if name in scores else np.nan for name in FIGURES]
        held[place] = scores[TOTAL].low <= data.figures(row)[TOTAL] <= scores[TOTAL].high
    return found, held


def removals(reader: Reader, data: Sequences, rows: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return by how many points the total changes when the words named strongest go, and when random ones do."""
    chance, named, random = np.random.default_rng(seed), [], []
    for row in rows:
        if len(part(data.text(row))) <= 2 * REMOVED:
            continue
        reading = reader.read(data.text(row))
        numbers = reader.vocabulary.numbers(reading.words)
        strongest = np.argsort(-np.abs(words_spoke(reader, reading)))[:REMOVED]
        for places, changes in ((strongest, named), (chance.permutation(len(numbers))[:REMOVED], random)):
            rest = [number for place, number in enumerate(numbers) if place not in places]
            changes.append(abs(float(reader.network(numbers)[0] - reader.network(rest)[0])) * HIGHEST[TOTAL])
    return np.array(named), np.array(random)


def measure(
    data: Sequences, groups: np.ndarray, baseline: np.ndarray, options: dict[str, str], seed: int, folder: Path
) -> Seed:
    test = data.where("test")
    bundle = train(data, options, seed, folder)
    true = targets_of(data)[test] * [HIGHEST[name] for name in FIGURES]
    reader = Reader(bundle)
    read, held = answers(reader, data, test)
    guesses = {READER: read}
    for way, share in ((RECURRENT, 1.0), (LINEAR, 0.0)):
        alone = Reader(Bundle("reader", bundle.config | {"share": share}, bundle.tensors))
        guesses[way] = answers(alone, data, test)[0]
    guesses[RIDGE] = baseline
    known = targets_of(data)[data.where("train")]
    guesses[GUESS] = np.tile(np.nanmean(known, 0) * [HIGHEST[name] for name in FIGURES], (len(test), 1))
    named, random = removals(reader, data, test[:REMOVED_FROM], seed)
    print(f"seed {seed}: {len(test)} test critiques of {len(set(groups[test]))} groups", flush=True)
    return Seed(groups[test], true, guesses, held, named, random)


def resampled(groups: np.ndarray, statistic: Callable[[np.ndarray], float]) -> str:
    """Return a statistic of rows with its interval, resampling groups."""
    chance = np.random.default_rng(0)
    _, label = np.unique(groups, return_inverse=True)
    members = np.split(np.argsort(label, kind="stable"), np.cumsum(np.bincount(label))[:-1])
    drawn = []
    for _ in range(RESAMPLES):
        chosen = chance.integers(0, len(members), len(members))
        drawn.append(statistic(np.concatenate([members[place] for place in chosen])))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{statistic(np.arange(len(groups))):.3f} [{low:.3f}, {high:.3f}]"


def report(seeds: list[Seed]) -> None:
    # A group that several seeds test is one group all the same.
    groups = np.concatenate([one.groups for one in seeds])
    true = np.concatenate([one.true for one in seeds])
    guesses = {way: np.concatenate([one.guesses[way] for one in seeds]) for way in seeds[0].guesses}

    def off(way: str, rows: np.ndarray, column: int = 0) -> float:
        return float(np.nanmean(np.abs(guesses[way][rows, column] - true[rows, column])))

    def rank(way: str, rows: np.ndarray, column: int = 0) -> float:
        pair = guesses[way][rows, column], true[rows, column]
        known = np.isfinite(pair[0]) & np.isfinite(pair[1])
        # A constant ranks nothing.
        return float(spearmanr(pair[0][known], pair[1][known]).statistic) if np.ptp(pair[0][known]) else 0.0

    print(f"\n{len(true)} readings of {len(set(groups))} groups, {len(seeds)} seeds\n")
    print("| | mean absolute error | sd of seeds | Spearman |\n|---|---|---|---|")
    for way in guesses:
        spread = np.std([np.abs(one.guesses[way][:, 0] - one.true[:, 0]).mean() for one in seeds])
        ranked = resampled(groups, lambda rows, way=way: rank(way, rows)) if way != GUESS else "0"
        print(f"| {way} | {resampled(groups, lambda rows, way=way: off(way, rows))} | {spread:.2f} | {ranked} |")
    print("\n| reader less ... | error, points | Spearman |\n|---|---|---|")
    for other in (RIDGE, LINEAR, RECURRENT):
        less = resampled(groups, lambda rows, other=other: off(READER, rows) - off(other, rows))
        more = resampled(groups, lambda rows, other=other: rank(READER, rows) - rank(other, rows))
        print(f"| {other} | {less} | {more} |")
    print("\n| attribute | reader, error | ridge, error | difference | reader, Spearman | ridge, Spearman |")
    print("|---|---|---|---|---|---|")
    for name in ATTRIBUTES:
        column = FIGURES.index(name)
        less = resampled(groups, lambda rows, column=column: off(READER, rows, column) - off(RIDGE, rows, column))
        errors = " | ".join(f"{off(way, np.arange(len(true)), column):.3f}" for way in (READER, RIDGE))
        ranks = " | ".join(f"{rank(way, np.arange(len(true)), column):.3f}" for way in (READER, RIDGE))
        print(f"| {name} | {errors} | {less} | {ranks} |")
    held = np.concatenate([one.held for one in seeds])
    print(f"\nIntervals of 90 % held {resampled(groups, lambda rows: float(held[rows].mean()))}")
    each = ", ".join(f"{one.held.mean():.3f}" for one in seeds)
    print(f"by seed: {each}")
    named, random = (np.concatenate([getattr(one, side) for one in seeds]) for side in ("named", "random"))
    chance = np.random.default_rng(0).integers(0, len(named), (RESAMPLES, len(named)))
    low, high = np.quantile((named - random)[chance].mean(1), [0.025, 0.975])
    print(
        f"Without the {REMOVED} words named strongest the total changes by {named.mean():.2f} points, "
        f"without {REMOVED} random ones by {random.mean():.2f}; "
        f"difference {(named - random).mean():.2f} [{low:.2f}, {high:.2f}]"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("critiques", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--fixed", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    arguments = parser.parse_args()
    options = dict(item.split("=", 1) for item in arguments.set)
    rows, seeds = read_sequences(arguments.critiques).to_pylist(), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for seed in range(arguments.seeds):
            if not (arguments.fixed and seed):
                data, groups = deal(rows, HOUSE_SEED if arguments.fixed else FIRST_SEED + seed, folder)
                baseline = ridge(data)
            seeds.append(measure(data, groups, baseline, options, seed, folder))
    report(seeds)


if __name__ == "__main__":
    main()
