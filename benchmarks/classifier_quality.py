"""How well the classifier names paintings, against simpler ways: five seeds, split by artist or at random.

    python -m benchmarks.classifier_quality PAINTINGS --weights SQUEEZENET.safetensors --split random
        --outside emoji=FOLDER --outside photographs=FOLDER

PAINTINGS holds `labels.csv` and the pictures it names. Prints tables as markdown, and writes the confusion matrix.
Intervals are 95 % bootstrap intervals over the test works of all seeds.
"""

import argparse
import copy
import tempfile
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, f1_score, roc_auc_score
from torch import Tensor

from artmodels.bundle import load_bundle
from artmodels.classifier.bodies import Body
from artmodels.classifier.calibration import expected_calibration_error
from artmodels.classifier.config import ClassifierConfig
from artmodels.classifier.descriptors import Descriptors
from artmodels.classifier.labels import labels_of, learn_classes, words_of
from artmodels.classifier.module import ClassifierModule
from artmodels.classifier.namer import Namer
from artmodels.classifier.network import ClassifierNet, build_body
from artmodels.classifier.samples import CroppedWorks, DescribedWorks
from artmodels.classifier.views import both_ways
from artmodels.fit import fit
from artmodels.images import PackedImages
from artmodels.perception import load_perceptor
from benchmarks.classifier_works import pack_works, split_works
from tasks.decode import decode
from tasks.evaluation import interval

SIDE, RESAMPLES, OUTSIDE = 256, 400, 200
CLASSIC = {
    "network": "classic",
    "side": 64,
    "steps": 300,
    "batch_size": 32,
    "learning_rate": 0.002,
    "preview_steps": 10**6,
}
"""The baseline's options: small crops and few steps, so that ten trainings take minutes and not hours."""

Guess = tuple[np.ndarray, np.ndarray]
"""Probabilities `(N, C)` and true classes `(N,)` of a seed's test works."""


class Bench:
    """The packed works, and descriptors of them that are computed once for all seeds."""

    def __init__(self, data: PackedImages, weights: str, cache: Path | None) -> None:
        self.data, self.weights, self.cache = data, weights, cache
        self.styles = sorted(set(words_of(data)["style"]))
        self.truth = np.array([self.styles.index(style) for style in words_of(data)["style"]])
        self.pretrained = self._descriptors(True)
        self.random = self._descriptors(False)

    def save(self) -> None:
        """Keep the descriptors for the next run."""
        if self.cache is not None:
            torch.save({"pretrained": self.pretrained._known, "random": self.random._known}, self.cache)

    def _descriptors(self, pretrained: bool) -> Descriptors:
        config = ClassifierConfig(weights=self.weights, pretrained=pretrained)
        made = Descriptors(build_body(config, load_perceptor(self.weights)), self.data, SIDE)
        if self.cache is not None and self.cache.is_file():
            made._known = torch.load(self.cache)["pretrained" if pretrained else "random"]
        return made


def majority(bench: Bench, dealt: PackedImages, seed: int) -> np.ndarray:
    shares = np.bincount(bench.truth[dealt.where(split="train")], minlength=len(bench.styles)).astype(float)
    return np.tile(shares / shares.sum(), (len(dealt.where(split="test")), 1))


def linear_probe(descriptors: Descriptors) -> Callable[[Bench, PackedImages, int], np.ndarray]:
    """Logistic regression on the means of the encoder's last maps, its strength chosen on the validation split."""

    def probe(bench: Bench, dealt: PackedImages, seed: int) -> np.ndarray:
        last = descriptors.body.maps(torch.zeros(1, 3, SIDE, SIDE))[-1].shape[1]
        rows = {split: dealt.where(split=split) for split in ("train", "validation", "test")}
        # The descriptor ends with the square roots of the last maps' means and of their deviations.
        seen = {
            split: torch.stack([descriptors.describe(int(row), 0) for row in own])[:, -2 * last : -last].square()
            for split, own in rows.items()
        }
        mean, deviation = seen["train"].mean(0), seen["train"].std(0) + 1e-6
        normal = {split: ((own - mean) / deviation).numpy() for split, own in seen.items()}
        probes = [
            LogisticRegression(C=strength, max_iter=300).fit(normal["train"], bench.truth[rows["train"]])
            for strength in (0.001, 0.01, 0.1)
        ]
        best = max(probes, key=lambda one: one.score(normal["validation"], bench.truth[rows["validation"]]))
        guess = np.zeros((len(rows["test"]), len(bench.styles)))
        guess[:, best.classes_] = best.predict_proba(normal["test"])
        return guess

    return probe


def trained(bench: Bench, dealt: PackedImages, config: ClassifierConfig, descriptors: Descriptors) -> ClassifierNet:
    """Train a classifier as the house does, and load its bundle."""
    dealt_descriptors = copy.copy(descriptors)
    dealt_descriptors.data = dealt
    classes = learn_classes(dealt, config.min_works)
    labels = labels_of(dealt, classes)
    module = ClassifierModule(config, dealt_descriptors, classes)
    source: DescribedWorks | CroppedWorks = DescribedWorks(dealt_descriptors, labels, config.views, config.seed)
    if config.network == "classic":
        source = CroppedWorks(dealt, labels, config.side, config.seed)
    with tempfile.TemporaryDirectory() as folder:
        bundle = fit(
            "classifier",
            module,
            source,
            config,
            Path(folder),
            report=lambda step, figures: None,
            on_preview=lambda step, path: None,
            accelerator="cpu",
        )
        namer = Namer(load_bundle(bundle))
    network = namer.network
    network.styles = namer.classes["style"]
    return network


def answers(bench: Bench, network: ClassifierNet, seen: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities over all styles `(N, C)` and strangeness `(N,)` of descriptors `(N, D)`."""
    with torch.no_grad():
        logits, strangeness = network.answer(seen)
        given = network.probabilities(logits)["style"].numpy()
    guess = np.zeros((len(given), len(bench.styles)))
    guess[:, [bench.styles.index(style) for style in network.styles]] = given
    return guess, strangeness.numpy()


def classic(bench: Bench, dealt: PackedImages, seed: int) -> np.ndarray:
    """The CNN of the textbooks, from scratch."""
    config = ClassifierConfig(**CLASSIC, seed=seed)
    descriptors = Descriptors(build_body(config, None), dealt, config.side)
    network = trained(bench, dealt, config, descriptors)
    body: Body = network.body
    seen = Descriptors(body, dealt, config.side).both_ways(dealt.where(split="test")).mean(1)
    return answers(bench, network, seen)[0]


def macro_f1(guess: np.ndarray, truth: np.ndarray) -> float:
    return float(f1_score(truth, guess.argmax(1), average="macro", zero_division=0, labels=np.unique(truth)))


def resampled(figure: Callable[[np.ndarray, np.ndarray], float], guess: np.ndarray, truth: np.ndarray) -> str:
    """A figure and its bootstrap interval."""
    chance = np.random.default_rng(0)
    values = []
    for _ in range(RESAMPLES):
        chosen = chance.integers(0, len(truth), len(truth))
        values.append(figure(guess[chosen], truth[chosen]))
    low, high = np.percentile(values, [2.5, 97.5])
    return f"{figure(guess, truth):.3f} [{low:.3f}, {high:.3f}]"


def report(name: str, guesses: list[Guess]) -> np.ndarray:
    """Print a line of the table; return whether each test work was named rightly."""
    guess, truth = np.concatenate([one for one, _ in guesses]), np.concatenate([one for _, one in guesses])
    right = (guess.argmax(1) == truth).astype(float)
    first = interval(right)
    spread = np.std([(one.argmax(1) == true).mean() for one, true in guesses])
    error = resampled(
        lambda g, t: expected_calibration_error(torch.from_numpy(g).float(), torch.from_numpy(t)), guess, truth
    )
    print(
        f"| {name} | {100 * first.mean:.1f} % [{100 * first.low:.1f}, {100 * first.high:.1f}] | {100 * spread:.1f} "
        f"| {resampled(macro_f1, guess, truth)} | {error} |",
        flush=True,
    )
    return right


def draw_confusion(guess: np.ndarray, truth: np.ndarray, styles: list[str], path: Path) -> None:
    """Draw the confusion matrix, each row a true style, in shares of the row."""
    mpl.use("Agg")
    from matplotlib import pyplot

    counts = confusion_matrix(truth, guess.argmax(1), labels=range(len(styles)))
    shares = counts / counts.sum(1, keepdims=True).clip(1)
    figure, axes = pyplot.subplots(figsize=(11, 10), layout="constrained")
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(styles)), styles, rotation=90)
    axes.set_yticks(range(len(styles)), [f"{s} ({n})" for s, n in zip(styles, counts.sum(1), strict=True)])
    axes.set_xlabel("named")
    axes.set_ylabel("true (test works of all seeds)")
    for row, column in np.argwhere(shares >= 0.05):
        value = shares[row, column]
        colour = "white" if value > 0.5 else "black"
        axes.text(column, row, f"{100 * value:.0f}", ha="center", va="center", fontsize=7, color=colour)
    figure.savefig(path, dpi=90)


def outside_descriptors(body: Body, folder: Path) -> Tensor:
    """Descriptors `(N, D)` of pictures that are no paintings, at most `OUTSIDE` spread evenly over the folder."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in {".png", ".jpg"})
    paths = [paths[index] for index in np.linspace(0, len(paths) - 1, min(OUTSIDE, len(paths))).astype(int)]
    with torch.no_grad():
        return torch.stack([body(both_ways(decode(path, 2**26, 1).image, SIDE)).mean(0) for path in paths])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paintings", type=Path, help="folder with labels.csv and the pictures it names")
    parser.add_argument("--weights", required=True, help="the encoder: squeezenet1_1, or a .safetensors file of it")
    parser.add_argument("--split", choices=("random", "artist"), default="random")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--confusion", type=Path, help="the PNG of the confusion matrix")
    parser.add_argument("--outside", action="append", default=[], metavar="NAME=FOLDER", help="no paintings")
    parser.add_argument("--cache", type=Path, help="file that keeps descriptors from one run to the next")
    parser.add_argument("--classic", action="store_true", help="train the classic CNN, too: minutes a seed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(pack_works(options.paintings, Path(folder) / "packed"), options.weights, options.cache)
        measure(bench, options)


def measure(bench: Bench, options: argparse.Namespace) -> None:
    """Print the tables of one kind of split."""
    deals = [split_works(bench.data, options.split, seed) for seed in range(options.seeds)]
    truths = [bench.truth[dealt.where(split="test")] for dealt in deals]
    print(
        f"{options.split} split, {len(bench.styles)} styles, {options.seeds} seeds, {sum(map(len, truths))} test works"
    )
    print("\n| | top-1 | sd of seeds | macro-F1 | calibration error |\n|---|---|---|---|---|")
    methods: dict[str, Callable[[Bench, PackedImages, int], np.ndarray]] = {
        "majority": majority,
        "linear probe, random weights": linear_probe(bench.random),
        "linear probe": linear_probe(bench.pretrained),
    }
    if options.classic:
        methods["classic CNN"] = classic
    right = {
        name: report(name, [(method(bench, d, s), t) for s, (d, t) in enumerate(zip(deals, truths, strict=True))])
        for name, method in methods.items()
    }
    bench.save()
    networks = [
        trained(bench, dealt, ClassifierConfig(weights=bench.weights, seed=seed, preview_steps=10**6), bench.pretrained)
        for seed, dealt in enumerate(deals)
    ]
    seen = [bench.pretrained.both_ways(dealt.where(split="test")).mean(1) for dealt in deals]
    said = [answers(bench, network, one) for network, one in zip(networks, seen, strict=True)]
    ours = report("default", [(guess, truth) for (guess, _), truth in zip(said, truths, strict=True)])
    print(f"\ndefault - linear probe, work by work: {interval(ours - right['linear probe'])}")
    bench.save()
    if options.confusion:
        guess = np.concatenate([one for one, _ in said])
        draw_confusion(guess, np.concatenate(truths), bench.styles, options.confusion)
    print(
        "\n| outside | pictures | AUROC, mean of seeds | called unknown | paintings called so |\n|---|---|---|---|---|"
    )
    for name, _, folder in (text.partition("=") for text in options.outside):
        outside = outside_descriptors(bench.pretrained.body, Path(folder))
        areas, called, false = [], [], []
        for network, (_, strange) in zip(networks, said, strict=True):
            stranger = answers(bench, network, outside)[1]
            truth = np.r_[np.zeros(len(strange)), np.ones(len(stranger))]
            areas.append(roc_auc_score(truth, np.r_[strange, stranger]))
            called.append((stranger > 1).mean())
            false.append((strange > 1).mean())
        print(
            f"| {name} | {len(outside)} | {np.mean(areas):.3f} (sd {np.std(areas):.3f}) "
            f"| {np.mean(called):.0%} | {np.mean(false):.0%} |"
        )


if __name__ == "__main__":
    main()
