"""What a person orders of the model that draws."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from artmodels.accept import accept
from artmodels.errors import AtelierError
from artmodels.sketch.drawer import LEAST_TEMPERATURE
from tasks.generate_order import MOST_PICTURES, read_seeds
from tasks.paths import GivenPath


class DrawOrder(BaseModel):
    """What a person orders: new drawings, or ones that come of a given one."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    out: GivenPath = Field(description="The job's folder: drawings, ledger, gallery.")
    classes: tuple[str, ...] = Field((), description="What to draw, every seed of each; none: the seed decides.")
    seeds: str = Field("", description="Seeds and ranges of them, such as 7,100-199; empty: from `seed` on.")
    seed: int = Field(0, ge=0, lt=2**32, description="The first seed where `seeds` names none.")
    count: int = Field(16, ge=1, le=MOST_PICTURES, description="How many seeds from `seed` on.")
    temperature: float = Field(
        0.4, ge=LEAST_TEMPERATURE, le=1, description="From 0.01, what is likeliest, to 1, as varied as the model can."
    )
    begun: str = Field("", description="A drawing to finish, once for each seed.")
    vary: str = Field("", description="A drawing to draw again, once for each seed.")
    between: tuple[str, ...] = Field((), description="Two drawings or seeds; what lies between them is drawn.")
    between_steps: int = Field(8, ge=2, le=1000, description="Drawings from one to the other, both included.")
    size: int = Field(512, ge=32, le=8192, description="Side of the pictures, in pixels.")
    model: str = Field("champion", description="Alias or number of the version.")
    threads: int = Field(2, ge=1, le=64, description="Threads that encode.")

    def chosen(self) -> list[int]:
        """Return the seeds to draw.

        Raises:
            AtelierError: they cannot be read.
        """
        if self.seeds:
            return read_seeds(self.seeds)
        return read_seeds(f"{self.seed}-{self.seed + self.count - 1}")


def order(**fields: Any) -> DrawOrder:
    """Check an order.

    Raises:
        AtelierError: a field is not accepted, or two do not go together; the message names them.
    """
    wanted = accept(DrawOrder, fields)
    wanted.chosen()
    asked = [name for name in ("begun", "vary", "between") if getattr(wanted, name)]
    if len(asked) > 1:
        raise AtelierError(f"{asked[0]} and {asked[1]} do not go together: order one of them.")
    if wanted.between and len(wanted.between) != 2:
        raise AtelierError(f"between={list(wanted.between)!r} is not accepted: two drawings or seeds.")
    if wanted.between and len(wanted.classes) > 2:
        raise AtelierError("classes: between two drawings there are at most two, the first's and the last's.")
    if (wanted.begun or wanted.vary) and len(wanted.classes) > 1:
        raise AtelierError("classes: a given drawing is of one class.")
    return wanted
