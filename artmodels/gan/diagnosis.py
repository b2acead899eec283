"""Does it learn? Figures of a GAN in training on works that it does not learn from."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from artmodels.errors import AtelierError, StoppedError
from artmodels.gan.features import balance, vectors_of
from artmodels.gan.latents import labels_of, latents_of
from artmodels.gan.samples import rows_of
from artmodels.images import PackedImages
from artmodels.metrics.kernel import kernel_distance
from artmodels.metrics.manifold import coverage
from artmodels.perception import Perceptor
from artmodels.pictures import centre_square, to_picture, to_tensor

FEWEST = 4
"""Works of the validation split that a figure needs."""

PATIENCE = 3
"""Checks before which nothing is called collapsed: at first all pictures are alike."""

COLLAPSED = 0.25
"""Of the works' own variety, and of the best coverage so far: below it the pictures are one picture."""

SPLITS = {"train": "train", "held_out": "validation"}
"""What the scores are called, and where their works are from."""

SCORED = 64
"""Works whose scores are compared, and pictures painted at once."""


class Diagnosis:
    """Looks at a generator and a discriminator, always at the same seeds and works.

    Figures:
        `kernel_distance`: from the validation works, times 1000; the best model is the one where it is lowest.
        `coverage`: share of the validation works that have a painted one near.
        `variety`: mean distance between painted pictures, relative to that between works.
        `score_train`, `score_held_out`, `score_fake`: what the discriminator says, on average.
        `overfitting`: 0 where works held out are scored as those learnt from, 1 where they are scored as painted ones
            (r_v of Karras et al. 2020).
    """

    def __init__(
        self, data: PackedImages, eye: Perceptor, classes: Sequence[str], column: str, side: int, samples: int
    ) -> None:
        """Look at the validation split.

        Raises:
            AtelierError: it has fewer than `FEWEST` works.
        """
        self.eye, self.classes, self.samples = eye, len(classes), samples
        rows = {name: rows_of(data, split, classes, column) for name, split in SPLITS.items()}
        if len(rows["held_out"]) < FEWEST:
            raise AtelierError(
                f"The validation split has {len(rows['held_out'])} artworks to watch the training by, and {FEWEST} are "
                "needed: add works with `atelier ingest FOLDER`."
            )
        works = vectors_of((centre_square(data[row], side) for row in rows["held_out"]), eye)
        self.factors = balance(works)
        self.works = works * self.factors
        self.spread = float(torch.pdist(self.works).mean())
        self.scored = {
            name: torch.stack([to_tensor(centre_square(data[row], side)) for row in found[:SCORED]]) * 2 - 1
            for name, found in rows.items()
        }
        self.labels = {
            name: torch.tensor([classes.index(data.table[column][row]) for row in found[:SCORED]]) if classes else None
            for name, found in rows.items()
        }

    def look(self, generator: nn.Module, discriminator: nn.Module, latent: int) -> dict[str, float]:
        """Return the figures.

        Raises:
            StoppedError: what is painted is no number.
        """
        device = next(generator.parameters()).device
        painted, scores = [], {}
        for first in range(0, self.samples, SCORED):
            seeds = range(first, min(first + SCORED, self.samples))
            labels = labels_of(seeds, self.classes).to(device) if self.classes else None
            batch = generator(latents_of(seeds, latent).to(device), labels)
            if not batch.isfinite().all():
                raise StoppedError("What is painted is no number any more: lower learning_rate.")
            if not first:
                scores["fake"] = _score(discriminator, batch, labels)
            painted += [to_picture(one / 2 + 0.5) for one in batch]
        for name, works in self.scored.items():
            scores[name] = _score(discriminator, works.to(device), self.labels[name])
        vectors = vectors_of(painted, self.eye) * self.factors
        ahead = scores["train"] - scores["fake"]
        return {
            "kernel_distance": kernel_distance(vectors, self.works),
            "coverage": float(coverage(vectors, self.works).mean()),
            "variety": float(torch.pdist(vectors).mean()) / self.spread,
            "overfitting": (scores["train"] - scores["held_out"]) / ahead if ahead else 0.0,
            **{f"score_{name}": score for name, score in scores.items()},
        }


def stop_if_collapsed(figures: dict[str, float], former: Sequence[dict[str, float]], remedy: str) -> None:
    """Stop a training whose pictures have become alike.

    Args:
        figures: of now.
        former: figures of the checks before.
        remedy: what may help, in words.

    Raises:
        StoppedError: the pictures, or the share of works that they cover, vary too little.
    """
    if len(former) < PATIENCE:
        return
    best = max(one["coverage"] for one in former)
    if figures["variety"] < COLLAPSED or max(figures["coverage"], former[-1]["coverage"]) < COLLAPSED * best:
        raise StoppedError(
            f"The pictures have become alike: they differ {figures['variety']:.2f} times as much as works do and are "
            f"near {figures['coverage']:.0%} of them, once {best:.0%}: {remedy}, or add works."
        )


def _score(discriminator: nn.Module, pictures: Tensor, labels: Tensor | None) -> float:
    labels = labels.to(pictures.device) if labels is not None else None
    return float(discriminator(pictures, labels).mean())
