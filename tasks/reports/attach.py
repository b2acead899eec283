"""Where a report is kept: as a file of the run that it is about, and on this machine."""

from pathlib import Path
from typing import Any, Literal

from tasks import registry
from tasks.pages import write_page
from tasks.settings import Settings

FOLDER = "reports"
"""The folder of a run's files that holds its reports."""

Kind = Literal["training", "evaluation", "promotion"]


def keep(settings: Settings, run_id: str, kind: Kind, **values: Any) -> Path:
    """Write a report and keep it with its run, in place of an earlier one; return the file on this machine."""
    path = place(settings, run_id, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_page(path, f"{kind}.html.j2", **values)
    registry.connect(settings).log_artifact(run_id, str(path), FOLDER)
    return path


def place(settings: Settings, run_id: str, kind: Kind) -> Path:
    """Return where a report lies on this machine, if it does."""
    return settings.scratch / FOLDER / run_id / f"{kind}.html"
