"""Jobs that look at pictures one by one: what classifying, critiquing and advising have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from artmodels.errors import AtelierError
from tasks import batch
from tasks.batch import JSON, Item, item_key
from tasks.batch.history import NAME, read_lines
from tasks.decode import decode
from tasks.pictures import file_sha256, output_name
from tasks.registry import Version
from tasks.settings import Settings


@dataclass(frozen=True)
class Job:
    """A picture `(H, W, 3) uint8` to look at, and the item whose record tells what was found."""

    item: Item
    picture: np.ndarray


class PictureRenderer(ABC):
    """Decodes pictures; what is made of each, a subclass says."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def decode(self, item: Item) -> Job:
        """Read the picture; a bad one is set aside."""
        return Job(item, decode(item.payload, self.settings.max_pixels, 1).image)

    def shape(self, decoded: Job) -> tuple[int, ...]:
        """Any two pictures may share a batch."""
        return ()

    def render(self, batch: list[Job]) -> list[np.ndarray]:
        """Look at a batch, one by one."""
        return [self.look(job) for job in batch]

    @abstractmethod
    def look(self, job: Job) -> np.ndarray:
        """Look at a picture, write what was found into its record, and return what is shown: `(H, W, 3) uint8`."""


def plan_pictures(pictures: Iterable[Path], version: Version, parameters: dict[str, JSON]) -> Iterator[Item]:
    """Yield an item for each picture that a version looks at; `parameters` are all else that decides the outcome."""
    for path in pictures:
        sha256 = file_sha256(path)
        # A version's number could be another model's in another registry; its run is this one's alone.
        key = item_key({"content": sha256, "run": version.run_id, "parameters": parameters})
        record: dict[str, JSON] = {
            "content": {"path": str(path), "sha256": sha256},
            "model": {
                "name": version.family,
                "version": version.number,
                "data_md5": version.tags.get("data_md5", ""),
            },
            "parameters": parameters,
        }
        yield Item(key=key, output=output_name(path), record=record, payload=path)


def _demand_own(out: Path, family: str, parameters: dict[str, JSON]) -> None:
    """Raise AtelierError if the folder's ledger, by its first line, is another kind of job's: tables would mix both."""
    if not (out / NAME).is_file():
        return
    record = next(({**line["record"]} for line in read_lines(out / NAME)), None)
    if record is None:
        return
    model = record.get("model") or {}
    if model.get("name") != family or (record.get("parameters") or {}).keys() != parameters.keys():
        raise AtelierError(f"out: {out} holds the pictures of another kind of job: name another folder.")


def open_looking(
    pictures: Sequence[Path],
    version: Version,
    parameters: dict[str, JSON],
    renderer: PictureRenderer,
    out: Path,
    threads: int,
    finish: Callable[[], dict[str, Any]],
) -> batch.Job[Job]:
    """Open a job that looks at pictures; `finish` lays out what was found, and tells where.

    Raises:
        AtelierError: the folder holds another kind of job.
    """
    _demand_own(out, version.family, parameters)
    return batch.Job(
        out=out,
        count=len(pictures),
        plan=lambda numbers: plan_pictures((pictures[number] for number in numbers), version, parameters),
        renderer=renderer,
        finish=lambda: {"model": str(version), **finish()},
        pinned={"model": str(version.number)},
        decode_threads=threads,
        encode_threads=threads,
    )
