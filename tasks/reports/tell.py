"""Where a report is told of: in the terminal, and among the artifacts of the flow run that it is about."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from prefect.artifacts import create_markdown_artifact
from prefect.context import TaskRunContext
from prefect.logging import get_logger, get_run_logger

from tasks import registry
from tasks.cards.card import write_card
from tasks.registry import Version
from tasks.reports.attach import FOLDER
from tasks.settings import Settings


@contextmanager
def telling_faults(what: str) -> Iterator[None]:
    """Tell why a report cannot be made; what it is about stands: no promotion is undone for want of a page."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, what was reported on is done
        words = " ".join(str(error).split())
        # Not by `print`, which Prefect makes a line that the command line does not show.
        logger = get_run_logger() if TaskRunContext.get() is not None else get_logger(__name__)
        logger.warning("The %s cannot be made: %s `atelier open` tries again.", what, words)


def tell_run(settings: Settings, version: Version, pages: Sequence[Path]) -> None:
    """Make a version's card anew, and tell of reports that are kept with its run.

    Raises:
        AtelierError: the registry, the data or the opt-out list cannot be read.
    """
    write_card(settings, version)
    lines = [f"- {_linked(settings, version, page)}" for page in pages]
    command = f"`atelier open {version.family}/{version.number} --kind {pages[-1].stem}`"
    _artifact(f"report-{version.family}", f"Reports of {version}", [*lines, "", f"In a terminal: {command}"])


def tell_job(kind: str, report: dict[str, Any]) -> None:
    """Tell of the report of a batch job: where it lies, and its totals."""
    if "gallery" not in report:
        return
    page = Path(report["gallery"]).absolute()
    totals = ", ".join(f"{report[name]} {name.replace('_', ' ')}" for name in ("done", "skipped", "set_aside"))
    lines = [f"[{page}]({page.as_uri()})", "", f"{totals}, in {report['seconds']} s.", ""]
    _artifact(f"report-{kind}", f"Report of a job: {kind}", [*lines, f"In a terminal: `atelier open {page.parent}`"])


def _linked(settings: Settings, version: Version, page: Path) -> str:
    """A link to a report on MLflow's server, or, where there is none, to the file on this machine."""
    if urlsplit(settings.mlflow_uri).scheme not in ("http", "https"):
        return f"[{page.stem}]({page.absolute().as_uri()})"
    experiment = registry.connect(settings).get_run(version.run_id).info.experiment_id
    files = f"experiments/{experiment}/runs/{version.run_id}/artifacts/{FOLDER}/{page.name}"
    return f"[{page.stem}]({settings.mlflow_uri.rstrip('/')}/#/{files})"


def _artifact(key: str, title: str, lines: Sequence[str]) -> None:
    """Leave a page with the flow run, if this is one."""
    if TaskRunContext.get() is not None:
        create_markdown_artifact("\n".join([f"# {title}", "", *lines]), key=key, description=title)
