"""The catalog, looked through: which works there are, by what a person filters."""

import re
from dataclasses import dataclass
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from artmodels.errors import AtelierError
from tasks.catalog import read_catalog
from tasks.settings import Settings

ORDERS = {
    "mixed": [],
    "year": [("year", "ascending"), ("title", "ascending"), ("id", "ascending")],
    "title": [("title", "ascending"), ("id", "ascending")],
    "artist": [("artist", "ascending"), ("year", "ascending"), ("id", "ascending")],
    "rating": [("rating_mean", "descending"), ("id", "ascending")],
}
"""How works may stand, and the columns that say so. Mixed is the catalog's own, by digest: as good as by chance."""

SEARCHED = ("title", "artist", "style", "genre", "series", "source", "note")
"""The columns that free text is looked for in."""


_LOOKED_AT = 2000


@dataclass
class Filters:
    """What works are wanted; what is empty or None does not matter."""

    kind: str = ""
    artist: str = ""
    style: str = ""
    licence: str = ""
    first: int | None = None
    """The earliest year."""
    last: int | None = None
    """The latest year."""
    order: str = "mixed"
    """One of `ORDERS`."""
    text: str = ""
    """Words, each of which stands somewhere in `SEARCHED`, whatever their case."""


def works(settings: Settings) -> pa.Table:
    """Return the catalog as it is on the disk now.

    Raises:
        AtelierError: there is none, or it is damaged.
    """
    path = settings.catalog
    return _read(path, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int) -> pa.Table:
    return read_catalog(path)


def choices(table: pa.Table, column: str) -> list[str]:
    """Return the values of a column that are known, in the order of the alphabet."""
    return sorted((one for one in pc.unique(table[column]).to_pylist() if one), key=str.casefold)


def find_works(table: pa.Table, wanted: Filters) -> pa.Table:
    """Return the works that are wanted, in their order."""
    mask = pa.chunked_array([pa.array([True] * len(table))])
    for name in ("kind", "artist", "style", "licence"):
        if value := getattr(wanted, name):
            mask = pc.and_(mask, pc.equal(table[name], value))
    if wanted.first is not None:
        mask = pc.and_(mask, pc.greater_equal(table["year"], wanted.first))
    if wanted.last is not None:
        mask = pc.and_(mask, pc.less_equal(table["year"], wanted.last))
    for word in wanted.text.split():
        found = (pc.match_substring(table[name], word, ignore_case=True) for name in SEARCHED)
        mask = pc.and_(mask, reduce(pc.or_, (pc.fill_null(one, False) for one in found)))
    found, columns = table.filter(pc.fill_null(mask, False)), ORDERS[wanted.order]
    return found.sort_by(columns) if columns else found


def one_of_each(table: pa.Table, column: str, most: int) -> list[dict[str, Any]]:
    """Return a work of each value of a column, up to `most` of them; `Dunes I` and `Dunes II` count as one."""
    seen: dict[str, dict[str, Any]] = {}
    # Enough to choose from, of however many there are.
    for row in table.slice(0, _LOOKED_AT).to_pylist():
        seen.setdefault(re.sub(r" [IVXL]+$", "", row[column]), row)
        if len(seen) == most:
            break
    return list(seen.values())


def find_work(settings: Settings, id: str) -> dict[str, Any]:
    """Return a work of the catalog.

    Raises:
        AtelierError: there is none with this id.
    """
    table = works(settings)
    row = pc.index(table["id"], id).as_py()
    if row < 0:
        raise AtelierError(f"There is no work {id[:12]!r} in the catalog.")
    return dict(table.slice(row, 1).to_pylist()[0])


def file_of(settings: Settings, work: dict[str, Any]) -> Path:
    """Return where the picture of a work is; the catalog's check keeps it inside the data."""
    return settings.data / str(work["file"])
