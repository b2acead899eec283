"""An index of works: what they show and look like, ready to be searched, and how near to one of them is too near."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from artmodels.errors import AtelierError
from artmodels.gan.copies import copy_limit, nearest_drawn
from artmodels.gan.drawings import Drawings
from artmodels.gan.features import balance
from artmodels.perception import Perceptor
from artmodels.pictures import centre_square
from tasks.copies.looks import Looks, look_at

FEWEST = 4
"""Works held out that limits need."""

MOST = 2000
"""Works held out that limits are learnt from: more would not move the quartiles."""


@dataclass(frozen=True)
class Limits:
    """What works held out, being no copies, never come near to: see `artmodels.gan.copies.copy_limit`.

    Attributes:
        drawing: of the distance of drawings.
        features: of the distance of deep features.
        hash_bits: of the distance of perceptual hashes.
        held_out: works that they were learnt from.
    """

    drawing: float
    features: float
    hash_bits: float
    held_out: int


@dataclass(frozen=True)
class Found:
    """The work that a picture is nearest to.

    Attributes:
        work: what is known of it.
        distance: of the drawings: 0 for the same, about 1 for none alike.
        limit: of `distance`, below which the picture is a copy.
        features: distance of the deep features.
        hash_bits: distance of the perceptual hashes, of 64 bits.
        copy: whether the picture is as near as a copy.
    """

    work: dict[str, str]
    distance: float
    limit: float
    features: float
    hash_bits: int
    copy: bool


@dataclass(frozen=True)
class Index:
    """The works of a version of the data.

    Attributes:
        works: what is known of each.
        among: which are searched, `(W,) bool`: those that were learnt from, or may have been.
        drawings: what they show.
        features: what they look like, `(W, D)`: vectors whose parts are balanced by `factors`.
        factors: `(D,)`.
        hashes: their perceptual hashes, `(W,) uint64`.
        limits: how near is too near.
    """

    works: list[dict[str, str]]
    among: np.ndarray
    drawings: Drawings
    features: Tensor
    factors: Tensor
    hashes: np.ndarray
    limits: Limits

    def search(self, looks: Looks) -> list[Found]:
        """Return the nearest work of each picture."""
        likeliest = self.drawings.likeliest(looks.drawings, self.among).tolist()
        each = zip(looks.drawings, likeliest, self.apart(looks.vectors), looks.hashes, strict=True)
        return [self._nearest(*one) for one in each]

    def apart(self, vectors: Tensor) -> np.ndarray:
        """Return how far deep features are from every work's, `(N, W)`: infinitely from those that are not searched."""
        # Without matrices, whose products depend on what else is multiplied.
        found = torch.cdist(vectors * self.factors, self.features, compute_mode="donot_use_mm_for_euclid_dist").numpy()
        found[:, ~self.among] = np.inf
        return found

    def _nearest(self, drawn: np.ndarray, likeliest: list[int], apart: np.ndarray, hashed: np.uint64) -> Found:
        """The nearest by its drawing, unless another one's features and hash both say that it was copied."""
        distance, work = min((self.drawings.distance(drawn, number), number) for number in likeliest)
        bits = np.bitwise_count(self.hashes ^ hashed)
        copy, alike = distance < self.limits.drawing, int(apart.argmin())
        if not copy and apart[alike] < self.limits.features and bits[alike] < self.limits.hash_bits:
            copy, work, distance = True, alike, self.drawings.distance(drawn, alike)
        return Found(self.works[work], distance, self.limits.drawing, float(apart[work]), int(bits[work]), copy)


def make_index(works: list[dict[str, str]], pictures: Iterable[np.ndarray], eye: Perceptor, side: int) -> Index:
    """Look at works' pictures `(H, W, 3) uint8` once; those of the split `train` are searched.

    Args:
        works: what is known of each: its `split`, for one.
        pictures: of the works, in their order.
        eye: the perceptual encoder.
        side: of generated pictures, in pixels.

    Raises:
        AtelierError: there are too few works.
    """
    trained = np.array([work["split"] == "train" for work in works], bool)
    held = np.flatnonzero(~trained)[:MOST].tolist()
    if len(held) < FEWEST or not trained.any():
        raise AtelierError(
            f"There are {trained.sum()} artworks to learn from and {len(held)} held out, and how near is too near "
            f"takes {FEWEST} that are held out."
        )
    parts: list[Drawings] = []

    def squares() -> Iterator[np.ndarray]:
        for picture in pictures:
            parts.append(Drawings.of([picture]))
            yield centre_square(picture, side)

    looks = look_at(squares(), eye)
    factors = balance(looks.vectors[torch.from_numpy(trained)])
    drawings, features = Drawings.joined(parts), looks.vectors * factors
    index = Index(works, trained, drawings, features, factors, looks.hashes, Limits(0, 0, 0, 0))
    return replace(index, limits=calibrate(index, looks.of(held)))


def calibrate(index: Index, held_out: Looks) -> Limits:
    """Learn how near is too near from works that are not among those searched."""
    return Limits(
        drawing=copy_limit(nearest_drawn(held_out.drawings, index.drawings, index.among).distance),
        features=copy_limit(index.apart(held_out.vectors).min(1)),
        hash_bits=copy_limit(np.bitwise_count(held_out.hashes[:, None] ^ index.hashes[index.among]).min(1)),
        held_out=len(held_out.drawings),
    )
