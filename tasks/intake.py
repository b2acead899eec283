"""Ingest and version in one: what a person calls taking artworks in."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from artmodels.errors import AtelierError
from tasks import versions
from tasks.ingest import IngestReport, ingest
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
) -> dict[str, Any]:
    """Ingest a source and make a version of the data; return the report.

    Raises:
        AtelierError: the source cannot be opened, or the data cannot be written or pushed.
    """
    before = versions.data_md5(settings) if (settings.root / versions.DATA).is_file() else None
    report = _ingest(settings, source, kind, metadata, columns, defaults)
    md5 = versions.track(settings)
    return _counts(report) | {
        "rejected_file": str(report.rejected_file),
        "data_md5": md5,
        "data_changed": md5 != before,
    }


def foresee_intake(
    settings: Settings,
    source: str,
    kind: str,
    metadata: str | None,
    columns: Mapping[str, str],
    defaults: Mapping[str, str],
) -> dict[str, Any]:
    """Check a source as `take_in` would, and store nothing; return the counts, and how often each reason was given.

    Raises:
        AtelierError: the source cannot be opened.
    """
    report = _ingest(settings, source, kind, metadata, columns, defaults, dry_run=True)
    reasons = Counter(refusal.reason for refusal in report.refusals)
    return {"dry_run": True} | _counts(report) | {"reasons": dict(reasons.most_common())}


def _ingest(
    settings: Settings,
    source: str,
    kind: str,
    metadata: str | None,
    columns: Mapping[str, str],
    defaults: Mapping[str, str],
    dry_run: bool = False,
) -> IngestReport:
    if kind in READERS:
        if metadata:
            raise AtelierError(f"A metadata CSV goes with a folder of pictures, not with the kind {kind!r}.")
        return ingest_sequences(open_sequences(source, kind, columns, defaults), kind, settings, dry_run=dry_run)
    return ingest(open_source(source, settings, kind, metadata, columns, defaults), settings, dry_run=dry_run)


def _counts(report: IngestReport) -> dict[str, Any]:
    return {
        "added": report.added,
        "already_known": report.already_known,
        "rejected": report.rejected,
        "near_duplicates": report.near_duplicates,
    }
