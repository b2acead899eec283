"""What the page tells of a picture of a job: what it was made from, by which model, and what its credentials say."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tasks.gallery import FILES
from tasks.provenance.catalogued import Catalogued
from tasks.provenance.manifest import Input, inputs_of
from tasks.provenance.reading import Verifier
from tasks.provenance.words import told
from tasks.settings import Settings, load_settings
from tasks.studio.folders import MADE_HERE, Job, JobFolder, Picture

_PREVIEW = 960
"""Pixels of the copies that a job's page has of its sources."""


@dataclass(frozen=True)
class Origin:
    """A picture that another was made from, or is like.

    Attributes:
        role: `content`, `style`, `mask`, or `nearest`.
        title: what it is called.
        words: artist, year and licence where the catalog knows it; how far it is, where it is the nearest.
        sha256: of its file.
        has_copy: the job's folder has a copy to show.
    """

    role: str
    title: str
    words: str
    sha256: str
    has_copy: bool


def title_of(settings: Settings, picture: Picture) -> str:
    """Return what a picture is called: after what it was made from, its seed, or its file."""
    origins = [one for one in origins_of(settings, picture) if one.role in ("content", "style")]
    if origins:
        return " in ".join(one.title for one in origins)
    if "seed" in picture.record:
        return f"Seed {picture.record['seed']}"
    return _readable(Path(picture.output).stem)


def name_of(settings: Settings, job: Job) -> str:
    """Return what a job is called: after its folder; one that was made on the page, after its first picture."""
    if not job.folder.name.startswith(MADE_HERE) or not job.pictures:
        return job.folder.name
    others = len(job.pictures) - 1
    return title_of(settings, job.pictures[0]) + (f" and {others} more" if others else "")


def origins_of(settings: Settings, picture: Picture) -> Iterator[Origin]:
    """Yield what a picture was made from, and the training work that it is nearest to where somebody found out."""
    for made_from in inputs_of(picture.record):
        yield _origin(settings, picture.job, made_from, "")
    nearest = picture.record.get("nearest")
    if nearest:
        made_from = Input("nearest", Path(nearest["path"]), nearest.get("sha256") or "")
        yield _origin(settings, picture.job, made_from, f"distance {nearest['distance']:.3g}")


def facts_of(picture: Picture) -> dict[str, str]:
    """Return what else the ledger says of a picture, in words."""
    record = picture.record
    data = (record.get("model") or {}).get("data_md5")
    facts: dict[str, Any] = {
        "Model": picture.model,
        "Learnt from data": data[:12] if data else "",
        "Seed": record.get("seed", ""),
    }
    for name, value in ((record.get("parameters") or {}) | (record.get("findings") or {})).items():
        facts[str(name).replace("_", " ").capitalize()] = "" if value is None else value
    facts |= {
        "Picture": f"{picture.width} x {picture.height}",
        "Made": picture.at,
        "File": f"{picture.job.name}/{picture.output}",
    }
    return {name: str(value) for name, value in facts.items() if value != ""}


def credentials_of(settings: Settings, picture: Picture) -> tuple[str, list[str]]:
    """Return what the content credentials of a picture are worth, in a word, and what they say.

    Raises:
        AtelierError: the picture is gone, or this studio's certificate cannot be read.
    """
    verdict = Verifier(settings).verify(picture.path)
    _, *lines = told(verdict)
    return verdict.state, ([f"{verdict.why[0].upper()}{verdict.why[1:]}."] if verdict.why else []) + [
        line.strip() for line in lines
    ]


def copy_of(job: JobFolder, sha256: str) -> Path:
    """Return where a job's folder has a copy of a picture that others of it were made from, if it does."""
    return job.path / FILES / f"{sha256[:20]}-{_PREVIEW}.jpg"


def _origin(settings: Settings, job: JobFolder, made_from: Input, words: str) -> Origin:
    work = _catalogued(settings).find(made_from) or {}
    told = [words, *(work.get(name, "") for name in ("artist", "licence"))]
    title = work.get("title") or _readable(made_from.path.stem)
    has_copy = bool(made_from.sha256) and copy_of(job, made_from.sha256).is_file()
    return Origin(made_from.role, title, ", ".join(filter(None, told)), made_from.sha256, has_copy)


def _catalogued(settings: Settings) -> Catalogued:
    path = settings.catalog
    return _read(settings.root, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=2)
def _read(root: Path, _changed: int) -> Catalogued:
    return Catalogued(load_settings(root=root))


def _readable(stem: str) -> str:
    return stem.replace("-", " ").replace("_", " ")
