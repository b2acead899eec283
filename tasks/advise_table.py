"""`advice.csv`: a row for each suggestion."""

from pathlib import Path
from typing import Any

from tasks.batch import read_ledger
from tasks.batch.encode import write_text
from tasks.batch.history import DONE
from tasks.spreadsheet import csv_text

TABLE = "advice.csv"
COLUMNS = ("path", "status", "reason", "rating", "kind", "edit", "change", "low", "high", "file")


def write_table(out: Path) -> Path:
    """Write `advice.csv`: a row for each suggestion, one for a picture without any, or that could not be read.

    Raises:
        CannotWrite: the folder takes no file.
    """
    table: list[list[Any]] = [list(COLUMNS)]
    for row in read_ledger(out).to_dict("records"):
        record, done = row["record"], row["status"] == DONE
        about = {"path": record["content"]["path"], "status": row["status"], "reason": "" if done else row["reason"]}
        if done:
            about["rating"] = f"{record['before']:.3f}"
        for one in (record["suggestions"] if done else None) or [{}]:
            told = about | {name: f"{v:.3f}" if isinstance(v, float) else v for name, v in one.items()}
            table.append([told.get(name) for name in COLUMNS])
    return write_text(out / TABLE, csv_text(table))
