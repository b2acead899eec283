"""How far a step has come, for whoever watches: a bar in the terminal, a progress artifact in Prefect."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.context import TaskRunContext
from tqdm import tqdm

Show = Callable[[int, int, dict[str, float]], None]
"""Called with what is done, of how much, and figures to show beside it."""

SECONDS = 5
"""Time between updates of the artifact: each is a call to Prefect's server."""


@contextmanager
def showing_progress(name: str) -> Iterator[Show]:
    """Yield a function that shows progress; in the terminal only where there is one."""
    artifact: UUID | None = None
    if TaskRunContext.get() is not None:
        created = create_progress_artifact(0.0, description=name)
        assert isinstance(created, UUID), "called from synchronous code, it returns the id itself"
        artifact = created
    updated = time.monotonic()
    with tqdm(desc=name, disable=None, dynamic_ncols=True) as bar:

        def show(done: int, total: int, figures: dict[str, float]) -> None:
            nonlocal updated
            bar.total = total
            bar.set_postfix({key: f"{value:.3g}" for key, value in figures.items()}, refresh=False)
            bar.update(done - bar.n)
            if artifact is not None and (time.monotonic() - updated > SECONDS or done == total):
                update_progress_artifact(artifact, 100.0 * done / total if total else 100.0)
                updated = time.monotonic()

        yield show
