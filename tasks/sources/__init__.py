"""Where artworks come from."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from artmodels.accept import meant
from artmodels.errors import AtelierError
from tasks.catalog import KINDS
from tasks.paths import given_path
from tasks.settings import Settings
from tasks.sources.candidate import METADATA, Candidate
from tasks.sources.folder import from_folder
from tasks.sources.manifest import from_manifest
from tasks.sources.sequences import READERS

__all__ = ["METADATA", "Candidate", "open_source"]


def open_source(
    source: str,
    settings: Settings,
    kind: str = "artwork",
    metadata: str | None = None,
    columns: Mapping[str, str] | None = None,
    defaults: Mapping[str, str] | None = None,
) -> Iterator[Candidate]:
    """Open a folder of pictures, or a CSV that lists them.

    What is asked is checked here, before the first candidate is drawn.

    Args:
        source: a folder, or a `.csv` file of paths and https addresses.
        settings: limits of downloads.
        kind: "artwork" or "photograph", for rows that do not say it themselves.
        metadata: a CSV that describes the pictures of a folder; looked for as given, then in the folder.
        columns: {catalog column: CSV column} where the names differ.
        defaults: {catalog column: words} for rows that do not say it themselves.

    Raises:
        AtelierError: there is no such source, or an argument is not accepted; names it.
    """
    given = {"kind": kind, **(defaults or {})}
    _check_defaults(given)
    path, mapping = given_path(source, "source"), columns or {}
    if path.is_dir():
        table = _metadata_file(path, metadata) if metadata else None
        if mapping and table is None:
            raise AtelierError("A column mapping needs a metadata CSV.")
        # A photograph's folder says where it came from, not how it was painted; a default is more explicit.
        candidates = from_folder(path, table, mapping, kind == "artwork" and "style" not in given)
    elif path.is_file() and path.suffix.lower() == ".csv":
        if metadata:
            raise AtelierError(f"A metadata CSV goes with a folder; {source} is itself a CSV.")
        candidates = from_manifest(path, mapping, settings)
    else:
        raise AtelierError(f"{source} is neither a folder nor a CSV file.")
    return (Candidate(one.where, given | dict(one.metadata), one.fetch) for one in candidates)


def _check_defaults(given: Mapping[str, str]) -> None:
    """Raise AtelierError unless the defaults are for known columns and the kind is known."""
    for name in given:
        if name not in METADATA:
            raise AtelierError(f"Column {name!r}{meant(name, METADATA)} is not one of {', '.join(METADATA)}.")
    if (kind := given["kind"]) not in KINDS:
        known = [*KINDS, *READERS]
        raise AtelierError(f"The kind {kind!r} is not accepted{meant(kind, known)}: {', '.join(known)} are.")


def _metadata_file(folder: Path, metadata: str) -> Path:
    """Find the metadata CSV: as given, else in the folder."""
    for file in (given_path(metadata, "metadata"), folder / metadata):
        if file.is_file():
            return file
    raise AtelierError(f"No metadata CSV at {metadata} or {folder / metadata}.")
