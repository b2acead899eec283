"""An artist opts out: their works leave the data, and the models that learnt from them say so."""

import difflib
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import pyarrow as pa

from artmodels.errors import AtelierError
from tasks import versions
from tasks.admission import one_line, plain_name, read_opt_out
from tasks.catalog import SCHEMA, read_catalog, write_catalog
from tasks.files import replacing
from tasks.locks import hold_data
from tasks.rejected import Refusal, add_refusals
from tasks.rights.marks import mark_all
from tasks.sequences import read_sequences, write_sequences
from tasks.settings import Settings
from tasks.sources.sequences import READERS


def opt_out(settings: Settings, names: Sequence[str]) -> dict[str, Any]:
    """Put artists on the opt-out list, and carry out all that is on it; return the report.

    Their works leave the catalog and `data/`, which becomes a new version; every model version that learnt from them
    is marked. Killed at any moment and run again, it does the rest.

    Args:
        settings: where the list, the data and the registry are.
        names: artists, as people write them; none: those who are on the list already.

    Raises:
        AtelierError: a name is none, or the list, the data or the registry cannot be read or written.
    """
    listed = add_names(settings, names)
    removed, known = take_out(settings)
    data_md5 = versions.track(settings) if removed else None
    marks = mark_all(settings)
    return {
        "listed": listed,
        "removed": dict(removed.most_common()),
        "data_md5": data_md5,
        "marked": [str(one) for one in marks if one.artists],
        "untold": [str(one) for one in marks if not one.artists],
        "nearest": {name: _nearest(name, known) for name in names if not _removed(name, removed)},
    }


def foresee_opt_out(settings: Settings, names: Sequence[str]) -> dict[str, Any]:
    """Tell whose works `opt_out` would take out, and how many; return the report, and change nothing.

    Raises:
        AtelierError: a name is none, or the list or the data cannot be read.
    """
    new = _new_names(settings, names)
    out = read_opt_out(settings) | frozenset(map(plain_name, new))
    artists: Counter[str] = Counter()
    if settings.catalog.is_file():
        artists.update(filter(None, read_catalog(settings.catalog)["artist"].to_pylist()))
    for path in _sequence_files(settings):
        artists.update(filter(None, read_sequences(path)["author"].to_pylist()))
    removed = Counter({artist: count for artist, count in artists.items() if plain_name(artist) in out})
    left = artists.keys() - removed.keys()
    return {
        "dry_run": True,
        "listed": new,
        "removed": dict(removed.most_common()),
        "nearest": {name: _nearest(name, left) for name in names if not _removed(name, removed)},
    }


def add_names(settings: Settings, names: Sequence[str]) -> list[str]:
    """Add artists to the list, each once, however they are written; return those that were not on it.

    Raises:
        AtelierError: a name has no letter, or the list cannot be read or written.
    """
    new = _new_names(settings, names)
    path = settings.root / settings.opt_out
    if new:
        before = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
        gap = "" if not before or before.endswith("\n") else "\n"
        try:
            with replacing(path) as part:
                part.write_text(before + gap + "".join(f"{name}\n" for name in new), encoding="utf-8")
        except OSError as error:
            raise AtelierError(f"The opt-out list {path} cannot be written ({error.strerror}).") from error
    return new


def _new_names(settings: Settings, names: Sequence[str]) -> list[str]:
    """Return those that are not on the list, each once."""
    known, new = set(read_opt_out(settings)), []
    for name in map(one_line, names):
        if "#" in name or not plain_name(name):
            raise AtelierError(f"name={name!r} is not accepted: an artist's name, without '#'.")
        if plain_name(name) not in known:
            known.add(plain_name(name))
            new.append(name)
    return new


def take_out(settings: Settings) -> tuple[Counter[str], set[str]]:
    """Remove the works of all artists on the list; return how many of each, and who is left.

    Raises:
        AtelierError: another process holds the data for too long, or the data is damaged.
    """
    removed: Counter[str] = Counter()
    left: set[str] = set()
    refusals: list[Refusal] = []
    with hold_data(settings):
        names = read_opt_out(settings)
        if settings.catalog.is_file():
            _take_out_pictures(settings, names, removed, left, refusals)
        for path in _sequence_files(settings):
            _take_out_sequences(path, names, removed, left, refusals)
        add_refusals(settings.data / "rejected.csv", refusals)
    return removed, left


def _sequence_files(settings: Settings) -> list[Path]:
    return [path for kind in READERS if (path := settings.data / f"{kind}.parquet").is_file()]


def _take_out_pictures(
    settings: Settings, names: frozenset[str], removed: Counter[str], left: set[str], refusals: list[Refusal]
) -> None:
    """Delete pictures first and their rows last: what is killed between is done by the next run."""
    rows = read_catalog(settings.catalog).to_pylist()
    gone = {row["id"]: row for row in rows if plain_name(row["artist"]) in names}
    for row in gone.values():
        (settings.data / row["file"]).unlink(missing_ok=True)
        _note(row["file"], row["id"], row["artist"], removed, refusals)
    kept = [row for row in rows if row["id"] not in gone]
    left |= {row["artist"] for row in kept if row["artist"]}
    if gone:
        for row in kept:
            if row["near_duplicate_of"] in gone:
                row["near_duplicate_of"] = None
        write_catalog(pa.Table.from_pylist(kept, schema=SCHEMA), settings.catalog)


def _take_out_sequences(
    path: Path, names: frozenset[str], removed: Counter[str], left: set[str], refusals: list[Refusal]
) -> None:
    rows = read_sequences(path).to_pylist()
    kept = [row for row in rows if plain_name(row["author"]) not in names]
    left |= {row["author"] for row in kept if row["author"]}
    for row in rows:
        if plain_name(row["author"]) in names:
            _note(path.name, row["id"], row["author"], removed, refusals)
    if len(kept) < len(rows):
        write_sequences(path, kept)


def _note(where: str, work: str, artist: str, removed: Counter[str], refusals: list[Refusal]) -> None:
    removed[artist] += 1
    refusals.append(Refusal(f"data/{where}", work, f"taken out: the artist {artist!r} is on the opt-out list"))


def _removed(name: str, removed: Counter[str]) -> bool:
    return any(plain_name(artist) == plain_name(name) for artist in removed)


def _nearest(name: str, known: AbstractSet[str]) -> list[str]:
    """The artists of the data whose names are most like one that has no work in it."""
    plain = {plain_name(one): one for one in known}
    return [plain[one] for one in difflib.get_close_matches(plain_name(name), plain, n=3)]
