"""The place where orders are dropped, a folder or an S3 prefix: their files, and the reports beside them."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem
from pydantic import ValidationError

from artmodels.errors import AtelierError
from tasks.files import replacing
from tasks.orders.forms import MOST_BYTES, sentence
from tasks.orders.report import Report
from tasks.settings import Settings

SETTLED_SECONDS = 10.0
"""A file that was changed since is perhaps still being written: it is left for the next look."""

SUFFIXES = (".yaml", ".yml", ".json")
_REPORT = ".report.json"


def _store_faults() -> tuple[type[Exception], ...]:
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        return (OSError,)
    return (OSError, BotoCoreError, ClientError)


STORE_FAULTS = _store_faults()
"""What goes wrong with a folder or with S3."""


@dataclass(frozen=True)
class Dropped:
    """A file that is an order by its name.

    Attributes:
        file: its name.
        data: its bytes, as far as an order may be long.
        settled: whether it is likely to be whole.
        fault: why it cannot be read.
    """

    file: str
    data: bytes
    settled: bool
    fault: str = ""

    @property
    def digest(self) -> str:
        """What the order is known by: the same bytes are the same order."""
        return hashlib.sha256(self.data or self.file.encode("utf-8", "surrogateescape")).hexdigest()[:12]

    @property
    def name(self) -> str:
        """The order's name."""
        return plain_name(Path(self.file).stem)


class Store:
    """Where orders are dropped. Nothing that people drop is ever changed, moved or deleted."""

    def __init__(self, settings: Settings) -> None:
        self.url = settings.orders if "://" in settings.orders else str(settings.root / settings.orders)
        try:
            # Another machine's changes are to be seen at once.
            self.fs, path = url_to_fs(self.url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise AtelierError(
                f"ATELIER_ORDERS={settings.orders!r} is not accepted: a folder, or s3://BUCKET/PREFIX ({error})."
            ) from error
        self.root = str(path).rstrip("/")
        self.claims = f"{self.root}/.claims"

    @property
    def is_local(self) -> bool:
        """Whether orders are dropped in a folder of this machine."""
        return isinstance(self.fs, LocalFileSystem)

    def dropped(self) -> list[Dropped]:
        """Return the orders that lie there, by name."""
        listed = [info for info in self._listed() if _is_order(_name(info))]
        plain = [info for info in listed if info["type"] == "file" and not info.get("islink")]
        # S3 has no first byte of an empty file. All at once: it answers a thousand questions in the time of ten.
        paths = [info["name"] for info in plain if info["size"]]
        texts = dict(zip(paths, self.fs.cat_ranges(paths, 0, MOST_BYTES + 1) if paths else [], strict=True))
        found = [_seen(info, texts.get(info["name"], b"")) for info in plain]
        odd = [_name(info) for info in listed if info not in plain]
        found += [Dropped(name, b"", True, "no file by itself: links and folders are not accepted") for name in odd]
        return sorted(found, key=lambda one: one.file)

    def reports(self) -> dict[str, Report]:
        """Return the reports, by the orders' digests."""
        return self._read_reports(r"[0-9a-f]{12}")

    def report(self, digest: str) -> Report | None:
        """Return an order's report as it is now, if it has one."""
        return self._read_reports(digest).get(digest)

    def write_report(self, report: Report) -> None:
        """Write a report in place of the one before, whole or not at all."""
        path, data = f"{self.root}/{report.key}{_REPORT}", report.model_dump_json(indent=2).encode()
        if self.is_local:
            with replacing(Path(path)) as part:
                part.write_bytes(data)
        else:
            self.fs.pipe_file(path, data)

    def put(self, file: str, data: bytes) -> None:
        """Drop an order.

        Raises:
            AtelierError: another order of this name lies there.
        """
        path = f"{self.root}/{file}"
        if self.is_local:
            self.fs.makedirs(self.root, exist_ok=True)
        try:
            with self.fs.open(path, "xb") as opened:
                opened.write(data)
        except FileExistsError as error:
            if self.fs.cat_file(path) != data:
                raise AtelierError(f"{self.url}/{file} is another order: choose another name.") from error

    def _listed(self) -> list[dict[str, Any]]:
        try:
            listed: list[dict[str, Any]] = self.fs.ls(self.root, detail=True)
        except FileNotFoundError:
            return []
        return listed

    def _read_reports(self, digests: str) -> dict[str, Report]:
        pattern = re.compile(rf"(.*)-({digests}){re.escape(_REPORT)}")
        named = {info["name"]: match for info in self._listed() if (match := pattern.fullmatch(_name(info)))}
        texts = self.fs.cat(list(named), on_error="omit") if named else {}
        return {named[path][2]: _parse(named[path][1], named[path][2], text) for path, text in texts.items()}


@contextmanager
def telling_faults(settings: Settings) -> Iterator[None]:
    """Turn what goes wrong with the store into a sentence.

    Raises:
        AtelierError: the folder or S3 cannot be used.
    """
    try:
        yield
    except STORE_FAULTS as error:
        raise AtelierError(
            sentence(f"The orders in {settings.orders} cannot be used: {error} (ATELIER_ORDERS names another place).")
        ) from error


def modified(info: dict[str, Any]) -> datetime:
    """When a file was last written, from its listing."""
    if "LastModified" in info:
        at: datetime = info["LastModified"]
        return at
    return datetime.fromtimestamp(info["mtime"], UTC)


def plain_name(text: str) -> str:
    """Return a name without what a path on any system may not hold."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:60] or "order"


def _name(info: dict[str, Any]) -> str:
    return str(info["name"]).rpartition("/")[2]


def _is_order(name: str) -> bool:
    return not name.startswith(".") and not name.endswith(_REPORT) and name.lower().endswith(SUFFIXES)


def _seen(info: dict[str, Any], data: bytes | Exception) -> Dropped:
    if isinstance(data, Exception):
        return Dropped(_name(info), b"", True, sentence(f"it cannot be read: {data}"))
    age = (datetime.now(UTC) - modified(info)).total_seconds()
    # A time far in the future is a wrong clock's, and would never pass.
    return Dropped(_name(info), data, abs(age) >= SETTLED_SECONDS)


def _parse(name: str, digest: str, text: bytes) -> Report:
    try:
        report = Report.model_validate_json(text)
    except ValidationError:
        report = None
    if report is None or (report.name, report.digest) != (name, digest):
        # Somebody has changed it: that is no reason to do the order again, nor to leave the others undone.
        reason = f"{name}-{digest}{_REPORT} is damaged: delete it, and the order is looked at again."
        return Report(name=name, digest=digest, state="failed", reason=reason)
    return report
