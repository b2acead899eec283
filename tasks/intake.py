"""Ingest and version in one: what a person calls taking artworks in."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from artmodels.errors import AtelierError
from tasks import versions
from tasks.ingest import ingest
from tasks.sequences import ingest_sequences
from tasks.settings import Settings
from tasks.sources import open_source
from tasks.sources.sequences import READERS, open_sequences


def take_in(
    settings: Settings,
    source: str,
    kind: str,
    metadata: str | None,
    columns: Mapping[str, str],
    defaults: Mapping[str, str],
    dry_run: bool = False,
) -> dict[str, Any]:
    """Ingest a source and make a version of the data; return the report.

    A dry run checks and counts, stores nothing, and tells how often each reason was given.

    Raises:
        AtelierError: the source cannot be opened, or the data cannot be written or pushed.
    """
    before = versions.data_md5(settings) if (settings.root / versions.DATA).is_file() else None
    if kind in READERS:
        if metadata:
            raise AtelierError(f"A metadata CSV goes with a folder of pictures, not with the kind {kind!r}.")
        sequences = open_sequences(source, kind, columns, defaults)
        report = ingest_sequences(sequences, kind, settings, dry_run=dry_run)
    else:
        report = ingest(open_source(source, settings, kind, metadata, columns, defaults), settings, dry_run=dry_run)
    counts = {
        "added": report.added,
        "already_known": report.already_known,
        "rejected": report.rejected,
        "near_duplicates": report.near_duplicates,
    }
    if dry_run:
        reasons = Counter(refusal.reason for refusal in report.refusals)
        return {"dry_run": True} | counts | {"reasons": dict(reasons.most_common())}
    md5 = versions.track(settings)
    return counts | {"rejected_file": str(report.rejected_file), "data_md5": md5, "data_changed": md5 != before}
