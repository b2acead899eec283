"""The generation job: seeds, each painted by the generator, as items for the batch engine."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from artmodels.accept import accept
from artmodels.bundle import load_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.gan.painter import MOST_SEED, GanPainter
from tasks import registry
from tasks.batch import JSON, Item, Progress, item_key, run_job
from tasks.gallery import build_gallery
from tasks.progress import Show
from tasks.registry import Version
from tasks.settings import Settings

MOST_PICTURES = 1_000_000


class GenerateOrder(BaseModel):
    """What a person orders."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    out: Path = Field(description="The job's folder: pictures, ledger, gallery.")
    seeds: str = Field("0-15", description="Seeds and ranges of them, such as 7,100-199: a picture each.")
    classes: tuple[str, ...] = Field((), description="Classes to paint, every seed in each; none: the seed decides.")
    truncation: float = Field(1.0, ge=0, le=1, description="From 0, the typical picture, to 1, as varied as the works.")
    format: Literal["png", "jpg", "webp"] = Field("png", description="Kind of file: png loses nothing.")
    model: str = Field("champion", description="Alias or number of the version.")
    threads: int = Field(2, ge=1, le=64, description="Threads that encode.")


def order(**fields: Any) -> GenerateOrder:
    """Check an order.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    wanted = accept(GenerateOrder, fields)
    read_seeds(wanted.seeds)
    return wanted


def read_seeds(text: str) -> list[int]:
    """Read seeds such as `7,100-199`: in their order, each once.

    Raises:
        AtelierError: the text is no list of seeds, a range is empty, or a seed is too large.
    """
    seeds: dict[int, None] = {}
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,10})(?:-(\d{1,10}))?\s*", part, re.ASCII)
        if match is None:
            raise AtelierError(f"seeds={text!r} is not accepted: write numbers and ranges, such as 7,100-199.")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last > MOST_SEED:
            raise AtelierError(f"seeds={text!r} is not accepted: {part.strip()} is empty, or goes beyond {MOST_SEED}.")
        if last - first >= MOST_PICTURES or len(seeds) > MOST_PICTURES:
            raise AtelierError(f"seeds={text!r} is not accepted: at most {MOST_PICTURES} pictures a job.")
        seeds.update(dict.fromkeys(range(first, last + 1)))
    return list(seeds)


def run(settings: Settings, wanted: GenerateOrder, show: Show) -> dict[str, Any]:
    """Do the job, or what is missing of it, and build its gallery; return the report.

    Raises:
        AtelierError: there is no such model or class, or the job's folder cannot be written.
    """
    version = registry.find(settings, "gan", registry.parse_reference(wanted.model, "gan"))
    painter = get_family("gan").load(
        load_bundle(registry.fetch_bundle(settings, version), "gan"), settings.torch_device
    )
    assert isinstance(painter, GanPainter)
    for name in wanted.classes:
        painter.check_class(name)
    items = list(plan(wanted, version))

    def on_progress(progress: Progress) -> None:
        show(progress.done + progress.skipped + progress.set_aside, len(items), {})

    report = run_job(
        items, GenerateRenderer(painter), wanted.out, encode_threads=wanted.threads, on_progress=on_progress
    )
    gallery = build_gallery(wanted.out, title=f"Painted by {version}", group_by="class")
    return {
        "done": report.done,
        "skipped": report.skipped,
        "set_aside": report.set_aside,
        "seconds": round(report.seconds, 2),
        "model": str(version),
        "gallery": str(gallery),
    }


@dataclass(frozen=True)
class Picture:
    """What a picture is painted from."""

    seed: int
    name: str
    truncation: float


def plan(wanted: GenerateOrder, version: Version) -> Iterator[Item]:
    """Yield an item for each seed in each class."""
    parameters: dict[str, JSON] = {"truncation": wanted.truncation}
    for name in wanted.classes or ("",):
        for seed in read_seeds(wanted.seeds):
            # A version's number could be another model's in another registry; its run is this one's alone.
            key = item_key({"run": version.run_id, "seed": seed, "class": name, "parameters": parameters})
            record: dict[str, JSON] = {
                "seed": seed,
                "model": {
                    "name": version.family,
                    "version": version.number,
                    "data_md5": version.tags.get("data_md5", ""),
                },
                "parameters": parameters,
                "findings": {"class": name or "of any class"},
            }
            output = f"{_plain(name)}{seed:010d}.{wanted.format}"
            yield Item(key=key, output=output, record=record, payload=Picture(seed, name, wanted.truncation))


class GenerateRenderer:
    """Paints seeds."""

    def __init__(self, painter: GanPainter) -> None:
        self.painter = painter

    def decode(self, item: Item) -> Picture:
        """There is nothing to read."""
        picture: Picture = item.payload
        return picture

    def shape(self, decoded: Picture) -> tuple[int, ...]:
        """Any two pictures may share a batch."""
        return ()

    def render(self, batch: list[Picture]) -> Sequence[np.ndarray]:
        """Paint a batch: `(R, R, 3) uint8` each."""
        return [self.painter.generate(one.seed, one.name, one.truncation) for one in batch]


def _plain(name: str) -> str:
    """A class as the beginning of a file's name."""
    kept = "".join(letter if letter.isalnum() else "_" for letter in name)
    return f"{kept}-" if kept else ""
