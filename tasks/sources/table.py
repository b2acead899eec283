"""A CSV of what is known about works, read under the house's column names."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from artmodels.accept import meant
from artmodels.errors import AtelierError
from tasks.sources.candidate import METADATA

PATH = "path"
"""The name under which the column of paths or URLs is mapped."""


def read_rows(file: Path, columns: Mapping[str, str]) -> list[dict[str, str]]:
    """Read a UTF-8 CSV with a header; each row holds `path` and those of `METADATA` that the file has.

    Args:
        file: the CSV.
        columns: {catalog column: CSV column} where the names differ; `path` names the column of paths.

    Raises:
        AtelierError: the file cannot be read, a column is missing or not known, or a row is too long;
            names the column and what there is.
    """
    return read_columns(file, columns, (PATH, *METADATA), PATH)


def read_columns(file: Path, columns: Mapping[str, str], known: Sequence[str], needed: str) -> list[dict[str, str]]:
    """Read a UTF-8 CSV with a header; each row holds `needed` and those of the `known` columns that the file has.

    Args:
        file: the CSV.
        columns: {our column: CSV column} where the names differ.
        known: our columns.
        needed: the one of them that the file must have.

    Raises:
        AtelierError: the file cannot be read, a column is missing or not known, or a row is too long;
            names the column and what there is.
    """
    header, lines = _read(file)
    names = _mapping(file, header, columns, known, needed)
    return [{ours: line[header.index(theirs)].strip() for ours, theirs in names.items()} for line in lines]


def _read(file: Path) -> tuple[list[str], list[list[str]]]:
    """Return header and lines, each line as long as the header."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = [name.strip() for name in next(reader, [])]
            lines = []
            for line in filter(None, reader):
                if len(line) > len(header):
                    raise AtelierError(
                        f"{file}, line {reader.line_num}: {len(line)} values under {len(header)} columns; "
                        "quote values that hold commas."
                    )
                lines.append(line + [""] * (len(header) - len(line)))
    except UnicodeDecodeError as error:
        raise AtelierError(f"{file} is not UTF-8 (byte {error.start}): save it as UTF-8.") from error
    except (OSError, csv.Error) as error:
        raise AtelierError(f"The CSV {file} cannot be read: {error}.") from error
    return header, lines


def _mapping(
    file: Path, header: list[str], columns: Mapping[str, str], known: Sequence[str], needed: str
) -> dict[str, str]:
    """Return {our name: column of the file}: columns of the same name, then what `columns` says."""
    if not header:
        raise AtelierError(f"The CSV {file} is empty: a header with a {needed!r} column is expected.")
    repeated = {name for name in header if header.count(name) > 1}
    if repeated:
        raise AtelierError(f"The CSV {file} has the column {min(repeated)!r} twice.")
    names = {name: name for name in known if name in header}
    for ours, theirs in columns.items():
        if ours not in known:
            raise AtelierError(f"Column {ours!r}{meant(ours, known)} is not one of {', '.join(known)}.")
        if theirs not in header:
            near = meant(theirs, header)
            raise AtelierError(
                f"The CSV {file} has no column {theirs!r} (for {ours!r}){near}; it has {', '.join(header)}."
            )
        names[ours] = theirs
    if needed not in names:
        raise AtelierError(
            f"The CSV {file} has no column {needed!r}; it has {', '.join(header)}: name it with {needed}=COLUMN."
        )
    return names
