"""Artworks come in: checked, stored as sRGB pictures, and described in the catalog."""

import hashlib
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from PIL import Image

from artmodels.errors import AtelierError
from tasks.admission import check_admission, described, read_opt_out
from tasks.catalog import SCHEMA, read_catalog, write_catalog
from tasks.decode import LOSSY, BadPicture, Decoded, decode
from tasks.files import remove_parts, replacing
from tasks.locks import hold_data
from tasks.near import as_numbers, nearest, perceptual_hash
from tasks.rejected import Refusal, add_refusals
from tasks.settings import Settings
from tasks.sources.candidate import Candidate
from tasks.splits import group_of
from tasks.terminal import counting
from tasks.threads import map_in_order

Row = dict[str, Any]
Progress = Callable[[Iterable[Any]], Iterable[Any]]

BAR: Progress = partial(counting, name="taking in")


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did.

    Attributes:
        added: number of new rows in the catalog.
        already_known: number of candidates whose bytes the catalog held before.
        rejected: number of candidates refused.
        near_duplicates: how many of the added look like another work.
        catalog: the catalog's path.
        rejected_file: where each refusal has a row.
        refusals: those of this ingest.
    """

    added: int
    already_known: int
    rejected: int
    near_duplicates: int
    catalog: Path
    rejected_file: Path
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True)
class _Known:
    """A candidate whose bytes are in the catalog."""


@dataclass(frozen=True)
class _Stored:
    """A candidate whose picture is in its place."""

    where: str
    row: Row


def ingest(
    candidates: Iterable[Candidate], settings: Settings, *, progress: Progress = BAR, dry_run: bool = False
) -> IngestReport:
    """Take in what is new among the candidates.

    Pictures are stored first and the catalog is written last, in one step: an ingest that is killed leaves
    the catalog as it was, and the next one takes up where it began. One bad file never stops the rest. What
    the catalog says about a known picture stays.

    Args:
        candidates: from `tasks.sources.open_source`; drawn as they are needed.
        settings: limits, licences, the opt-out list and where the data is.
        progress: wraps the stream of results.
        dry_run: check and count; nothing is stored.

    Raises:
        AtelierError: another process holds the data for too long, or the catalog is damaged.
    """
    with hold_data(settings):
        if not dry_run:
            remove_parts(settings.data)
        before = read_catalog(settings.catalog) if settings.catalog.exists() else SCHEMA.empty_table()
        known = frozenset(before["id"].to_pylist())
        take = partial(_take, settings=settings, opt_out=read_opt_out(settings), known=known, dry_run=dry_run)
        stored, refusals, already_known = _sort_out(progress(map_in_order(take, candidates)))
        rows = _related(before, stored, settings.near_duplicate_bits)
        rejected_file = settings.data / "rejected.csv"
        if not dry_run:
            add_refusals(rejected_file, refusals)
            if rows or not settings.catalog.exists():
                added = pa.Table.from_pylist(rows, schema=SCHEMA)
                write_catalog(pa.concat_tables([before, added]), settings.catalog)
    near = sum(row["near_duplicate_of"] is not None for row in rows)
    return IngestReport(len(rows), already_known, len(refusals), near, settings.catalog, rejected_file, tuple(refusals))


def _sort_out(results: Iterable[_Known | _Stored | Refusal]) -> tuple[list[Row], list[Refusal], int]:
    """Part the results into new rows, refusals and the number of known ones, in their order."""
    rows: dict[str, _Stored] = {}
    refusals: list[Refusal] = []
    already_known = 0
    for result in results:
        if isinstance(result, _Known):
            already_known += 1
        elif isinstance(result, Refusal):
            refusals.append(result)
        elif (first := rows.setdefault(result.row["id"], result)) is not result:
            refusals.append(Refusal(result.where, result.row["id"], f"the same bytes as {first.where}"))
    return [stored.row for stored in rows.values()], refusals, already_known


def _take(
    candidate: Candidate, *, settings: Settings, opt_out: frozenset[str], known: frozenset[str], dry_run: bool
) -> _Known | _Stored | Refusal:
    """Check one candidate and store its picture, unless it is a dry run; runs in many threads."""
    sha256 = ""
    try:
        check_admission(candidate.metadata, settings, opt_out)
        source = candidate.fetch()
        sha256 = _sha256(source)
        if sha256 in known:
            return _Known()
        decoded = decode(source, settings.max_pixels, settings.min_side)
    except AtelierError as error:
        return Refusal(candidate.where, sha256, str(error))
    # Outside the block above: a full disk is no fault of the picture, it ends the ingest.
    folder = settings.data / f"{candidate.metadata.get('kind', 'artwork')}s"
    file = _place(sha256, decoded, folder)
    if not dry_run:
        _store(file, source, decoded)
    row, notes = described(candidate.metadata)
    height, width = decoded.image.shape[:2]
    row |= {
        "id": sha256,
        "file": file.relative_to(settings.data).as_posix(),
        "width": width,
        "height": height,
        "phash": perceptual_hash(decoded.image),
        "note": "; ".join(filter(None, [decoded.note, *notes])) or None,
    }
    return _Stored(candidate.where, row)


def _sha256(source: Path | bytes) -> str:
    """Return the sha256 of a file or of bytes, as hex; raises BadPicture if the file cannot be read."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    try:
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadPicture("unreadable", f"the file cannot be read ({error.strerror})") from error


def _place(sha256: str, decoded: Decoded, folder: Path) -> Path:
    """Return where below `folder` a picture is stored: a lossy source as a JPEG, a lossless one as a PNG."""
    return folder / sha256[:2] / f"{sha256}{'.jpg' if decoded.format in LOSSY else '.png'}"


def _store(path: Path, source: Path | bytes, decoded: Decoded) -> None:
    """Put a picture in its place.

    The file is kept as it came if it already holds these pixels. Otherwise a JPEG is of high quality; a PNG's level 3
    packs nearly as well as the default in a third of the time.
    """
    lossy = path.suffix == ".jpg"
    with replacing(path) as part:
        if not decoded.exact:
            options = {"quality": 95, "subsampling": 0} if lossy else {"compress_level": 3}
            Image.fromarray(decoded.image).save(part, "JPEG" if lossy else "PNG", **options)
        elif isinstance(source, bytes):
            part.write_bytes(source)
        else:
            shutil.copyfile(source, part)


def _related(before: pa.Table, rows: list[Row], bits: int) -> list[Row]:
    """Complete the new rows: which work each looks like, among those before it, and its group."""
    ids = before["id"].to_pylist() + [row["id"] for row in rows]
    groups = before["group"].to_pylist()
    hashes = as_numbers(before["phash"].to_pylist() + [row["phash"] for row in rows])
    for position, row in enumerate(rows, start=len(before)):
        near = nearest(hashes[:position], hashes[position], bits)
        row["near_duplicate_of"] = None if near is None else ids[near]
        neighbour_group = None if near is None else groups[near]
        row["group"] = group_of(row["id"], row["artist"], row["series"], neighbour_group)
        groups.append(row["group"])
    return rows
