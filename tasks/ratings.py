"""Ratings of works by people, aggregated into the catalog: `rating_mean` and `rating_count`."""

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from artmodels.critic.config import RATINGS
from artmodels.errors import AtelierError
from tasks import versions
from tasks.catalog import SCHEMA, read_catalog, write_catalog
from tasks.locks import hold_data
from tasks.pictures import file_sha256
from tasks.settings import Settings

COLUMNS = ("user", "work", "rating")
"""What the CSV holds; other columns are passed over."""

_SHORTEST = 8
"""Digits of an id that may stand for it."""


def rate(settings: Settings, path: Path) -> dict[str, Any]:
    """Take ratings into the catalog and make a version of the data; return the report.

    The CSV is the whole of what is known of the works it names: their earlier ratings are replaced, those of other
    works stay. A file with a fault changes nothing.

    Args:
        settings: where the catalog is.
        path: a UTF-8 CSV with the columns `COLUMNS`. A work is named by its id in the catalog, the first eight digits
            or more of it, or the path of the picture that was ingested, also relative to the CSV.

    Raises:
        AtelierError: the CSV cannot be read, a rating is off its scale, a work is not in the catalog, or a person
            rates a work twice; names the line.
    """
    before = versions.data_md5(settings) if (settings.root / versions.DATA).is_file() else None
    with hold_data(settings):
        catalog = read_catalog(settings.catalog)
        ratings = read_ratings(path, catalog["id"].to_pylist())
        write_catalog(rated(catalog, ratings), settings.catalog)
    md5 = versions.track(settings)
    return _counts(ratings) | {"data_md5": md5, "data_changed": md5 != before}


def foresee_rating(settings: Settings, path: Path) -> dict[str, Any]:
    """Check a CSV of ratings as `rate` would, and change nothing; return the counts.

    Raises:
        AtelierError: see `rate`.
    """
    return {"dry_run": True} | _counts(read_ratings(path, read_catalog(settings.catalog)["id"].to_pylist()))


def _counts(ratings: dict[str, dict[str, float]]) -> dict[str, Any]:
    people = {user for given in ratings.values() for user in given}
    return {"works": len(ratings), "ratings": sum(map(len, ratings.values())), "people": len(people)}


def read_ratings(path: Path, ids: list[str]) -> dict[str, dict[str, float]]:
    """Read a CSV of ratings: id of the work to user to rating.

    Raises:
        AtelierError: see `rate`.
    """
    find = _Finder(path.parent, ids)
    ratings: dict[str, dict[str, float]] = {}
    for line, row in _rows(path):
        where = f"{path}, line {line}"
        user, work = row["user"].strip(), find(row["work"].strip(), where)
        if not user:
            raise AtelierError(f"{where}: no user is named.")
        given = ratings.setdefault(work, {})
        if user in given:
            raise AtelierError(f"{where}: {user!r} rates {row['work']!r} twice; one rating each is accepted.")
        given[user] = _rating(row["rating"], where)
    if not ratings:
        raise AtelierError(f"{path} holds no ratings: a line each with {', '.join(COLUMNS)} is expected.")
    return ratings


def rated(catalog: pa.Table, ratings: dict[str, dict[str, float]]) -> pa.Table:
    """Return the catalog with the mean and the number of each rated work's ratings."""
    rows = catalog.to_pylist()
    for row in rows:
        if given := ratings.get(row["id"]):
            row["rating_mean"], row["rating_count"] = math.fsum(given.values()) / len(given), len(given)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


class _Finder:
    """Finds the work that a CSV names."""

    def __init__(self, folder: Path, ids: list[str]) -> None:
        self.folder, self.ids, self.known = folder, ids, dict(zip(ids, ids, strict=True))

    def __call__(self, name: str, where: str) -> str:
        """Return the id; raises AtelierError if there is no such work, or several."""
        if name not in self.known:
            self.known[name] = self._search(name, where)
        return self.known[name]

    def _search(self, name: str, where: str) -> str:
        for file in (Path(name), self.folder / name):
            if name and file.is_file():
                sha256 = file_sha256(file)
                if sha256 not in self.known:
                    raise AtelierError(f"{where}: {name} is not in the catalog: ingest it first.")
                return sha256
        found = [one for one in self.ids if len(name) >= _SHORTEST and one.startswith(name.lower())]
        if len(found) != 1:
            raise AtelierError(
                f"{where}: {name!r} names {'several works' if found else 'no work'}: write an id of the catalog, its "
                f"first {_SHORTEST} digits or more, or the path of a picture that was ingested."
            )
        return found[0]


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True, restval="")
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise AtelierError(f"{path} has no column {missing[0]!r}: {', '.join(COLUMNS)} are needed.")
            for row in reader:
                yield reader.line_num, row
    except UnicodeDecodeError as error:
        raise AtelierError(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8.") from error
    except (OSError, csv.Error) as error:
        raise AtelierError(f"The ratings {path} cannot be read: {error}.") from error


def _rating(text: str, where: str) -> float:
    low, high = RATINGS
    try:
        rating = float(text)
    except ValueError:
        rating = math.nan
    if not low <= rating <= high:
        raise AtelierError(f"{where}: the rating {text!r} is not accepted: a number from {low:g} to {high:g}.")
    return rating
