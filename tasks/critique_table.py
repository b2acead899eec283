"""The critiques of a job in order: `critiques.csv` for people, `critiques.json` for programs."""

import json
from pathlib import Path
from typing import Any

from tasks.batch import read_ledger
from tasks.batch.encode import write_text
from tasks.batch.history import DONE
from tasks.critique_words import reasons
from tasks.spreadsheet import csv_text

TABLE, FILE = "critiques.csv", "critiques.json"

COLUMNS = (
    "rank",
    "path",
    "status",
    "reason",
    "evaluation",
    "scale",
    "low",
    "high",
    "known",
    "belonging",
    "strangeness",
)
"""The first columns of the table; those of the heads follow, and `why`."""


def rank_of(record: dict[str, Any]) -> tuple[float, float]:
    """Return what records are sorted by: the highest evaluation first, then the least strange."""
    critique = record["critique"]
    return -critique["evaluation"], critique["strangeness"]


def ranked(out: Path) -> list[dict[str, Any]]:
    """Return the ledger's rows of the pictures that were critiqued, the best first."""
    rows = [row for row in read_ledger(out).to_dict("records") if row["status"] == DONE]
    return sorted(rows, key=lambda row: rank_of(row["record"]))


def write_table(out: Path) -> Path:
    """Write `critiques.csv`: a row for each picture, the best first, those that could not be read last.

    Raises:
        CannotWrite: the folder takes no file.
    """
    rows = ranked(out)
    heads = list(rows[0]["record"]["critique"]["heads"]) if rows else []
    table: list[list[Any]] = [[*COLUMNS, *(cell for head in heads for cell in _head_columns(head)), "why"]]
    for rank, row in enumerate(rows, 1):
        critique = row["record"]["critique"]
        rating = critique["heads"].get("rating", {})
        numbers = [f"{critique[name]:.4f}" for name in ("belonging", "strangeness")]
        cells = [rank, row["record"]["content"]["path"], DONE, "", f"{critique['evaluation']:.4f}", critique["scale"]]
        cells += [_rounded(rating.get(end)) for end in ("low", "high")] + [critique["known"], *numbers]
        cells += [cell for head in heads for cell in _head_cells(critique["heads"][head])]
        table.append([*cells, "; ".join(reasons(critique))])
    for row in read_ledger(out).to_dict("records"):
        if row["status"] != DONE:
            table.append(["", row["record"]["content"]["path"], row["status"], row["reason"]])
    return _write(out / TABLE, csv_text(table))


def write_json(out: Path) -> Path:
    """Write `critiques.json`: a list, the best first, of each picture's path and critique.

    Raises:
        CannotWrite: the folder takes no file.
    """
    found = [
        {"rank": rank, "path": row["record"]["content"]["path"], **row["record"]["critique"]}
        for rank, row in enumerate(ranked(out), 1)
    ]
    return _write(out / FILE, json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def _head_columns(head: str) -> list[str]:
    return [head, f"{head}_probability", f"{head}_low", f"{head}_high", f"{head}_among"]


def _head_cells(said: dict[str, Any]) -> list[str]:
    if "best" in said:
        return [said["best"], _rounded(said["probability"]), "", "", "; ".join(said["among"])]
    return [_rounded(said["value"]), "", _rounded(said["low"]), _rounded(said["high"]), ""]


def _rounded(number: float | None) -> str:
    return "" if number is None else f"{number:.4f}"


def _write(path: Path, text: str) -> Path:
    return write_text(path, text)
