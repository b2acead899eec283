"""Pictures that a CSV lists, by path or by https address."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from tasks.settings import Settings
from tasks.sources.candidate import Candidate, local_file
from tasks.sources.download import download
from tasks.sources.table import PATH, read_rows


def from_manifest(file: Path, columns: Mapping[str, str], settings: Settings) -> Iterator[Candidate]:
    """Yield the pictures of a CSV in its order.

    The column `path` (or what `columns` maps to it) holds paths relative to the CSV's folder, which they
    cannot leave, or https addresses. The address is the `source` of a download that names no other.

    Raises:
        AtelierError: the CSV cannot be read as asked.
    """
    return (_candidate(file.parent, row, settings) for row in read_rows(file, columns))


def _candidate(folder: Path, row: dict[str, str], settings: Settings) -> Candidate:
    """Make a candidate of one row."""
    where = row[PATH]
    metadata = {name: value for name, value in row.items() if value and name != PATH}
    if "://" not in where:
        return Candidate(str(folder / where), metadata, partial(local_file, folder, where))
    fetch = partial(download, where, settings.max_download_bytes, settings.allow_private_urls)
    return Candidate(where, {"source": where, **metadata}, fetch)
