"""NumPy's archives: a small one may unpack to more than there is memory."""

import zipfile
from pathlib import Path

from artmodels.errors import AtelierError

MOST_BYTES = 2 << 30


def demand_modest(path: Path) -> None:
    """Check what an archive unpacks to, by its directory.

    Raises:
        AtelierError: it is more than `MOST_BYTES`.
        zipfile.BadZipFile, OSError: it is no archive, or cannot be read.
    """
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
            raise AtelierError(f"{path} unpacks to more than {MOST_BYTES} bytes: split it into several files.")
