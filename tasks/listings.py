"""What DVC is about to lay out, looked at before it does: a folder's listing comes from the remote, and names paths."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from artmodels.errors import AtelierError


def check_listings(root: Path, targets: Sequence[str], cache: Path) -> None:
    """Check that nothing which the targets describe lies outside its folder.

    Args:
        root: the project.
        targets: names of `.dvc` files in it, whose objects were fetched.
        cache: DVC's cache.

    Raises:
        AtelierError: a path is absolute or goes up, or a file is damaged; the message names it.
        FileNotFoundError: the cache lacks a listing.
    """
    for target in targets:
        for out in _outs(root / target):
            _demand_inside(target, [out.get("path")])
            digest = str(out.get("md5", ""))
            if digest.endswith(".dir"):
                _demand_inside(f"The listing {digest} of {target}", _paths(_object(cache, digest)))


def _outs(file: Path) -> list[dict[str, Any]]:
    """Return what a `.dvc` file describes."""
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
        return [dict(out) for out in found["outs"]]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, TypeError, ValueError) as error:
        raise AtelierError(f"{file} is damaged: restore it with git.") from error


def _object(cache: Path, digest: str) -> Path:
    """Return where the cache has an object: as DVC 3 lays it out, or as those before it did."""
    name = Path(digest[:2]) / digest[2:]
    for place in (cache / "files" / "md5" / name, cache / name):
        if place.is_file():
            return place
    raise FileNotFoundError(digest)


def _paths(listing: Path) -> list[Any]:
    try:
        return [entry["relpath"] for entry in json.loads(listing.read_bytes())]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise AtelierError(f"The listing {listing} is damaged: delete it, and pull again.") from error


def _demand_inside(what: str, paths: Iterable[Any]) -> None:
    for path in paths:
        parts = PurePosixPath(path).parts if isinstance(path, str) else ()
        if not parts or PurePosixPath(path).is_absolute() or ".." in parts or "\x00" in path:
            raise AtelierError(f"{what} names {path!r}, which leads outside its folder: nothing was written.")
