"""How far a job has come, and how it ended."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Progress:
    """How far a job has come.

    Attributes:
        done: pictures made by this run.
        skipped: pictures that were there already.
        set_aside: items that could not be made; the ledger says why.
        seconds: since the run began.
    """

    done: int
    skipped: int
    set_aside: int
    seconds: float

    @property
    def pictures_per_second(self) -> float:
        """Pictures made by this run, a second."""
        return self.done / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class JobReport(Progress):
    """How a job ended.

    Attributes:
        out: the folder of the pictures.
        ledger: the file in it that says where each came from.
    """

    out: Path
    ledger: Path

    def counts(self) -> dict[str, int | float]:
        """What a flow returns of it: `done`, `skipped`, `set_aside`, `seconds`."""
        return {
            "done": self.done,
            "skipped": self.skipped,
            "set_aside": self.set_aside,
            "seconds": round(self.seconds, 2),
        }
