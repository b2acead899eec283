"""Pictures that were made, and may not be shown."""

import hashlib
from pathlib import Path

from artmodels.errors import AtelierError
from tasks.batch.encode import CannotWrite
from tasks.batch.plan import RESERVED


class Withheld(AtelierError):  # noqa: N818 - says what is done with it
    """A picture may not be shown: its item is set aside with this reason, and not made again."""


def take_away(out: Path, output: str) -> None:
    """Delete what an earlier run made of a withheld item, and its small copies in the gallery's folder.

    Raises:
        CannotWrite: the folder is read-only.
    """
    path = out / output
    if not path.is_file():
        return
    try:
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        for copy in (out / RESERVED[1]).glob(f"{sha256[:20]}-*"):
            copy.unlink()
        path.unlink()
    except OSError as error:
        raise CannotWrite(path, error) from error
