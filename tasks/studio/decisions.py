"""The promotions that wait for a person, with what the person is shown; and what was decided."""

from dataclasses import dataclass
from typing import Any

from artmodels.family import FAMILIES
from tasks import approval, registry
from tasks.approval import Waiting
from tasks.decision import history
from tasks.settings import Settings

MOST = 100
"""Decisions that the page shows."""


@dataclass(frozen=True)
class Asked:
    """A promotion that waits, and the page about it in Markdown: both models' figures and pictures."""

    waiting: Waiting
    page: str


def asked() -> list[Asked]:
    """Return the promotions that wait, the oldest first.

    Raises:
        AtelierError: there is no Prefect server.
    """
    return [Asked(one, approval.page_of(one)) for one in approval.waiting()]


def decided(settings: Settings) -> list[dict[str, Any]]:
    """Return what was decided about the models of all families, the newest first."""
    known = {version.family for _, version in registry.named_versions(settings)} & set(FAMILIES)
    found = [decision for family in known for decision in history(settings, family)]
    return sorted(found, key=lambda decision: str(decision["at"]), reverse=True)[:MOST]
