"""The report of an evaluation: how a version's figures are spread over the items, and what it said of them."""

import json
from pathlib import Path

import numpy as np

from artmodels.errors import AtelierError
from artmodels.family import Answers, get_family
from tasks import registry
from tasks.evaluation import Interval, recorded_pictures
from tasks.registry import Version
from tasks.reports.attach import keep
from tasks.reports.charts import confusion, distribution, scatter
from tasks.reports.tables import figures_of, limits_of
from tasks.settings import Settings
from tasks.thumbnails import inline_jpeg

WIDTH = 1600
"""Of a picture in the page, in pixels."""


def evaluation_report(settings: Settings, version: Version) -> Path:
    """Write the report of a version's last evaluation and keep it with its run; return the file.

    Raises:
        AtelierError: it was never judged, or the registry cannot be reached.
    """
    evaluation_set = version.tags.get("evaluation_set", "")
    if not evaluation_set:
        raise AtelierError(f"{version} was never judged: do it with `atelier evaluate {version.family}`.")
    family = get_family(version.family)
    items = read_items(settings, version, evaluation_set)
    answers = {name: Answers(tuple(one["said"]), tuple(one["true"])) for name, one in items["answers"].items()}
    figures = figures_of(version)
    means = {figure["name"]: figure["mean"] for figure in figures}
    return keep(
        settings,
        version.run_id,
        "evaluation",
        title=f"Evaluation of {version}",
        deciding=family.deciding,
        items=len(items["values"][family.deciding.name]),
        evaluation_set=evaluation_set,
        data_md5=version.tags.get("data_md5", ""),
        figures=[figure | {"chart": _spread(items["values"], figure)} for figure in figures],
        totals=items["totals"],
        limits=limits_of(family, means),
        protocol=items["protocol"],
        answers={name: _said(name, one) for name, one in answers.items()},
        pictures=pictures_of(settings, version, evaluation_set),
    )


def read_items(settings: Settings, version: Version, evaluation_set: str) -> dict[str, dict]:
    """Return what an evaluation found, item by item.

    Raises:
        AtelierError: the registry cannot give it.
    """
    items: dict[str, dict] = {"answers": {}, "protocol": {}, "totals": {}}
    return items | json.loads(registry.read_run_file(settings, version, f"evaluation/{evaluation_set}.json"))


def pictures_of(settings: Settings, version: Version, evaluation_set: str) -> dict[str, str]:
    """Return the pictures of a version's evaluation, as they go into a page."""
    found = recorded_pictures(settings, version, evaluation_set)
    return {name: inline_jpeg(png, WIDTH) for name, png in found.items()}


def _spread(values: dict[str, list[float]], figure: dict) -> str:
    mark = Interval(figure["mean"], figure["low"], figure["high"])
    return distribution({"items": np.array(values[figure["name"]])}, figure["name"], mark)


def _said(name: str, answers: Answers) -> list[str]:
    """Draw what was said against what is true; of numbers, how both are spread, too."""
    if isinstance(answers.true[0], str):
        return [confusion(answers, name)]
    both = {"true": np.array(answers.true, float), "estimated": np.array(answers.said, float)}
    return [scatter(answers, name), distribution(both, name)]
