"""The batch jobs on the disk: the folders under `out/` that have a ledger, and what is in them."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from artmodels.errors import AtelierError
from tasks.batch.history import DONE, NAME, current_lines
from tasks.reports.find import PAGES
from tasks.settings import Settings

OUT = "out"
"""Where jobs are put, of the project; and orders, where the settings name a folder elsewhere."""


MADE_HERE = "studio/"
"""Where in it the jobs are that the page itself gave."""


_GONE = "There is no such job: its folder may have been moved."


@dataclass(frozen=True)
class JobFolder:
    """A job's folder: what the page calls it, where it is, its name for people, and when its ledger changed last."""

    id: str
    path: Path
    name: str
    changed: datetime


@dataclass(frozen=True)
class Picture:
    """A picture of a job, as its ledger's last line says."""

    job: JobFolder
    output: str
    sha256: str
    width: int
    height: int
    at: str
    record: dict[str, Any]

    @property
    def path(self) -> Path:
        """Its file."""
        return self.job.path / self.output

    @property
    def model(self) -> str:
        """What made it, such as `style v3`."""
        model = self.record.get("model")
        return f"{model['name']} v{model['version']}" if model else ""


@dataclass(frozen=True)
class Job:
    """A job's folder, read."""

    folder: JobFolder
    pictures: tuple[Picture, ...]
    set_aside: tuple[tuple[str, str], ...]
    """Outputs that could not be made, and why."""
    models: tuple[str, ...]
    page: str
    """The name of its own page; empty where it has none yet."""


def find_jobs(settings: Settings) -> list[JobFolder]:
    """Return the jobs that have begun, the last changed first."""
    found = [
        _described(path, root) for root in _roots(settings.root, settings.order_out) for path in _with_ledger(root)
    ]
    return sorted(found, key=lambda job: job.changed, reverse=True)


def find_job(settings: Settings, id: str) -> JobFolder:
    """Return the job that the page calls so.

    Raises:
        AtelierError: there is none.
    """
    path, root = _place(settings.root, settings.order_out, id)
    if not (path / NAME).is_file():
        raise AtelierError(_GONE)
    return _described(path, root)


def job_at(settings: Settings, path: Path) -> JobFolder:
    """Return the job in a folder under `out/`."""
    return _described(path, settings.root / OUT)


def open_job(folder: JobFolder) -> Job:
    """Read a job's folder.

    Raises:
        AtelierError: its ledger is damaged.
    """
    return _open(folder, (folder.path / NAME).stat().st_mtime_ns)


def find_picture(job: Job, sha256: str) -> Picture:
    """Return the picture of a job that has these bytes.

    Raises:
        AtelierError: there is none.
    """
    for picture in job.pictures:
        if picture.sha256 == sha256:
            return picture
    raise AtelierError("There is no such picture in the job: it may have been made anew.")


@lru_cache(maxsize=64)
def _open(folder: JobFolder, _changed: int) -> Job:
    lines = current_lines(folder.path).values()
    pictures = tuple(
        Picture(
            folder,
            line["output"],
            line["sha256"],
            int(line["width"]),
            int(line["height"]),
            line["at"],
            line["record"],
        )
        for line in lines
        if line["status"] == DONE
    )
    aside = tuple((line["output"], line["reason"]) for line in lines if line["status"] != DONE)
    models = tuple(sorted({picture.model for picture in pictures} - {""}))
    page = next((name for name in PAGES if (folder.path / name).is_file()), "")
    return Job(folder, pictures, aside, models, page)


@lru_cache(maxsize=4096)
def _place(root: Path, order_out: str, id: str) -> tuple[Path, Path]:
    """Find a job's folder, and the folder of jobs that it is in; remembered, since every picture asks for it."""
    for jobs in _roots(root, order_out):
        for path in _with_ledger(jobs):
            if _id(path) == id:
                return path, jobs
    raise AtelierError(_GONE)


def _roots(root: Path, order_out: str) -> Iterator[Path]:
    yield root / OUT
    if "://" not in order_out and not (root / order_out).is_relative_to(root / OUT):
        yield root / order_out


def _with_ledger(root: Path) -> Iterator[Path]:
    """Yield the folders that have a ledger; what lies in a job's folder is a part of the job."""
    for folder, names, files in os.walk(root):
        if NAME in files:
            names.clear()
            yield Path(folder)
        else:
            names[:] = [name for name in names if not name.startswith(".")]


def _described(path: Path, root: Path) -> JobFolder:
    name = path.relative_to(root).as_posix()
    changed = datetime.fromtimestamp((path / NAME).stat().st_mtime, UTC)
    return JobFolder(_id(path), path, name if name != "." else root.name, changed)


def _id(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
