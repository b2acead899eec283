"""The catalog: one row an artwork, in `data/catalog.parquet`, checked whenever it is read or written."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from artmodels.errors import AtelierError
from tasks.files import replacing

KINDS = ("artwork", "photograph")
"""What a row may be; photographs are the content pictures of style transfer."""

YEARS = (-50_000, 2_200)
"""First and last year that an artwork may have been made in; years before Christ are negative."""

TEXTS = ("title", "artist", "style", "genre", "licence", "source")
"""Columns of plain words; an empty string means unknown."""

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),  # sha256 of the file as it came in
        pa.field("file", pa.string(), nullable=False),  # relative to `data/`, with forward slashes
        pa.field("kind", pa.string(), nullable=False),
        *(pa.field(name, pa.string(), nullable=False) for name in TEXTS),
        pa.field("year", pa.int32()),
        pa.field("series", pa.string()),
        pa.field("group", pa.string(), nullable=False),  # works that must not be parted by a split
        pa.field("width", pa.int32(), nullable=False),  # of the stored sRGB picture, in pixels
        pa.field("height", pa.int32(), nullable=False),
        pa.field("phash", pa.string(), nullable=False),  # perceptual hash, 64 bits as 16 hex digits
        pa.field("near_duplicate_of", pa.string()),  # id of the work that this one looks like
        pa.field("note", pa.string()),  # what a reader of the picture should know
        pa.field("rating_mean", pa.float64()),
        pa.field("rating_count", pa.int32()),
    ]
)
"""Names, types and order of the columns. Those not said to be nullable hold a value in every row."""

_PATTERNS = {
    "id": r"^[0-9a-f]{64}$",
    "near_duplicate_of": r"^[0-9a-f]{64}$",
    "phash": r"^[0-9a-f]{16}$",
    "group": r"^[0-9a-f]{64}$",
    "licence": r"\S",
}
_OUTSIDE = r"^$|^/|^[A-Za-z]:|\\|\x00|(^|/)\.{1,2}(/|$)|//|/$"


def read_catalog(path: Path) -> pa.Table:
    """Read and check the catalog: `SCHEMA`, sorted by id.

    Raises:
        AtelierError: there is no catalog, it cannot be read, or a row breaks a rule.
    """
    if not path.is_file():
        raise AtelierError(f"No catalog at {path}: run `dvc pull` or `atelier ingest`.")
    try:
        # Read as one file: a folder on the way named like `year=1900` must not become a column.
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        raise AtelierError(f"The catalog {path} is damaged ({error}): run `dvc checkout` or ingest again.") from error
    check(table)
    return table


def write_catalog(table: pa.Table, path: Path) -> None:
    """Check the table, sort it by id and put it at `path` in one step; equal tables give equal bytes.

    Raises:
        AtelierError: a row breaks a rule; the file at `path` stays as it was.
    """
    check(table)
    table = table.replace_schema_metadata(None).sort_by("id").combine_chunks()
    with replacing(path) as part:
        pq.write_table(table, part, compression="zstd")


def check(table: pa.Table) -> None:
    """Check types, required values, ids, enumerations, ranges, hashes, and that files stay inside `data/`.

    Raises:
        AtelierError: names the column, the row (its id where it has one) and what is accepted.
    """
    _check_columns(table)
    for name, pattern in _PATTERNS.items():
        column = table[name]
        _refuse(table, name, pc.invert(pc.match_substring_regex(column, pattern)), f"text like {pattern}")
    _refuse(
        table,
        "file",
        pc.match_substring_regex(table["file"], _OUTSIDE),
        "a relative path that stays in data/",
    )
    _refuse(table, "kind", pc.invert(pc.is_in(table["kind"], pa.array(KINDS))), " or ".join(KINDS))
    _refuse_outside(table, "year", *YEARS)
    _refuse_outside(table, "width", 1, 2**31 - 1)
    _refuse_outside(table, "height", 1, 2**31 - 1)
    _refuse_outside(table, "rating_count", 0, 2**31 - 1)
    _refuse(table, "rating_mean", pc.invert(pc.is_finite(table["rating_mean"])), "a finite number")
    for name in ("id", "file"):
        _check_unique(table, name)


def _check_columns(table: pa.Table) -> None:
    """Raise unless the table has the columns of `SCHEMA` and values where they are required."""
    if table.column_names != SCHEMA.names:
        missing = [name for name in SCHEMA.names if name not in table.column_names]
        unknown = [name for name in table.column_names if name not in SCHEMA.names]
        raise AtelierError(
            f"The catalog's columns must be {', '.join(SCHEMA.names)} in this order; "
            f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}."
        )
    for field in SCHEMA:
        column = table[field.name]
        if column.type != field.type:
            raise AtelierError(f"Catalog column {field.name!r} holds {column.type}; accepted: {field.type}.")
        if not field.nullable:
            _refuse(table, field.name, pc.is_null(column), "a value in every row")


def _check_unique(table: pa.Table, name: str) -> None:
    """Raise if a value of the column stands in two rows."""
    counts = pc.value_counts(table[name].combine_chunks())
    repeated = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(repeated):
        raise AtelierError(f"Catalog column {name!r}: {repeated[0]['values'].as_py()!r} stands in more than one row.")


def _refuse_outside(table: pa.Table, name: str, low: int, high: int) -> None:
    """Raise if a value of the column lies outside `low..high`; nulls pass."""
    column = table[name]
    _refuse(table, name, pc.or_(pc.less(column, low), pc.greater(column, high)), f"{low} to {high}")


def _refuse(table: pa.Table, name: str, wrong: pa.ChunkedArray, accepted: str) -> None:
    """Raise on the first row where `wrong` is true; null means nothing to check."""
    row = pc.index(pc.fill_null(wrong, False), True).as_py()
    if row >= 0:
        value, work = table[name][row].as_py(), table["id"][row].as_py()
        raise AtelierError(f"Catalog column {name!r}, row {row} (id {work}): {value!r} is not {accepted}.")
