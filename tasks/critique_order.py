"""What a person orders of the critic."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from artmodels.accept import accept
from tasks.paths import GivenPath


class CritiqueOrder(BaseModel):
    """What a person orders."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    pictures: tuple[GivenPath, ...] = Field(min_length=1, description="Pictures, or folders of them.")
    out: GivenPath = Field(description="The job's folder: table, gallery, ledger, pictures.")
    reasons: bool = Field(True, description="Show on each picture where the critic looked, and what it depends on.")
    model: str = Field("champion", description="Alias or number of the version.")
    threads: int = Field(2, ge=1, le=64, description="Threads that decode, and as many that encode.")


def order(**fields: Any) -> CritiqueOrder:
    """Check an order.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    return accept(CritiqueOrder, fields)
