"""Pictures that an order names, and the items that are made of them one by one."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from tasks.stylize_order import find_pictures


def find_all(given: Iterable[Path]) -> list[Path]:
    """Return the pictures, each once, of what an order names: pictures, or folders of them.

    Raises:
        AtelierError: a path does not exist, or holds no picture.
    """
    return list(dict.fromkeys(path.resolve() for one in given for path in find_pictures(one, "pictures")))


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def output_name(path: Path) -> str:
    """Return a name for what is made of a picture: after its path, so that pictures of one name do not meet."""
    mark = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{_plain(path.stem)}-{mark}.jpg"


def class_prefix(name: str) -> str:
    """Return a class as the beginning of a file's name; nothing of none."""
    kept = "".join(letter if letter.isalnum() else "_" for letter in name)
    return f"{kept}-" if kept else ""


def _plain(stem: str) -> str:
    """A file's name without what an output may not hold."""
    kept = "".join(letter if letter.isalnum() or letter in " _-.,()" else "_" for letter in stem).lstrip(".")
    return kept[:80] or "picture"
