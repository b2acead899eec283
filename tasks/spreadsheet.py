"""Tables that people open in a spreadsheet: foreign words in a cell are never taken for a formula.

Spreadsheets run what begins with one of a few signs, and a title, a file's name or a person's may begin with any. An
apostrophe before it makes text of it; `plain` takes it off again where we read a table that we wrote.
"""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]")
"""How a formula begins; also after apostrophes, so that what begins with them comes back as it was."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def harmless(cell: Any) -> str:
    """Return a cell's text, with an apostrophe before it where a spreadsheet would run it; numbers stay numbers."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def plain(cell: str) -> str:
    """Return the text that `harmless` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def csv_text(rows: Iterable[Iterable[Any]], line_end: str = "\r\n") -> str:
    """Return rows as CSV, every cell harmless."""
    text = io.StringIO()
    csv.writer(text, lineterminator=line_end).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()
