"""`advice.csv`: a row for each suggestion."""

import csv
import io
from pathlib import Path

from tasks.batch import read_ledger
from tasks.batch.encode import write_text
from tasks.batch.history import DONE

TABLE = "advice.csv"
COLUMNS = ("path", "status", "reason", "rating", "kind", "edit", "change", "low", "high", "file")


def write_table(out: Path) -> Path:
    """Write `advice.csv`: a row for each suggestion, one for a picture without any, or that could not be read.

    Raises:
        CannotWrite: the folder takes no file.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    for row in read_ledger(out).to_dict("records"):
        record, done = row["record"], row["status"] == DONE
        about = {"path": record["content"]["path"], "status": row["status"], "reason": "" if done else row["reason"]}
        if done:
            about["rating"] = f"{record['before']:.3f}"
        for one in (record["suggestions"] if done else None) or [{}]:
            writer.writerow(about | {name: f"{v:.3f}" if isinstance(v, float) else v for name, v in one.items()})
    path = out / TABLE
    return write_text(path, text.getvalue())
