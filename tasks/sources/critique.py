"""Written critiques with their scores, from a CSV."""

import math
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from artmodels.errors import AtelierError
from artmodels.reader.figures import FIGURES, fault_of
from tasks.sources.near_texts import group_texts
from tasks.sources.sequences import METADATA, Content, SequenceCandidate
from tasks.sources.table import read_columns

TEXT = "text"
"""The name under which the column of critiques is mapped."""


def read_critique(path: Path, columns: Mapping[str, str], defaults: Mapping[str, str]) -> Iterator[SequenceCandidate]:
    """Yield a candidate for each row of a CSV, in its order.

    The column `text` holds the critique, `FIGURES` its scores, and `METADATA` what else is known; `group` may name
    the work that is spoken of. Texts that are nearly the same, or of one work, get one group.

    Raises:
        AtelierError: the CSV cannot be read as asked.
    """
    if path.is_dir():
        raise AtelierError(f"{path} is a folder: critiques are read from a CSV with a column {TEXT!r}.")
    rows = read_columns(path, columns, (TEXT, *FIGURES, *METADATA), TEXT)
    # Rows without words have nothing in common but that.
    spoken = [row for row in rows if row[TEXT]]
    groups = iter(group_texts([row[TEXT] for row in spoken], [row.get("group", "") for row in spoken]))
    for line, row in enumerate(rows, start=1):
        metadata = dict(defaults) | {name: row[name] for name in METADATA if row.get(name)}
        metadata["group"] = next(groups) if row[TEXT] else ""
        title = f" ({row['title']})" if row.get("title") else ""
        yield SequenceCandidate(f"{path}, row {line}{title}", metadata, partial(_content, row))


def _content(row: Mapping[str, str]) -> Content:
    if not row[TEXT]:
        raise AtelierError("there is no text")
    figures = {name: _figure(name, row[name]) for name in FIGURES if row.get(name)}
    if not figures:
        raise AtelierError(f"there is no score: name a column with one of {', '.join(FIGURES)}")
    return row[TEXT], figures


def _figure(name: str, words: str) -> float:
    try:
        value = float(words)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise AtelierError(f"{name}={words!r} is no number")
    if fault := fault_of(name, value):
        raise AtelierError(fault)
    return value
