"""What a model version learnt from, counted."""

from typing import Any

import pandas as pd

from tasks import registry
from tasks.rights.marks import mark
from tasks.rights.works import licences_on_card, source_name, works_of
from tasks.runs import STARTED_FROM
from tasks.settings import Settings
from tasks.versions import NotHere

UNNAMED = "not named"
"""What stands for an artist or a source that the catalog does not know."""


def rights(settings: Settings, family: str, reference: str) -> dict[str, Any]:
    """Return whose works a version learnt from, under which licences, from where; and who has opted out since.

    Counted are the works of the data it was trained and judged on, as its data version has them. Where that data is
    gone, a model that ships still has the counts on its card.

    Raises:
        AtelierError: there is no such version, or the data cannot be read.
    """
    version = registry.find(settings, family, reference)
    marked = mark(settings, version)
    report: dict[str, Any] = {
        "version": str(version),
        "data_md5": version.tags.get("data_md5", ""),
        "started_from": version.tags.get(STARTED_FROM, "").partition(" ")[0],
        "opted_out": marked.artists,
        "untold": marked.untold,
    }
    try:
        works = works_of(settings, version)
    except NotHere as error:
        card = licences_on_card(settings, version)
        licences: dict[str, int] = {}
        for counts in card.values():
            licences = {name: licences.get(name, 0) + counts.get(name, 0) for name in {*licences, *counts}}
        kinds = {kind: sum(counts.values()) for kind, counts in card.items()}
        return report | {
            "gone": str(error),
            "works": sum(kinds.values()),
            "kinds": kinds,
            "licences": _sorted(licences),
        }
    return report | {
        "works": len(works),
        "kinds": _counted(works["kind"]),
        "licences": _counted(works["licence"]),
        "sources": _counted(works["source"].map(source_name)),
        "artists": _counted(works["artist"]),
    }


def _counted(values: pd.Series) -> dict[str, int]:
    return _sorted({str(name) or UNNAMED: int(count) for name, count in values.value_counts().items()})


def _sorted(counts: dict[str, int]) -> dict[str, int]:
    """The most frequent first; equals by name, so that the answer is the same each time."""
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
