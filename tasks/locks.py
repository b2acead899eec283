"""One writer at a time: who changes `data/`, or lets DVC do so, holds this lock meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from artmodels.errors import AtelierError
from tasks.settings import Settings


@contextmanager
def hold_data(settings: Settings) -> Iterator[None]:
    """Hold the data of this project; other processes and threads wait for `settings.lock_seconds`.

    Not re-entrant: a function that holds the data calls nothing that holds it again. The operating system
    frees the lock of a process that was killed.

    Raises:
        AtelierError: another process still held the data when the wait was over.
    """
    path = settings.scratch / "locks" / "data.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=settings.lock_seconds)
    try:
        lock.acquire()
    except Timeout as error:
        raise AtelierError(
            f"Another process still holds the data after {settings.lock_seconds:g} s ({path}): "
            "try again when it has ended, or wait longer with ATELIER_LOCK_SECONDS."
        ) from error
    try:
        yield
    finally:
        lock.release()
