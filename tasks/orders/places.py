"""Where an order may take pictures from and put results: orders are other people's words."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from artmodels.errors import AtelierError
from tasks.orders.forms import Form
from tasks.settings import Settings


def as_url(path: Path | str) -> str | None:
    """Return the address that a path of an order is, such as `s3://photos/may`; None: it is a path of this machine."""
    # `Path` has made one slash of two.
    match = re.match(r"([a-z][a-z0-9+.-]+):/+", str(path))
    return f"{match[1]}://{str(path)[match.end() :]}" if match else None


def place(settings: Settings, form: Form, base: str) -> Form:
    """Return an order whose sources are absolute, and whose destination is known to be inside.

    Args:
        settings: of the house.
        form: the order.
        base: the folder, or s3:// prefix, that relative paths are taken from.

    Raises:
        AtelierError: a source or the destination lies outside the folders that orders may use, or a source does not
            exist; the message names the field.
    """
    check_destination(form)
    changed: dict[str, Any] = {}
    for field, paths in _sources(form):
        placed = tuple(_placed(settings, field, path, base) for path in paths)
        changed[field] = placed if isinstance(getattr(form, field), tuple) else placed[0]
    return form.model_copy(update=changed)


def remote_sources(form: Form) -> Iterator[tuple[str, Path, str]]:
    """Yield field, path and address of every source that is not on this machine."""
    for field, paths in _sources(form):
        for path in paths:
            if url := as_url(path):
                yield field, path, url


def moved(form: Form, places: dict[Path, Path]) -> Form:
    """Return an order with other paths in place of its sources."""
    changed: dict[str, Any] = {}
    for field, paths in _sources(form):
        now = tuple(places.get(path, path) for path in paths)
        changed[field] = now if isinstance(getattr(form, field), tuple) else now[0]
    return form.model_copy(update=changed)


def check_destination(form: Form) -> PurePosixPath | None:
    """Return the folder that an order names, relative to the one of all orders; None: it names none.

    Raises:
        AtelierError: it would lie outside.
    """
    if form.destination is None:
        return None
    wanted = PurePosixPath(form.destination.as_posix())
    parts = wanted.parts
    odd = any(part.startswith(".") or re.search(r"[\x00-\x1f\\:\ud800-\udfff]", part) for part in parts)
    if not parts or wanted.is_absolute() or odd or max(len(part.encode()) for part in parts) > 100:
        raise AtelierError(
            f"destination={str(form.destination)!r} is not accepted: a folder inside the studio's for orders, such as "
            "'spring/evening', without '..', hidden names, ':' or '\\'."
        )
    return wanted


def job_folder(root: Path, wanted: PurePosixPath) -> Path:
    """Return the folder of a job in `root`.

    Raises:
        AtelierError: a link leads out of `root`.
    """
    folder = root / wanted
    if not folder.resolve().is_relative_to(root.resolve()):
        raise AtelierError(f"destination={str(wanted)!r} is not accepted: a link leads out of {root}.")
    return folder


def _sources(form: Form) -> Iterator[tuple[str, tuple[Path, ...]]]:
    """Yield the fields that name files, and what they name."""
    for field in type(form).model_fields:
        value = getattr(form, field)
        paths = value if isinstance(value, tuple) else (value,)
        if field != "destination" and paths and all(isinstance(path, Path) for path in paths):
            yield field, paths


def _placed(settings: Settings, field: str, path: Path, base: str) -> Path:
    """Return a source as an absolute path, or an address as a path, once it is known to be allowed."""
    remote = as_url(path) or (None if path.is_absolute() else as_url(f"{base}/{path.as_posix()}"))
    if remote:
        _demand_allowed_url(settings, field, remote)
        return Path(remote)
    try:
        found = Path(base, path).resolve()
        roots = [root for root in _roots(settings) if not as_url(root)]
        _demand_inside(field, found, [Path(settings.root, root).resolve() for root in roots])
        if not found.exists():
            raise AtelierError(f"{field}: {found} does not exist: name a picture or a folder of pictures.")
    # A name with a zero byte, one that is too long, links in a circle.
    except (OSError, ValueError, RuntimeError) as error:
        raise AtelierError(f"{field}={str(path)!r} is not accepted: no path of a picture or a folder.") from error
    return found


def _demand_inside(field: str, found: Path, roots: list[Path]) -> None:
    """Raise AtelierError unless a source, and whatever links in it lead to, is inside one of the folders."""
    if not any(found.is_relative_to(root) for root in roots):
        raise AtelierError(_outside(field, found))
    for file in found.rglob("*"):
        if file.is_symlink() and not any(file.resolve().is_relative_to(root) for root in roots):
            raise AtelierError(_outside(field, file))


def _demand_allowed_url(settings: Settings, field: str, url: str) -> None:
    allowed = (f"{as_url(root)}".rstrip("/") for root in _roots(settings) if as_url(root))
    inside = any(url == root or url.startswith(f"{root}/") for root in allowed)
    if not inside or ".." in url.split("/"):
        raise AtelierError(_outside(field, url))


def _roots(settings: Settings) -> tuple[str, ...]:
    """The folders that orders may take pictures from. Whoever drops an order may drop pictures beside it."""
    return (*settings.order_roots, settings.orders)


def _outside(field: str, place: Path | str) -> str:
    return (
        f"{field}={str(place)!r} is not accepted: orders may take pictures from the folder that they are dropped in, "
        "and from those in ATELIER_ORDER_ROOTS."
    )
