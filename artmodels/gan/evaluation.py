"""How good a generator's pictures are, how varied, and how far from being copies."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from artmodels.errors import AtelierError
from artmodels.gan.features import vectors_of
from artmodels.images import PackedImages
from artmodels.metrics.kernel import coverage, kernel_distance, kernel_items
from artmodels.perception import load_perceptor
from artmodels.pictures import centre_square

if TYPE_CHECKING:
    from artmodels.gan.painter import GanPainter


def evaluate_generator(model: "GanPainter", data: PackedImages, perceptor: Path, count: int) -> dict[str, np.ndarray]:
    """Compare the pictures of the first `count` seeds with the works of the test split.

    Returns `(N,) float` each:
        `kernel_distance`: what each picture adds to the kernel distance (KID) from the test works, over the same for
            flat pictures in the works' mean colours: 0 for more test works, 1 for having learnt colours only.
        `coverage`: 1 where a test work has a painted one as near as other works are.
        `novelty`: distance of each picture to the nearest work that was learnt from, mirrored ones included, over
            what is usual for test works: near 0 for a copy.

    Raises:
        AtelierError: there are fewer than two works to test by.
    """
    eye = load_perceptor(perceptor, model.device)
    learnt, tested = (_squares(data, split, model.resolution) for split in ("train", "test"))
    if len(tested) < 2 or not learnt:
        raise AtelierError("A GAN is judged by 2 artworks of the test split or more: add some with `atelier ingest`.")
    painted = vectors_of((model.generate(seed) for seed in range(max(2, count))), eye)
    held, seen = vectors_of(tested, eye), vectors_of([*learnt, *(work[:, ::-1] for work in learnt)], eye)
    flat = vectors_of((_flat(work) for work in tested), eye)
    usual = _nearest(held, seen).median().clamp_min(1e-6)
    return {
        "kernel_distance": _array(kernel_items(painted, held) / max(kernel_distance(flat, held), 1e-6), count),
        "coverage": _array(coverage(painted, held), count),
        "novelty": _array(_nearest(painted, seen) / usual, count),
    }


def _squares(data: PackedImages, split: str, side: int) -> list[np.ndarray]:
    return [centre_square(data[row], side) for row in data.where(kind="artwork", split=split)]


def _flat(work: np.ndarray) -> np.ndarray:
    return np.broadcast_to(work.mean((0, 1)).round().astype(np.uint8), work.shape)


def _nearest(some: Tensor, others: Tensor) -> Tensor:
    return torch.cdist(some, others).min(1).values


def _array(values: Tensor, count: int) -> np.ndarray:
    return values[:count].double().numpy()
