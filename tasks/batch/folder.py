"""A job's folder, for one job at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from artmodels.errors import AtelierError
from tasks.batch.encode import CannotWrite
from tasks.files import remove_parts

_LOCK = ".job.lock"


class FolderBusyError(AtelierError):
    """Another job is at work in the folder: later it may not be."""


@contextmanager
def hold_folder(out: Path) -> Iterator[None]:
    """Make the folder if need be, hold it, and clear away what a killed job left half-written.

    The operating system frees the lock of a process that was killed.

    Raises:
        CannotWrite: the folder cannot be made or written to.
        FolderBusyError: another job holds it.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = FileLock(out / _LOCK)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise FolderBusyError(
            f"Another job is at work in {out}: wait until it has ended, or name another folder."
        ) from error
    except OSError as error:
        raise CannotWrite(out, error) from error
    try:
        remove_parts(out)
        yield
    finally:
        lock.release()
