"""How good a generator's pictures are, how varied, and whether they are copies."""

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from artmodels.errors import AtelierError
from artmodels.family import Judged
from artmodels.gan.copies import Nearest, copy_limit, nearest_works
from artmodels.gan.drawings import drawing
from artmodels.gan.features import RESAMPLING, SIDE, balance, cached_vectors, vectors_of
from artmodels.images import PackedImages
from artmodels.metrics.frechet import frechet_distance
from artmodels.metrics.kernel import kernel_distance, kernel_items
from artmodels.metrics.manifold import coverage, density, precision
from artmodels.perception import load_perceptor
from artmodels.pictures import centre_square

if TYPE_CHECKING:
    from artmodels.gan.painter import GanPainter

FEWEST = 4
"""Works of the test split, and pictures, that a figure needs."""

FROSTED = 8
"""Pixels a side that are left of a work seen through frosted glass, the baseline."""

LEAST = 10.0
"""Distance, times 1000, that counts as that of the frosted works where it is less: of works that are like frost."""

SHOWN = 16
"""Pairs of a picture and the work it is nearest to that a person gets to see."""


def evaluate_generator(
    model: "GanPainter", data: PackedImages, perceptor: Path, count: int, cache: Path | None = None
) -> Judged:
    """Compare the pictures of the first `count` seeds with the works of the test split.

    Values, item by item:
        `kernel_distance`: what each picture adds to the kernel distance (KID) from the test works, over the distance
            of works seen through frosted glass: 0 for more test works, 1 for having learnt light and colours only.
        `precision`, `density` of each picture; `recall`, `coverage` of each test work.
        `copy_distance`: of each picture's drawing from that of the nearest work learnt from, over what is usual for
            works held out; `copied`: 1 where it is nearer than works that are no copies come.

    Totals: `fid`, the Frechet distance; `kid`, the kernel distance itself, times 1000.

    Raises:
        AtelierError: there are fewer than `FEWEST` works to test by, or none was learnt from.
    """
    eye = load_perceptor(perceptor, model.device)
    split = {name: [data[row] for row in data.where("artwork", name)] for name in ("train", "validation", "test")}
    if len(split["test"]) < FEWEST or not split["train"]:
        raise AtelierError(
            f"A GAN is judged by {FEWEST} artworks of the test split or more, and there are {len(split['test'])}: "
            "add some with `atelier ingest`."
        )
    squares = [centre_square(work, model.resolution) for work in split["test"]]
    frosted = [_frosted(centre_square(work, model.resolution)) for work in split["train"]]
    name = f"{data.digest[:16]}-{eye.digest()[:16]}-{model.resolution}"
    held, veiled = (
        cached_vectors(each, eye, cache / f"{name}-{what}.safetensors" if cache else None)
        for what, each in (("test", squares), ("frosted", frosted))
    )
    drawings: list[np.ndarray] = []

    def paint(seed: int) -> np.ndarray:
        # Looked at twice, and then forgotten: thousands of large pictures are more than a machine holds.
        picture = model.generate(seed)
        drawings.append(drawing(picture))
        return picture

    factors, seeds = balance(held), range(max(FEWEST, count))
    held, veiled, painted = held * factors, veiled * factors, vectors_of(map(paint, seeds), eye) * factors
    others = [*squares, *(centre_square(work, model.resolution) for work in split["validation"])]
    usual, nearest = (nearest_works(each, split["train"]) for each in ([drawing(one) for one in others], drawings))
    limit = copy_limit(usual.distance)
    values = {
        "kernel_distance": kernel_items(painted, held) / max(kernel_distance(veiled, held), LEAST),
        "precision": precision(painted, held),
        "density": density(painted, held),
        "recall": precision(held, painted),
        "coverage": coverage(painted, held),
    }
    return Judged(
        {name: each.double().numpy() for name, each in values.items()}
        | {
            "copy_distance": nearest.distance / max(float(np.median(usual.distance)), 1e-6),
            "copied": (nearest.distance < limit).astype(float),
        },
        totals={"fid": frechet_distance(painted, held), "kid": kernel_distance(painted, held), "copy_limit": limit},
        pictures={"closest": _closest(model, nearest, split["train"])},
        protocol={
            "encoder_sha256": eye.digest(),
            "resampling": RESAMPLING,
            "encoder_side": str(SIDE),
            "pictures": str(len(seeds)),
            "reference": f"{len(held)} works of the test split, centre squares at {model.resolution} px",
            "data_sha256": data.digest,
        },
    )


def _closest(model: "GanPainter", nearest: Nearest, works: list[np.ndarray]) -> np.ndarray:
    """The pictures nearest to a work, the nearest first, each above its work: `(H, W, 3) uint8`."""
    columns = []
    for seed in np.argsort(nearest.distance, kind="stable")[:SHOWN].tolist():
        work = centre_square(works[nearest.work[seed]], model.resolution)
        columns.append(np.vstack([model.generate(seed), work]))
    return np.hstack(columns)


def _frosted(work: np.ndarray) -> np.ndarray:
    coarse = cv2.resize(work, (FROSTED, FROSTED), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(coarse, work.shape[:2], interpolation=cv2.INTER_CUBIC))
