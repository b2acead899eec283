"""Files that are either whole or not there: written beside their place, then moved into it."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORARY = ".atelier-part"
"""The suffix of a file that is still being written; one left behind by a killed process may be deleted."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which takes the place of `path` when the block ends well.

    The bytes are on the disk before the name changes, so that after a power cut the old or the new file
    is there, whole. If the block raises, the temporary file is deleted and `path` stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}{TEMPORARY}")
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def remove_parts(folder: Path) -> int:
    """Delete what killed writers left in `folder` and below; return how many files that were.

    Only for the holder of the data lock: it cannot tell a dead writer's file from a living one's.
    """
    parts = list(folder.rglob(f"*{TEMPORARY}"))
    for part in parts:
        part.unlink(missing_ok=True)
    return len(parts)
