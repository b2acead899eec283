"""Ratings given on the page: collected in the browser, written as the CSV that `atelier rate` takes, and remembered."""

import csv
from collections.abc import Mapping
from pathlib import Path

from artmodels.errors import AtelierError
from tasks.files import replacing
from tasks.ratings import COLUMNS
from tasks.settings import Settings

Given = dict[str, dict[str, float]]
"""Id of a work to user to rating."""


def given(settings: Settings) -> Given:
    """Return what was rated on the page and saved, by anybody."""
    path = _file(settings)
    if not path.is_file():
        return {}
    found: Given = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["work"], {})[row["user"]] = float(row["rating"])
    return found


def to_take_in(settings: Settings, user: str, ratings: Mapping[str, float]) -> Path:
    """Write the CSV of a person's ratings, with what others have said of the same works on the page; return its path.

    The catalog keeps a mean and a number, and a CSV is the whole of what is known of the works that it names: without
    the others' lines theirs would be lost.

    Raises:
        AtelierError: there are no ratings, or nobody gives them.
    """
    name = user.strip()
    if not name:
        raise AtelierError("Write your name: a rating is somebody's.")
    if not ratings:
        raise AtelierError("Rate a work first.")
    known = given(settings)
    rows = {work: {**known.get(work, {}), name: rating} for work, rating in ratings.items()}
    return _write(rows, settings.scratch / "studio" / "ratings-to-take-in.csv")


def remember(settings: Settings, user: str, ratings: Mapping[str, float]) -> None:
    """Remember a person's ratings, once they are in the catalog."""
    known = given(settings)
    for work, rating in ratings.items():
        known.setdefault(work, {})[user.strip()] = rating
    _write(known, _file(settings))


def _write(rows: Given, path: Path) -> Path:
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows([user, work, f"{rating:g}"] for work, given in rows.items() for user, rating in given.items())
    return path


def _file(settings: Settings) -> Path:
    return settings.scratch / "studio" / "ratings.csv"
