"""A job's folder, for one job at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from artmodels.errors import AtelierError
from tasks.batch.encode import CannotWrite
from tasks.files import remove_parts

_LOCK = ".job.lock"

SHARDS = ".shards"
"""The folder of a job's shards, which other processes make: a folder each, held like a job's."""


class FolderBusyError(AtelierError):
    """Another job is at work in the folder: later it may not be."""


@contextmanager
def hold_folder(out: Path, wait: float = 0) -> Iterator[None]:
    """Make the folder if need be, hold it, and clear away what a killed job left half-written.

    The operating system frees the lock of a process that was killed.

    Args:
        out: the folder.
        wait: seconds to wait for another that holds it.

    Raises:
        CannotWrite: the folder cannot be made or written to.
        FolderBusyError: another job holds it, or a process is still at work on a shard of a job that has ended.
    """
    with _hold(out, wait):
        for shard in out.glob(f"{SHARDS}/*/"):
            with _hold(shard, 0):
                pass
        remove_parts(out)
        yield


@contextmanager
def _hold(out: Path, wait: float) -> Iterator[None]:
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = FileLock(out / _LOCK)
        lock.acquire(timeout=wait)
    except Timeout as error:
        raise FolderBusyError(
            f"Another job is at work in {out}: wait until it has ended, or name another folder."
        ) from error
    except OSError as error:
        raise CannotWrite(out, error) from error
    try:
        yield
    finally:
        lock.release()
