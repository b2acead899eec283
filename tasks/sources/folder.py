"""Pictures in a folder, at any depth; a CSV may say what they are."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from artmodels.errors import AtelierError
from tasks.sources.candidate import Candidate, local_file
from tasks.sources.table import PATH, read_rows

SUFFIXES = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".gif", ".bmp"),
    *(".avif", ".jp2", ".j2k", ".ppm", ".pgm", ".pnm"),
}
"""File names that promise a picture. Others are candidates only when the CSV names them."""


def from_folder(
    folder: Path, metadata: Path | None, columns: Mapping[str, str], style_from_folder: bool
) -> Iterator[Candidate]:
    """Yield the pictures of a folder in the order of their paths.

    A file that the CSV names but the folder lacks is a candidate whose `fetch` raises, so that it shows up
    among the rejected.

    Args:
        folder: where the pictures are. Hidden files and folders are passed over.
        metadata: a CSV whose paths are relative to `folder`.
        columns: {catalog column: CSV column}, see `tasks.sources.table.read_rows`.
        style_from_folder: the first folder level names the style of pictures for which the CSV gives none.

    Raises:
        AtelierError: the CSV cannot be read as asked, or names a file twice.
    """
    known = _by_path(metadata, columns) if metadata else {}
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if _is_picture(folder, path)}
    return (
        _candidate(folder, relative, known.get(relative, {}), style_from_folder)
        for relative in sorted(found | known.keys())
    )


def _by_path(metadata: Path, columns: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the CSV's rows by their path."""
    rows: dict[str, dict[str, str]] = {}
    for row in read_rows(metadata, columns):
        relative = row.pop(PATH).removeprefix("./")
        if relative in rows:
            raise AtelierError(f"The CSV {metadata} names {relative!r} twice.")
        rows[relative] = row
    return rows


def _is_picture(folder: Path, path: Path) -> bool:
    """Whether the name is that of a picture which is not hidden."""
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix.lower() in SUFFIXES and not hidden and not path.is_dir()


def _candidate(folder: Path, relative: str, row: Mapping[str, str], style_from_folder: bool) -> Candidate:
    """Make a candidate of a path in the folder and its row in the CSV."""
    metadata = {name: value for name, value in row.items() if value}
    if style_from_folder and "/" in relative:
        metadata.setdefault("style", relative.partition("/")[0])
    return Candidate(str(folder / relative), metadata, partial(local_file, folder, relative))
