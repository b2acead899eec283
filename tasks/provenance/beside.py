"""What the ledger of a job's folder says of a picture in it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tasks.batch.history import DONE, NAME, read_lines
from tasks.pictures import file_sha256

_DEEPEST = 4
"""Folders that a picture may lie below its job's."""


@dataclass(frozen=True)
class Noted:
    """A ledger's line about a picture.

    Attributes:
        ledger: the file.
        same_file: the picture has the very bytes that the ledger knows.
        record: what it was made of.
        at: when it was written, in UTC.
    """

    ledger: Path
    same_file: bool
    record: dict[str, Any]
    at: str


def noted_in_ledger(picture: Path) -> Noted | None:
    """Return what the nearest ledger above a picture says of it; None where there is none, or it is not in it.

    Raises:
        AtelierError: the ledger is damaged.
    """
    path = picture.resolve()
    for folder in list(path.parents)[:_DEEPEST]:
        ledger = folder / NAME
        if ledger.is_file():
            line = _lines(ledger, ledger.stat().st_mtime_ns).get(path.relative_to(folder).as_posix())
            if line is None:
                return None
            return Noted(ledger, file_sha256(path) == line["sha256"], line["record"], line["at"])
    return None


@lru_cache(maxsize=4)
def _lines(ledger: Path, _changed: int) -> dict[str, dict[str, Any]]:
    """The last line of each output that is done."""
    return {line["output"]: line for line in read_lines(ledger) if line["status"] == DONE}
