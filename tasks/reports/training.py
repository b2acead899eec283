"""The report of a training: how it went, what it looked like on the way, what it was made of, and what came out."""

import tempfile
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run

from artmodels.previews import PREVIEWS
from tasks import registry
from tasks.reports.attach import keep
from tasks.reports.charts import curve
from tasks.reports.tables import figures_of
from tasks.runs import DECIDING, STARTED_FROM, STOPPED
from tasks.settings import Settings
from tasks.thumbnails import inline_jpeg
from tasks.training import COST

_MOST = 24
"""Previews on the page, the first and the last among them."""

_WIDTH, _QUALITY, _TOLD = 960, 80, 3
"""Of a preview on the page, in pixels, and of its JPEG; figures below it."""

_LINEAGE = tuple(name for name in (*DECIDING, STARTED_FROM, STOPPED, "trigger", "starter") if name != "config")


def training_report(settings: Settings, run_id: str) -> Path:
    """Write the report of a training and keep it with its run; return the file.

    Raises:
        AtelierError: the registry cannot be reached.
    """
    client = registry.connect(settings)
    run = client.get_run(run_id)
    family = registry.family_of(settings, run)
    version = registry.version_of_run(settings, family, run_id)
    histories = histories_of(client, run)
    tags = run.data.tags | (dict(version.tags) if version else {})
    groups = {"Losses": [], "Checks on what was held out": [], "Speed and memory": []}  # type: dict[str, list[Any]]
    for name, points in histories.items():
        head = "Speed and memory" if name in COST else "Checks on what was held out" if "." in name else "Losses"
        groups[head].append({"name": name.removeprefix("check."), "chart": curve(points, name), "last": points[-1][1]})
    return keep(
        settings,
        run_id,
        "training",
        title=f"Training of {version or family}",
        facts=_facts(run, histories),
        stopped=tags.get(STOPPED, ""),
        groups={head: charts for head, charts in groups.items() if charts},
        previews=_previews(client, run_id, histories),
        figures=figures_of(version) if version else [],
        options=dict(sorted(run.data.params.items())),
        lineage={name: tags[name] for name in _LINEAGE if name in tags} | {"run": run_id},
    )


def histories_of(
    client: MlflowClient, run: Run, only: Collection[str] | None = None
) -> dict[str, list[tuple[int, float]]]:
    """Return each figure's values by step; where a training was resumed, what it said of a step last."""
    found = {}
    for name in sorted(run.data.metrics, key=lambda name: (name != "loss", name)):
        if not name.startswith("evaluation.") and (only is None or name in only):
            history = sorted(client.get_metric_history(run.info.run_id, name), key=lambda one: one.timestamp)
            found[name] = sorted({one.step: one.value for one in history}.items())
    return found


def _facts(run: Run, histories: dict[str, list[tuple[int, float]]]) -> dict[str, str]:
    facts = {"started": _date(run.info.start_time), "status": str(run.info.status).lower()}
    if steps := max((points[-1][0] for points in histories.values()), default=0):
        facts["steps"] = f"{steps:,}"
    if run.info.end_time:
        facts["seconds"] = str((run.info.end_time - run.info.start_time) / 1000)
    if speeds := histories.get("samples_per_second"):
        middle = sorted(speed for _, speed in speeds)[len(speeds) // 2]
        facts["samples a second"] = f"{middle:.3g}"
    if peaks := histories.get("peak_megabytes"):
        facts["peak memory"] = f"{max(peak for _, peak in peaks):,.0f} MB"
    return facts


def _previews(
    client: MlflowClient, run_id: str, histories: Mapping[str, list[tuple[int, float]]]
) -> list[dict[str, Any]]:
    """Return preview pictures evenly over the training, as they go into the page, with the figures of their time."""
    names = sorted(file.path for file in client.list_artifacts(run_id, PREVIEWS) if file.path.endswith(".jpg"))
    last = len(names) - 1
    chosen = names if last < _MOST else [names[round(n * last / (_MOST - 1))] for n in range(_MOST)]
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(client.download_artifacts(run_id, name, folder)) for name in chosen]
        return [
            {
                "step": int(file.stem),
                "picture": inline_jpeg(file.read_bytes(), _WIDTH, _QUALITY),
                "figures": _figures_at(histories, int(file.stem)),
            }
            for file in files
        ]


def _figures_at(histories: Mapping[str, list[tuple[int, float]]], step: int) -> dict[str, float]:
    """Return the last of the first few figures, but for what learning takes, up to a step."""
    told = [(name, points) for name, points in histories.items() if name not in COST][:_TOLD]
    before = {name: [value for at, value in points if at <= step] for name, points in told}
    return {name.removeprefix("check."): values[-1] for name, values in before.items() if values}


def _date(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
