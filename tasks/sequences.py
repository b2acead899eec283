"""Sequences come in, and are dealt to the splits: `data/KIND.parquet`, `prepared/sequences/KIND.parquet`.

Thousands of small files are slow to version and to read; so the sequences of a kind are rows of one file.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from artmodels.errors import AtelierError
from artmodels.sequences import SCHEMA, WORDS
from tasks.admission import check_admission, one_line, read_opt_out
from tasks.catalog import SCHEMA as CATALOG
from tasks.catalog import write_catalog
from tasks.files import remove_parts, replacing
from tasks.ingest import BAR, IngestReport, Progress
from tasks.locks import hold_data
from tasks.rejected import Refusal, add_refusals
from tasks.settings import Settings
from tasks.sources.sequences import READERS, Content, SequenceCandidate
from tasks.splits import SPLITS, check_fractions, split_of

Row = dict[str, Any]


@dataclass(frozen=True)
class _Taken:
    where: str
    row: Row


def ingest_sequences(
    candidates: Iterable[SequenceCandidate],
    kind: str,
    settings: Settings,
    *,
    progress: Progress = BAR,
    dry_run: bool = False,
) -> IngestReport:
    """Take in what is new among the candidates; one bad sequence never stops the rest.

    The file of the kind is written last, in one step: an ingest that is killed leaves it as it was.

    Args:
        candidates: from `tasks.sources.sequences.open_sequences`; drawn as they are needed.
        kind: one of `READERS`.
        settings: licences, the opt-out list and where the data is.
        progress: wraps the stream of results.
        dry_run: check and count; nothing is stored.

    Raises:
        AtelierError: another process holds the data for too long, or the file of the kind is damaged.
    """
    path = settings.data / f"{kind}.parquet"
    with hold_data(settings):
        if not dry_run:
            remove_parts(settings.data)
        before = read_sequences(path) if path.exists() else SCHEMA.empty_table()
        known, opt_out = set(before["id"].to_pylist()), read_opt_out(settings)
        rows: dict[str, _Taken] = {}
        refusals: list[Refusal] = []
        already_known = 0
        for result in progress(_take(candidate, settings, opt_out) for candidate in candidates):
            if isinstance(result, Refusal):
                refusals.append(result)
            elif (identity := result.row["id"]) in known:
                already_known += 1
            elif (first := rows.setdefault(identity, result)) is not result:
                refusals.append(Refusal(result.where, identity, f"the same as {first.where}"))
        rejected_file = settings.data / "rejected.csv"
        if not dry_run:
            add_refusals(rejected_file, refusals)
        if rows and not dry_run:
            write_sequences(path, [*before.to_pylist(), *(taken.row for taken in rows.values())])
            if not settings.catalog.exists():
                # The stages that deal with pictures run in a house without any, too.
                write_catalog(CATALOG.empty_table(), settings.catalog)
    return IngestReport(len(rows), already_known, len(refusals), 0, path, rejected_file, tuple(refusals))


def row_of(content: Content, metadata: Mapping[str, str]) -> Row:
    """Return a row of `SCHEMA`.

    Args:
        content: `(T, K)` integers that fit into 16 bits, or a text; and what is known of it in numbers.
        metadata: see `tasks.sources.sequences.METADATA`.

    Raises:
        AtelierError: the sequence is empty, a number is out of range, or the split is none of the house's.
    """
    sequence, figures = content
    if (split := metadata.get("split", "")) not in ("", *SPLITS):
        raise AtelierError(f"the split {split!r} is not accepted: {', '.join(SPLITS)}, or nothing")
    if not len(sequence):
        raise AtelierError("it is empty")
    if not all(np.isfinite(figure) for figure in figures.values()):
        raise AtelierError(f"its figures {figures} are not all finite numbers")
    if isinstance(sequence, str):
        raw, columns = sequence.encode(), 0
    else:
        limits = np.iinfo(np.int16)
        if sequence.min() < limits.min or sequence.max() > limits.max:
            raise AtelierError(f"its numbers leave the range {limits.min} to {limits.max}")
        raw, columns = np.ascontiguousarray(sequence, "<i2").tobytes(), sequence.shape[1]
    words = {name: one_line(metadata.get(name, "")) for name in WORDS}
    group, own = metadata.get("group", ""), sorted(figures.items())
    identity = hashlib.sha256(repr((raw, columns, own, group, split)).encode()).hexdigest()
    return words | {
        "id": identity,
        "group": group or identity,
        "split": split,
        "columns": columns,
        "content": raw,
        "figures": own,
    }


def read_sequences(path: Path) -> pa.Table:
    """Read the sequences of a kind: `SCHEMA`.

    Raises:
        AtelierError: the file cannot be read, or has other columns.
    """
    try:
        return pq.ParquetFile(path).read().cast(SCHEMA)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise AtelierError(f"{path} is damaged ({error}): run `dvc checkout` or ingest again.") from error


def write_sequences(path: Path, rows: Sequence[Row]) -> None:
    """Write rows from `row_of`, sorted by id, in one step; equal rows give equal bytes."""
    table = pa.Table.from_pylist(sorted(rows, key=lambda row: row["id"]), schema=SCHEMA)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        pq.write_table(table, part, compression="zstd")


def deal(settings: Settings, fractions: Mapping[str, float], seed: int) -> None:
    """Write `prepared/sequences/`: the sequences of each kind, every one with its split.

    A published split stays; else the hash of the group decides.

    Raises:
        AtelierError: the fractions are not accepted, or a file is damaged.
    """
    check_fractions(fractions)
    folder = settings.prepared / "sequences"
    folder.mkdir(parents=True, exist_ok=True)
    for kind in READERS:
        source, target = settings.data / f"{kind}.parquet", folder / f"{kind}.parquet"
        target.unlink(missing_ok=True)
        if source.is_file():
            rows = read_sequences(source).to_pylist()
            write_sequences(
                target, [row | {"split": row["split"] or split_of(row["group"], fractions, seed)} for row in rows]
            )


def _take(candidate: SequenceCandidate, settings: Settings, opt_out: frozenset[str]) -> _Taken | Refusal:
    metadata = candidate.metadata
    try:
        check_admission(
            {"licence": metadata.get("licence", ""), "artist": metadata.get("author", "")}, settings, opt_out
        )
        return _Taken(candidate.where, row_of(candidate.fetch(), metadata))
    except AtelierError as error:
        return Refusal(candidate.where, "", str(error))
