"""Ingest and version in one: what a person calls taking artworks in."""

from collections.abc import Mapping
from typing import Any

from tasks import versions
from tasks.ingest import ingest
from tasks.settings import Settings
from tasks.sources import open_source


def take_in(
    settings: Settings,
    source: str,
    kind: str,
    metadata: str | None,
    columns: Mapping[str, str],
    defaults: Mapping[str, str],
) -> dict[str, Any]:
    """Ingest a source and make a version of the data; return the report.

    Raises:
        AtelierError: the source cannot be opened, or the data cannot be written or pushed.
    """
    candidates = open_source(source, settings, kind, metadata, columns, defaults)
    report = ingest(candidates, settings)
    return {
        "added": report.added,
        "already_known": report.already_known,
        "rejected": report.rejected,
        "near_duplicates": report.near_duplicates,
        "rejected_file": str(report.rejected_file),
        "data_md5": versions.track(settings),
    }
