"""`data/rejected.csv`: what did not get into the catalog, and why."""

import csv
import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

from tasks.files import replacing
from tasks.spreadsheet import csv_text, plain

HEADER = ("where", "sha256", "reason")
"""The columns of the file. No time of day: the same refusals give the same bytes."""


@dataclass(frozen=True)
class Refusal:
    """One file that was refused.

    Attributes:
        where: path or URL.
        sha256: of its bytes; empty where they were not read.
        reason: one sentence.
    """

    where: str
    sha256: str
    reason: str


def add_refusals(path: Path, refusals: Iterable[Refusal]) -> None:
    """Add those refusals to the file which it does not hold yet, in one step."""
    known: dict[tuple[str, ...], None] = {}
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as stream:
            known = {tuple(map(plain, line)): None for line in list(csv.reader(stream))[1:]}
    before = len(known)
    known.update({tuple(map(_one_line, astuple(one))): None for one in refusals})
    if len(known) == before:
        return
    with replacing(path) as part:
        part.write_bytes(csv_text([HEADER, *known], line_end="\n").encode())


def _one_line(cell: str) -> str:
    """Return the cell as one line of valid UTF-8."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", cell.encode("utf-8", "backslashreplace").decode())
