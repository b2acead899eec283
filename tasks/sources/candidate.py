"""One file that may become a row of the catalog."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from artmodels.errors import AtelierError

METADATA = (
    "kind",
    "title",
    "artist",
    "style",
    "genre",
    "licence",
    "source",
    "year",
    "series",
    "rating_mean",
    "rating_count",
)
"""What a source may say about a picture: these columns of the catalog."""


@dataclass(frozen=True)
class Candidate:
    """One file on its way in.

    Attributes:
        where: path or URL, as `rejected.csv` shows it.
        metadata: words for some of `METADATA`; what is missing or empty is unknown.
        fetch: returns the file's path, or its bytes when it came over the network. Raises AtelierError,
            whose sentence becomes the reason in `rejected.csv`, when it cannot be had.
    """

    where: str
    metadata: Mapping[str, str]
    fetch: Callable[[], Path | bytes]


def inside(folder: Path, relative: str) -> Path:
    """Return the path of `relative` in `folder`.

    Raises:
        AtelierError: it is absolute, or leads out of the folder through `..` or a symbolic link.
    """
    path = folder / relative
    if "\x00" in relative or Path(relative).is_absolute() or ".." in Path(relative).parts:
        raise AtelierError(f"{relative!r} leads outside its folder: only paths below it are accepted.")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise AtelierError(f"{relative!r} leads outside its folder through a link: put the file itself there.")
    return path


def local_file(folder: Path, relative: str) -> Path:
    """Return the existing file `relative` in `folder`.

    Raises:
        AtelierError: see `inside`; or there is no such file.
    """
    path = inside(folder, relative)
    if not path.is_file():
        raise AtelierError(f"No such file: {relative!r}.")
    return path
