"""Figures of a version as rows of a table."""

import json
from typing import Any

from artmodels.family import Family, get_family
from tasks.registry import Version


def figures_of(version: Version) -> list[dict[str, Any]]:
    """Return a version's recorded figures with their intervals, the deciding one first."""
    deciding = get_family(version.family).deciding.name
    figures = json.loads(version.tags.get("evaluation", "{}"))
    return [{"name": name, **figures[name]} for name in sorted(figures, key=lambda name: (name != deciding, name))]


def limits_of(family: Family, figures: dict[str, float]) -> list[dict[str, Any]]:
    """Return the limits of a family, and whether some figures keep them."""
    return [
        {
            "name": limit.name,
            "meaning": limit.meaning,
            "most": limit.most,
            "found": figures[limit.name],
            # Written so that a figure which is not a number is a breach.
            "kept": figures[limit.name] <= limit.most,
        }
        for limit in family.limits
        if limit.name in figures
    ]


def guards_of(family: Family, challenger: dict[str, float], champion: dict[str, float]) -> list[dict[str, Any]]:
    """Return the guards of a family, and whether a challenger's figures pass them beside the champion's."""
    return [
        {
            "name": guard.name,
            "meaning": guard.meaning,
            "most": guard.most,
            "champion": champion[guard.name],
            "challenger": challenger[guard.name],
            "kept": challenger[guard.name] <= guard.most * champion[guard.name],
        }
        for guard in family.guards
        if guard.name in challenger and guard.name in champion
    ]
