"""What is told of an order: its report, a small file beside it."""

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_ATTEMPTS = 3
"""So often an order may meet a fault that is not its own, such as a server that does not answer."""

State = Literal["waiting", "running", "done", "failed"]


class Report(BaseModel):
    """How far an order is. It holds the order itself, so that the file may go once it has begun."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="The order's name: its file's, as far as it may stand in a path.")
    digest: str = Field(pattern="^[0-9a-f]{12}$", description="Beginning of the sha256 of its bytes.")
    state: State = Field(description="waiting, running, done or failed.")
    reason: str = Field(default="", description="Why it failed, or waits.")
    order: dict[str, Any] = Field(default={}, description="The order as it was begun, its paths absolute.")
    model: str = Field(default="", description="The version that it was begun with: a resumed order mixes no two.")
    out: str = Field(default="", description="Where its results are.")
    begun: datetime | None = Field(default=None, description="When it was first begun, UTC.")
    ended: datetime | None = Field(default=None, description="When it was done or failed, UTC.")
    attempts: int = Field(default=0, description="How often it met a fault that may pass.")
    result: dict[str, Any] = Field(default={}, description="The job's own report.")

    @property
    def key(self) -> str:
        """What tells the order from every other, for people."""
        return f"{self.name}-{self.digest}"


def now() -> datetime:
    """The time in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
