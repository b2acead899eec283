"""What a person orders of a composer."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from artmodels.accept import accept
from artmodels.errors import AtelierError
from artmodels.music.composer import HOTTEST, MOST_FRAMES, MOST_SEED
from tasks.paths import GivenPath

MOST_PIECES = 100_000


class ComposeOrder(BaseModel):
    """What a person orders."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    out: GivenPath = Field(description="The job's folder: piano rolls, MIDI files, scores, ledger, gallery.")
    count: int = Field(16, ge=1, le=MOST_PIECES, description="How many pieces.")
    seed: int = Field(0, ge=0, le=MOST_SEED, description="Seed of the first; the others follow it.")
    temperature: float = Field(0.9, gt=0, le=HOTTEST, description="Below 1 likelier notes, above 1 bolder ones.")
    phrase: GivenPath | None = Field(None, description="A MIDI file that every piece begins with.")
    soprano: GivenPath | None = Field(None, description="A MIDI file whose highest notes every piece has on top.")
    frames: int | None = Field(
        None, ge=1, le=MOST_FRAMES, description="Frames of a piece at most; None: 64, or as many as the soprano has."
    )
    beats_per_minute: float = Field(80, ge=10, le=400, description="Of the MIDI files and scores.")
    model: str = Field("champion", description="Alias or number of the version.")
    threads: int = Field(2, ge=1, le=64, description="Threads that encode.")


def order(**fields: Any) -> ComposeOrder:
    """Check an order.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    wanted = accept(ComposeOrder, fields)
    if wanted.soprano is not None and (wanted.phrase is not None or wanted.frames is not None):
        other = "phrase" if wanted.phrase is not None else "frames"
        raise AtelierError(f"{other} does not go with soprano, which is harmonised from its beginning to its end.")
    if wanted.seed + wanted.count - 1 > MOST_SEED:
        raise AtelierError(f"seed={wanted.seed} is not accepted: with count={wanted.count} it goes beyond {MOST_SEED}.")
    return wanted
