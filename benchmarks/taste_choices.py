"""How many choices it takes to know a person's taste: asking the most telling pairs against random ones.

    python -m benchmarks.taste_choices PAINTINGS --weights ENCODER.safetensors [--people 40] [--works 300]

Half of the works are shown, the other half is ranked: the figure is Spearman's rank correlation of what was learnt with
the person's true worths on works that were never shown. A person chooses the better work with the probability of its
lead (logistic; two random works lead by 1.7 on average, so that one answer in five is against the own taste).

Two kinds of people. *Linear*: worth is a random direction of the codes, as the model has it. *Rules*: worth is a
mixture of things that no code says outright (how bright, how colourful, how busy, how warm), in random shares.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from scipy.special import expit
from scipy.stats import spearmanr

from artmodels.perception import load_perceptor
from artmodels.taste.eye import Eye, code_space, codes_of
from artmodels.taste.preference import learn_choices
from artmodels.taste.questions import next_questions
from tasks.decode import decode

MOST, AIM, LEAD = 160, 0.8, 1.7
CHECKS = (3, 5, 8, 12, 20, 30, 40, 60, 80, 120, 160)
MOST_SIDE = 512


def rules(picture: np.ndarray) -> list[float]:
    """How bright, how colourful, how busy and how warm a picture is."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    edges = cv2.Laplacian(lab[..., 0], cv2.CV_32F)
    chroma = np.hypot(lab[..., 1] - 128, lab[..., 2] - 128)
    return [lab[..., 0].mean(), chroma.mean(), np.log(np.abs(edges).mean() + 1), lab[..., 2].mean()]


def shrunk(picture: np.ndarray) -> np.ndarray:
    share = MOST_SIDE / max(picture.shape[:2])
    return cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA) if share < 1 else picture


def scaled(worths: np.ndarray) -> np.ndarray:
    """Bring worths to where two random works lead by `LEAD` on average."""
    return (worths - worths.mean()) * LEAD / np.abs(np.subtract.outer(worths, worths)).mean()


def follow(codes: np.ndarray, worths: np.ndarray, shown: np.ndarray, asking: bool, seed: int) -> dict[int, float]:
    """Return the rank correlation on the works that are not shown, after each of `CHECKS` choices."""
    chance, found = np.random.default_rng(seed), {}
    hidden = np.setdiff1d(np.arange(len(codes)), shown)
    better: list[int] = []
    worse: list[int] = []
    taste = learn_choices(codes[better], codes[worse])
    for number in range(1, MOST + 1):
        if asking:
            one, other = (shown[place] for place in next_questions(taste, codes[shown], 1, number)[0])
        else:
            one, other = chance.choice(shown, 2, replace=False)
        if chance.random() > expit(worths[one] - worths[other]):
            one, other = other, one
        better.append(one)
        worse.append(other)
        if asking or number in CHECKS:
            taste = learn_choices(codes[better], codes[worse])
        if number in CHECKS:
            found[number] = float(spearmanr(taste.worth(codes[hidden])[0], worths[hidden]).statistic)
    return found


def reached(curve: dict[int, float]) -> float:
    """Return after how many choices the aim was reached, between the checks along a line; infinity if never."""
    counts, ranks = list(curve), np.maximum.accumulate(list(curve.values()))
    if ranks[-1] < AIM:
        return float("inf")
    return float(np.interp(AIM, ranks, counts))


def row(name: str, curves: list[dict[int, float]]) -> str:
    chance = np.random.default_rng(0)
    counts = np.array([reached(curve) for curve in curves])
    drawn = np.sort(counts[chance.integers(0, len(counts), (2000, len(counts)))], axis=1)[:, len(counts) // 2]
    low, high = np.quantile(drawn, [0.025, 0.975], method="nearest")
    ranks = " | ".join(f"{np.mean([curve[count] for curve in curves]):.2f}" for count in CHECKS)
    middle = np.sort(counts)[len(counts) // 2]
    return f"| {name} | {middle:.0f} [{low:.0f}, {high:.0f}] | {np.isfinite(counts).mean():.0%} | {ranks} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--works", type=int, default=300)
    arguments = parser.parse_args()
    files = sorted(arguments.paintings.rglob("*.jpg"))
    files = [files[place] for place in np.random.default_rng(0).permutation(len(files))[: arguments.works]]
    pictures = [shrunk(decode(file, 10**8, 1).image) for file in files]
    eye = Eye(load_perceptor(arguments.weights))
    descriptors = [eye.describe(picture) for picture in pictures]
    codes = codes_of(code_space(descriptors), descriptors)
    looks = np.array([rules(picture) for picture in pictures])
    looks = (looks - looks.mean(0)) / looks.std(0)
    kinds: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
        "linear": lambda chance: codes @ chance.normal(size=codes.shape[1]),
        "rules": lambda chance: looks @ chance.normal(size=looks.shape[1]),
    }
    print(f"{len(files)} works, {arguments.people} people of each kind\n")
    print(f"| | choices to {AIM} | reached | " + " | ".join(f"after {count}" for count in CHECKS) + " |")
    print("|---" * (len(CHECKS) + 3) + "|")
    for kind, draw in kinds.items():
        for name, asking in (("asked", True), ("random", False)):
            curves = []
            for person in range(arguments.people):
                chance = np.random.default_rng([1, person])
                worths, shown = scaled(draw(chance)), chance.permutation(len(codes))[: len(codes) // 2]
                curves.append(follow(codes, worths, shown, asking, person))
            print(row(f"{kind}, {name}", curves), flush=True)


if __name__ == "__main__":
    main()
