"""How well the critic dates paintings and names their styles, against simpler ways: five seeds, split by artist.

    python -m benchmarks.critic_baselines PAINTINGS --probe SQUEEZENET.safetensors

PAINTINGS holds `labels.csv` and the pictures it names. Prints tables as markdown. Intervals are 95 % bootstrap
intervals over the artists of the test works of all seeds: works of one artist err together.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from artmodels.bundle import load_bundle
from artmodels.classifier.views import whole
from artmodels.critic.config import CriticConfig
from artmodels.critic.critic import Critic
from artmodels.critic.critique import Estimated, Named
from artmodels.critic.labels import labels_of, learn_classes, learn_scales, numbers_of
from artmodels.critic.module import CriticModule
from artmodels.critic.network import CriticNet
from artmodels.critic.places import Places, local_moments
from artmodels.critic.properties import measure_properties
from artmodels.critic.samples import ReadWorks
from artmodels.fit import fit
from artmodels.images import PackedImages
from artmodels.perception import load_perceptor
from artmodels.pictures import to_tensor
from benchmarks.classifier_works import pack_works, split_works

SIDE, RESAMPLES = 256, 2000
STRENGTHS = {"style": (1e-4, 1e-3, 1e-2, 1e-1), "year": (1e1, 1e2, 1e3, 1e4)}
"""What the linear baselines choose from on the validation split."""


@dataclass
class Said:
    """What a method said of the test works of all seeds, and whether it was right; NaN where the truth is not known."""

    artist: list[str] = field(default_factory=list)
    figures: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, values: np.ndarray) -> None:
        """Add a seed's figures of its test works."""
        self.figures.setdefault(name, []).extend(np.asarray(values, float).tolist())


class Bench:
    """The packed works, and what encoders see in them, computed once for all seeds."""

    def __init__(self, data: PackedImages, options: argparse.Namespace) -> None:
        self.data, self.options = data, options
        self.styles = data.table["style"].to_numpy()
        self.years = numbers_of(data, "year").numpy().astype(float)
        self.encoder = load_perceptor(options.weights)
        self.moments = {side: self._moments(side) for side in {8, *(variant_places(v) for v in options.variant)}}
        self.statistics = np.stack([statistics(data[row]) for row in range(len(data))])
        self.probe = self._probe()
        self._places: tuple[tuple[int, ...], SeenPlaces] | None = None

    def _moments(self, side: int) -> Tensor:
        """Return what the critic's encoder sees: `(N, 2, L, D) half`, each work and its mirror image."""

        def see(row: int) -> Tensor:
            shown = to_tensor(whole(self.data[row], SIDE))[None]
            return torch.cat([local_moments(self.encoder(view), side) for view in (shown, shown.flip(3))]).half()

        return self._kept(f"moments-{side}", see)

    def _probe(self) -> np.ndarray:
        """Return the means of the last maps of the pretrained network: `(N, D)`."""
        network = load_perceptor(self.options.probe)

        def see(row: int) -> Tensor:
            return network(to_tensor(whole(self.data[row], SIDE))[None])[-1].mean((2, 3))[0]

        return self._kept("probe", see).numpy()

    def places(self, dealt: PackedImages, config: CriticConfig) -> "SeenPlaces":
        """Return the places of one kind of split; those asked for last are kept."""
        asked = (id(dealt), config.places, config.codes, config.seed)
        if self._places is None or self._places[0] != asked:
            self._places = asked, SeenPlaces(self, dealt, config)
        return self._places[1]

    @torch.no_grad()
    def _kept(self, name: str, see: Callable[[int], Tensor]) -> Tensor:
        path = self.options.cache / f"{name}.pt" if self.options.cache else None
        if path and path.is_file():
            return torch.load(path, mmap=True)
        seen = torch.stack([see(row) for row in range(len(self.data))])
        if path:
            torch.save(seen, path)
        return seen


class SeenPlaces(Places):
    """Places of which the encoder's answers are there already."""

    def __init__(self, bench: Bench, data: PackedImages, config: CriticConfig) -> None:
        self.moments = bench.moments[config.places]
        super().__init__(bench.encoder, data, config.side, config.places, config.codes, config.seed)

    def _look(self, row: int, view: int) -> Tensor:
        return self.moments[row, view].float()


def statistics(picture: np.ndarray) -> np.ndarray:
    """Return colour and composition: the simple properties, and colours' means and deviations in nine fields."""
    small = cv2.resize(picture, (96, 96), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    fields = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).reshape(3, 32, 3, 32, 3)
    return np.concatenate([measure_properties(picture), fields.mean((1, 3)).ravel(), fields.std((1, 3)).ravel()])


def blind(bench: Bench, dealt: PackedImages, seed: int, said: Said) -> None:
    """The commonest style, and the median year."""
    train, test = dealt.where(split="train"), dealt.where(split="test")
    names, counts = np.unique(bench.styles[train], return_counts=True)
    said.add("style", names[counts.argmax()] == bench.styles[test])
    said.add("year_error", np.abs(bench.years[test] - np.nanmedian(bench.years[train])))


def linear(features: str) -> Callable[[Bench, PackedImages, int, Said], None]:
    """Logistic regression and ridge on fixed features, their strength chosen on the validation split."""

    def probe(bench: Bench, dealt: PackedImages, seed: int, said: Said) -> None:
        seen = getattr(bench, features)
        rows = {split: dealt.where(split=split) for split in ("train", "validation", "test")}
        named = [
            make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=300)).fit(
                seen[rows["train"]], bench.styles[rows["train"]]
            )
            for strength in STRENGTHS["style"]
        ]
        best = max(named, key=lambda one: one.score(seen[rows["validation"]], bench.styles[rows["validation"]]))
        said.add("style", best.predict(seen[rows["test"]]) == bench.styles[rows["test"]])
        dated = {split: own[np.isfinite(bench.years[own])] for split, own in rows.items()}
        # Ranks, not years: a squared error of years would be all about the few oldest works.
        order = np.sort(bench.years[dated["train"]])
        ranks = np.searchsorted(order, bench.years[dated["train"]]) / len(order)
        models = [
            make_pipeline(StandardScaler(), Ridge(strength)).fit(seen[dated["train"]], ranks)
            for strength in STRENGTHS["year"]
        ]

        def errors(model: Ridge, own: np.ndarray) -> np.ndarray:
            return np.abs(np.quantile(order, model.predict(seen[own]).clip(0, 1)) - bench.years[own])

        said.add(
            "year_error", errors(min(models, key=lambda one: errors(one, dated["validation"]).mean()), rows["test"])
        )

    return probe


def critic(orders: int | str = 4, **changed: object) -> Callable[[Bench, PackedImages, int, Said], None]:
    """The critic, trained as the house does; with fewer `orders`, it reads in the first so many only."""

    def train(bench: Bench, dealt: PackedImages, seed: int, said: Said) -> None:
        config = CriticConfig(**changed, seed=seed, preview_steps=10**6, checkpoint_steps=10**6)
        places = bench.places(dealt, config)
        classes, scales = learn_classes(dealt, config.min_works), learn_scales(dealt, config)
        labels = labels_of(dealt, classes, scales)
        module = CriticModule(config, places, classes, scales, labels)
        read_fewer(module.network, int(orders))
        with tempfile.TemporaryDirectory() as folder:
            bundle = fit(
                "critic",
                module,
                ReadWorks(places, labels, seed),
                config,
                Path(folder),
                report=lambda step, figures: None,
                on_preview=lambda step, path: None,
                accelerator="cpu",
            )
            model = Critic(load_bundle(bundle))
            read_fewer(model.network, int(orders))
            judge(bench, dealt, model, places, said)

    return train


def read_fewer(network: CriticNet, orders: int) -> None:
    """Let a critic read in its first orders only."""
    network.reader.orders, network.reader.back = network.reader.orders[:orders], network.reader.back[:orders]


@torch.no_grad()
def judge(bench: Bench, dealt: PackedImages, model: Critic, places: Places, said: Said) -> None:
    """Add a critic's figures."""
    test = dealt.where(split="test")
    answers = []
    for row in test:
        logits, _, _ = model.network(places.both_ways(int(row))[0])
        answers.append(model.answers({head: own.mean(0, keepdim=True) for head, own in logits.items()}))
    named = [one["style"] for one in answers if isinstance(one["style"], Named)]
    dated = [one["year"] for one in answers if isinstance(one["year"], Estimated)]
    styles, years = bench.styles[test], bench.years[test]
    said.add("style", np.array([one.best for one in named]) == styles)
    said.add("style_covered", [true in one.among for one, true in zip(named, styles, strict=True)])
    said.add("style_among", [len(one.among) for one in named])
    said.add(
        "style_surprise",
        [-np.log(max(one.probabilities.get(t, 0), 1e-4)) for one, t in zip(named, styles, strict=True)],
    )
    said.add("year_error", np.abs([one.value for one in dated] - years))
    inside = np.array([one.low <= true <= one.high for one, true in zip(dated, years, strict=True)], float)
    said.add("year_covered", np.where(np.isfinite(years), inside, np.nan))
    said.add("year_width", np.where(np.isfinite(years), [one.high - one.low for one in dated], np.nan))


def resampled(values: np.ndarray, artists: Sequence[str]) -> str:
    """Return a mean and its interval, artists drawn with all their works."""
    known = np.isfinite(values)
    _, group = np.unique(np.asarray(artists)[known], return_inverse=True)
    sums, counts = np.bincount(group, values[known]), np.bincount(group)
    chosen = np.random.default_rng(0).integers(0, len(sums), (RESAMPLES, len(sums)))
    means = sums[chosen].sum(1) / counts[chosen].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{values[known].mean():.3g} [{low:.3g}, {high:.3g}]"


def variant_places(text: str) -> int:
    """Return how many places a variant such as `places=12,steps=200` reads along each side."""
    return int(dict(part.split("=") for part in text.split(",")).get("places", 8))


def measure(bench: Bench, options: argparse.Namespace) -> None:
    """Print the tables of one kind of split."""
    methods = {
        "blind guess": blind,
        "ridge on colour and composition": linear("statistics"),
        "linear probe on SqueezeNet": linear("probe"),
        "mean pooling": critic(reader="mean"),
        "mean pooling, 1200 steps": critic(reader="mean", steps=1200),
        "**GRU** (default)": critic(),
    }
    for text in options.variant:
        methods[f"GRU, {text}"] = critic(**dict(part.split("=") for part in text.split(",")))
    found = {name: Said() for name in methods}
    for seed in range(options.seeds):
        dealt = split_works(bench.data, options.split, seed)
        artists = bench.data.table["artist"].iloc[dealt.where(split="test")].tolist()
        for name, method in methods.items():
            found[name].artist += artists
            method(bench, dealt, seed, found[name])
            print(f"seed {seed}: {name}", flush=True)
    report(options, found)


def report(options: argparse.Namespace, found: dict[str, Said]) -> None:
    """Print the tables."""
    first = next(iter(found.values()))
    dated = int(np.isfinite(first.figures["year_error"]).sum())
    print(f"\n{options.split} split, {options.seeds} seeds, {len(first.artist)} test works, {dated} of them dated\n")
    print("| | style, top-1 % | dating, mean error in years |\n|---|---|---|")
    for name, said in found.items():
        right, error = 100 * np.array(said.figures["style"]), np.array(said.figures["year_error"])
        print(f"| {name} | {resampled(right, said.artist)} | {resampled(error, said.artist)} |")
    ours = found["**GRU** (default)"]
    print(
        "\n| GRU less ... , work by work | style, points | dating, years | surprise at the style |\n|---|---|---|---|"
    )
    for name, said in found.items():
        if said is not ours:
            cells = [
                resampled(scale * (np.array(ours.figures[key]) - np.array(said.figures[key])), ours.artist)
                if key in said.figures
                else ""
                for key, scale in (("style", 100), ("year_error", 1), ("style_surprise", 1))
            ]
            print(f"| {name} | {' | '.join(cells)} |")
    print("\n| coverage, wanted 90 % | styles % | classes a set | years % | width in years |\n|---|---|---|---|---|")
    for name, said in found.items():
        if "year_covered" in said.figures:
            cells = [
                resampled(scale * np.array(said.figures[key]), said.artist)
                for key, scale in (("style_covered", 100), ("style_among", 1), ("year_covered", 100), ("year_width", 1))
            ]
            print(f"| {name} | {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paintings", type=Path, help="folder with labels.csv and the pictures it names")
    parser.add_argument("--weights", default="weights/perceptor.safetensors", help="the critic's encoder")
    parser.add_argument("--probe", required=True, help="SqueezeNet: squeezenet1_1, or a .safetensors file of it")
    parser.add_argument("--split", choices=("random", "artist"), default="artist")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="NAME=VALUE,...",
        help="options of another critic to compare; orders=1: by rows only",
    )
    parser.add_argument("--cache", type=Path, help="folder that keeps what encoders saw for the next run")
    options = parser.parse_args()
    if options.cache:
        options.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        measure(Bench(pack_works(options.paintings, Path(folder) / "packed"), options), options)


if __name__ == "__main__":
    main()
