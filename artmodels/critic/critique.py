"""What the critic says of a picture."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np


@dataclass(frozen=True)
class Named:
    """A head that names a class.

    Attributes:
        probabilities: class to calibrated probability, the likeliest first.
        among: the classes that are not ruled out, the likeliest first: of held-out works, as many as the option
            `coverage` says had theirs among them. May be all there are.
    """

    probabilities: dict[str, float]
    among: tuple[str, ...]

    @property
    def best(self) -> str:
        """The likeliest class."""
        return next(iter(self.probabilities))


@dataclass(frozen=True)
class Estimated:
    """A head that gives a number: its median, and an interval that holds as many truths as `coverage` says."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Property:
    """A simple property, and the share of training works that have less of it, in percent."""

    value: float
    percentile: float


@dataclass(frozen=True)
class Neighbour:
    """A catalogued work that was read alike; `likeness` is the cosine of the embeddings, 1 for the same."""

    id: str
    title: str
    artist: str
    year: int | None
    likeness: float


@dataclass(frozen=True)
class Critique:
    """What the critic says of a picture, how sure it is, and why.

    Attributes:
        heads: `style`, `artist`, `year`, `rating`, as far as the data could teach them.
        strangeness: how unlike the training works it is: 1 is where the strangest twentieth of held-out works begins.
        belonging: the share of held-out works that are at least as strange, in (0, 1].
        properties: by name, see `artmodels.critic.properties`.
        nearest: catalogued works, the nearest first.
        attention: `(n, n) float`, summing to 1: where the reader's attention was.
        occlusion: `(n, n) float`: how much the answer that counts (`verdict`) moves when a place is blanked, an
            experiment that the attention is to be held against; None if it was not asked for.
        embedding: `(E,) float`, what was read.
    """

    heads: dict[str, Named | Estimated]
    strangeness: float
    belonging: float
    properties: dict[str, Property]
    nearest: tuple[Neighbour, ...]
    attention: np.ndarray
    occlusion: np.ndarray | None
    embedding: np.ndarray

    @property
    def known(self) -> bool:
        """Whether it is enough like the training works for the answers to mean something: 19 of 20 works are."""
        return self.strangeness <= 1

    @property
    def scale(self) -> Literal["rating", "belonging"]:
        """What the evaluation is: a rating where ratings could be learnt, else how much it is like the works."""
        return "rating" if "rating" in self.heads else "belonging"

    @property
    def evaluation(self) -> float:
        """What pictures are ranked by: more is better."""
        rating = self.heads.get("rating")
        return rating.value if isinstance(rating, Estimated) else self.belonging

    @property
    def agreement(self) -> float | None:
        """Rank correlation (Spearman) of attention and occlusion: near 0, the attention explains nothing."""
        if self.occlusion is None:
            return None
        attention, occlusion = (np.argsort(np.argsort(one.ravel())) for one in (self.attention, abs(self.occlusion)))
        return float(np.corrcoef(attention, occlusion)[0, 1])

    def as_json(self) -> dict[str, Any]:
        """The critique in JSON's types, maps row by row."""
        heads = {
            head: {"best": said.best, "probability": said.probabilities[said.best], "among": list(said.among)}
            if isinstance(said, Named)
            else {"value": said.value, "low": said.low, "high": said.high}
            for head, said in self.heads.items()
        }
        return {
            "evaluation": self.evaluation,
            "scale": self.scale,
            "known": self.known,
            "strangeness": self.strangeness,
            "belonging": self.belonging,
            "heads": heads,
            "properties": {name: vars(own) for name, own in self.properties.items()},
            "nearest": [vars(work) for work in self.nearest],
            "attention": self.attention.round(5).tolist(),
            "occlusion": None if self.occlusion is None else self.occlusion.round(5).tolist(),
            "agreement": self.agreement,
        }
