"""What a person orders of a generator, and how seeds are written."""

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from artmodels.accept import accept
from artmodels.errors import AtelierError
from artmodels.gan.painter import MOST_SEED
from tasks.paths import GivenPath

MOST_PICTURES = 1_000_000


class GenerateOrder(BaseModel):
    """What a person orders."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    out: GivenPath = Field(description="The job's folder: pictures, ledger, gallery.")
    seeds: str = Field("", description="Seeds and ranges of them, such as 7,100-199; empty: from 0 on.")
    count: int | None = Field(
        None, ge=1, le=MOST_PICTURES, description="How many of the seeds; None: all, and 16 where none are named."
    )
    classes: tuple[str, ...] = Field((), description="Classes to paint, every seed in each; none: the seed decides.")
    truncation: float = Field(1.0, ge=0, le=1, description="From 0, the typical picture, to 1, as varied as the works.")
    surfaces: str = Field("", description="Seeds whose surfaces each picture gets in turn; empty: each its own.")
    directions: dict[int, float] = Field({}, description="How far to go in which of the model's directions.")
    like: tuple[GivenPath, ...] = Field(
        (), description="Pictures that are liked: of the seeds, `count` most like them."
    )
    format: Literal["png", "jpg", "webp"] = Field("png", description="Kind of file: png loses nothing.")
    model: str = Field("champion", description="Alias or number of the version.")
    threads: int = Field(2, ge=1, le=64, description="Threads that encode.")

    def chosen(self) -> list[int]:
        """Return the seeds to paint, or to choose from where pictures are liked.

        Raises:
            AtelierError: they cannot be read, or there are fewer than are to be painted.
        """
        if not self.seeds:
            wanted = 16 if self.count is None else self.count
            return list(range(CANDIDATES * wanted if self.like else wanted))
        seeds = read_seeds(self.seeds)
        if self.count is not None and self.count > len(seeds):
            raise AtelierError(f"count={self.count} is not accepted: seeds={self.seeds!r} are {len(seeds)}.")
        return seeds if self.like else seeds[: self.count]


CANDIDATES = 50
"""Seeds that are looked at for each that is to be painted, where pictures are liked and no seeds are named."""


def order(**fields: Any) -> GenerateOrder:
    """Check an order.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    wanted = accept(GenerateOrder, fields)
    wanted.chosen()
    if wanted.surfaces:
        read_seeds(wanted.surfaces, "surfaces")
    return wanted


def read_seeds(text: str, field: str = "seeds") -> list[int]:
    """Read seeds such as `7,100-199`: in their order, each once.

    Raises:
        AtelierError: the text is no list of seeds, a range is empty, or a seed is too large.
    """
    seeds: dict[int, None] = {}
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,10})(?:-(\d{1,10}))?\s*", part, re.ASCII)
        if match is None:
            raise AtelierError(f"{field}={text!r} is not accepted: write numbers and ranges, such as 7,100-199.")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last > MOST_SEED:
            raise AtelierError(
                f"{field}={text!r} is not accepted: {part.strip()} is empty, or goes beyond {MOST_SEED}."
            )
        if last - first >= MOST_PICTURES or len(seeds) > MOST_PICTURES:
            raise AtelierError(f"{field}={text!r} is not accepted: at most {MOST_PICTURES} pictures a job.")
        seeds.update(dict.fromkeys(range(first, last + 1)))
    return list(seeds)
