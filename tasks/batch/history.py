"""Reading a job's ledger: what its folder holds now, and whether the files are still what was written."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artmodels.errors import AtelierError

if TYPE_CHECKING:
    import pandas as pd

NAME = "ledger.jsonl"
"""The ledger's name in a job's folder."""

DONE, SET_ASIDE = "done", "set aside"
"""The two values of a line's `status`."""

COLUMNS = [
    *("output", "key", "status", "reason", "sha256", "bytes"),
    *("width", "height", "seconds", "at", "record"),
]
"""What a line can say: `reason` only if set aside; the file's facts and `seconds` only if done. One that is set aside
for good, being withheld, has `final`, too."""

_FACTS = {DONE: ("output", "key", "bytes"), SET_ASIDE: ("output", "key", "reason")}


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield every whole line of a ledger, in order. A last line without its end is still being written.

    Raises:
        AtelierError: a line in the middle is damaged.
    """
    with path.open("rb") as file:
        for number, text in enumerate(file, 1):
            if not text.endswith(b"\n"):
                return
            try:
                line = json.loads(text)
                sound = all(fact in line for fact in _FACTS[line["status"]])
            except (ValueError, TypeError, KeyError):
                sound = False
            if not sound:
                raise AtelierError(
                    f"{path}, line {number}, is damaged: delete the line, and its picture is made again."
                )
            yield line


def read_ledger(path: Path) -> "pd.DataFrame":
    """Return the current state of a ledger, one row an output, in the order of their first lines.

    Args:
        path: the ledger, or the job's folder.

    Returns:
        a table with the columns of `COLUMNS`; what a line does not say is missing (None, NaN).

    Raises:
        AtelierError: there is no ledger, or a line is damaged.
    """
    import pandas as pd

    rows = list(current_lines(path).values())
    return pd.DataFrame(rows, columns=COLUMNS)


def find_damaged(out: Path) -> list[str]:
    """Return the outputs of a job's folder whose file is missing or whose sha256 is not the ledger's.

    Raises:
        AtelierError: there is no ledger, or a line is damaged.
    """
    done = (line for line in current_lines(out).values() if line["status"] == DONE)
    return [line["output"] for line in done if not _as_written(out / line["output"], line["sha256"])]


def current_lines(path: Path) -> dict[str, dict[str, Any]]:
    """Return the last line of every output of a ledger, or of the one in a job's folder.

    Raises:
        AtelierError: there is no ledger, or a line is damaged.
    """
    file = path / NAME if path.is_dir() else path
    if not file.is_file():
        raise AtelierError(f"{file} is not there: the folder of a batch job that has begun is needed.")
    return {line["output"]: line for line in read_lines(file)}


def _as_written(path: Path, sha256: str) -> bool:
    """Whether the file is there with these very bytes."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
