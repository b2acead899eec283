"""How far a step has come, for whoever watches: in the terminal or the log, and on Prefect's pages."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prefect.context import TaskRunContext
from prefect.exceptions import MissingContextError
from prefect.logging import get_run_logger

from tasks.pace import Pace, Standing
from tasks.progress_artifacts import ProgressArtifacts
from tasks.terminal import displaying, to_stderr

Show = Callable[[int, int, dict[str, float]], None]
"""Called with what is done, of how much, and figures to show beside it; see `pace` for those that count."""


@contextmanager
def showing_progress(name: str, unit: str = "pictures", *, each: int = 1, folder: Path | None = None) -> Iterator[Show]:
    """Yield a function that shows how far a piece of work is.

    Args:
        name: of the work.
        unit: what its speed is counted in.
        each: how many of them one of what is counted makes, such as the samples of a step.
        folder: of a training, where its previews are.
    """
    pace, standing = Pace(), None
    artifacts = ProgressArtifacts(name, folder) if TaskRunContext.get() is not None else None
    with displaying(name, _say) as display:

        def show(done: int, total: int, figures: dict[str, float]) -> None:
            nonlocal standing
            standing = Standing.of(pace, name, done, total, figures, unit, each)
            display(standing)
            if artifacts is not None:
                artifacts.tell(standing)

        try:
            yield show
        finally:
            if artifacts is not None and standing is not None:
                artifacts.tell(standing, last=True)


def _say(line: str) -> None:
    """Write a line into the run's log, which Prefect's pages show too; to standard error where that log is silent."""
    try:
        log = get_run_logger()
    except MissingContextError:
        log = None
    if log is not None and log.isEnabledFor(logging.INFO):
        log.info(line)
    else:
        to_stderr(line)
