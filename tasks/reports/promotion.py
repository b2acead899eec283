"""The report of a decision of the gate: challenger beside champion, what decided, and who."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from artmodels.family import Family, get_family
from tasks import registry
from tasks.decision import Decision
from tasks.registry import Version
from tasks.reports.attach import keep
from tasks.reports.charts import difference, distribution
from tasks.reports.evaluation import pictures_of, read_items
from tasks.reports.tables import guards_of, limits_of
from tasks.settings import Settings

ROLES = ("champion", "challenger")


def promotion_report(settings: Settings, decision: Decision) -> Path:
    """Write the report of a decision and keep it with the challenger's run; return the file.

    Raises:
        AtelierError: the version is gone, or the registry cannot be reached.
    """
    family = get_family(decision.family)
    numbers = {"champion": decision.replaced, "challenger": decision.version}
    versions = {
        role: registry.find(settings, decision.family, str(number))
        for role, number in numbers.items()
        if number is not None
    }
    figures = decision.figures
    return keep(
        settings,
        versions["challenger"].run_id,
        "promotion",
        title=f"{versions['challenger']} {decision.action}",
        decision=asdict(decision),
        versions={role: _described(version) for role, version in versions.items()},
        metric=family.deciding,
        roles=[role for role in ROLES if role in figures],
        figures=_rows(decision),
        interval=_interval(family, decision),
        spreads=_spreads(settings, family, versions, decision.evaluation_set),
        limits=limits_of(family, figures.get("challenger", {})),
        guards=guards_of(family, figures.get("challenger", {}), figures.get("champion", {})),
        pictures=_side_by_side(settings, versions, decision.evaluation_set),
    )


def _interval(family: Family, decision: Decision) -> str:
    if decision.difference is None:
        return ""
    opponent = "champion" if decision.replaced is not None else "what doing nothing scores"
    words = f"{family.deciding.name}, challenger less {opponent}"
    return difference(decision.difference, family.deciding.better, words)


def _described(version: Version) -> dict[str, str]:
    tags = version.tags
    names = ("data_md5", "code_revision", "trigger", "started_from")
    return {"name": str(version), "run": version.run_id} | {name: tags[name] for name in names if tags.get(name)}


def _rows(decision: Decision) -> list[dict[str, Any]]:
    """Return the figures of both, the deciding one first."""
    names = sorted(decision.figures.get("challenger", {}), key=lambda name: (name != decision.metric, name))
    return [{"name": name, **{role: figures.get(name) for role, figures in decision.figures.items()}} for name in names]


def _spreads(settings: Settings, family: Family, versions: dict[str, Version], evaluation_set: str | None) -> list[str]:
    """Draw how the deciding figure is spread over the items: of each, and of the difference item by item."""
    if evaluation_set is None:
        return []
    name = family.deciding.name
    values = {
        role: np.array(read_items(settings, version, evaluation_set)["values"][name])
        for role, version in versions.items()
    }
    charts: list[str] = [distribution(values, name)]
    if len(values) == 2:
        less = values["challenger"] - values["champion"]
        charts.append(distribution({"challenger less champion": less}, f"{name}, challenger less champion"))
    return charts


def _side_by_side(
    settings: Settings, versions: dict[str, Version], evaluation_set: str | None
) -> dict[str, dict[str, str]]:
    """Return each picture of the evaluation as each of the two made it."""
    if evaluation_set is None:
        return {}
    made = {role: pictures_of(settings, version, evaluation_set) for role, version in versions.items()}
    names = sorted({name for pictures in made.values() for name in pictures})
    return {name: {role: one[name] for role, one in made.items() if name in one} for name in names}
