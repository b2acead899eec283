"""The drawing job: seeds, each drawn by the model, as items for the batch engine; an SVG beside every picture."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from artmodels.sketch.drawer import Drawer, between
from artmodels.sketch.pictures import to_picture, to_svg
from tasks import registry
from tasks.batch import JSON, Item, Job, do_job, item_key
from tasks.batch.encode import CannotWrite
from tasks.draw_order import DrawOrder
from tasks.files import replacing
from tasks.gallery import build_gallery
from tasks.given_drawing import Given, read_begun, read_whole
from tasks.pictures import class_prefix
from tasks.progress import Show
from tasks.provenance import open_credentials
from tasks.registry import Version
from tasks.settings import Settings


@dataclass(frozen=True)
class Sketch:
    """A drawing to be made.

    Attributes:
        stem: of its files' names.
        seed: the hand that draws.
        name: class; empty: none in particular.
        parameters: what else decides it.
        draw: makes it, `(N, 3) int16`.
        begun: strokes that were there before.
    """

    stem: str
    seed: int
    name: str
    parameters: dict[str, JSON]
    draw: Callable[[], np.ndarray]
    begun: int = 0


def run(settings: Settings, wanted: DrawOrder, show: Show) -> dict[str, Any]:
    """Do the job, or what is missing of it, and build its gallery; return the report.

    Raises:
        AtelierError: there is no such model or class, a given drawing cannot be read, or the job's folder cannot be
            written.
    """
    return do_job(open_job(settings, wanted), show)


def open_job(settings: Settings, wanted: DrawOrder) -> Job[Any]:
    """Open an order.

    Raises:
        AtelierError: there is no such model or class, or a given drawing cannot be read.
    """
    version, drawer = registry.open_model(settings, "sketch", wanted.model)
    assert isinstance(drawer, Drawer)
    # What an order asks for in vain fails here, and not in the middle of it.
    for name in wanted.classes:
        drawer.check_class(name)
    sketches = list(_sketches(wanted, drawer))
    sketches[0].draw()

    def finish() -> dict[str, Any]:
        gallery = build_gallery(wanted.out, title=f"Drawn by {version}", group_by="class")
        return {"model": str(version), "gallery": str(gallery)}

    return Job(
        out=wanted.out,
        count=len(sketches),
        plan=lambda numbers: plan(wanted, version, (sketches[number] for number in numbers)),
        renderer=DrawRenderer(wanted.out, wanted.size),
        finish=finish,
        pinned={"model": str(version.number)},
        encode_threads=wanted.threads,
        sign=open_credentials(settings).sign_item,
    )


def plan(wanted: DrawOrder, version: Version, sketches: Iterable[Sketch]) -> Iterator[Item]:
    """Yield an item for each drawing, with its SVG beside it."""
    for sketch in sketches:
        parameters: dict[str, JSON] = {"temperature": wanted.temperature, **sketch.parameters}
        # A version's number could be another model's in another registry; its run is this one's alone.
        made_of: dict[str, JSON] = {
            "run": version.run_id,
            "seed": sketch.seed,
            "class": sketch.name,
            "size": wanted.size,
            "parameters": parameters,
        }
        record: dict[str, JSON] = {
            "seed": sketch.seed,
            "model": {
                "name": version.family,
                "version": version.number,
                "data_md5": version.tags.get("data_md5", ""),
            },
            "parameters": parameters,
            "findings": {"class": sketch.name or "of any class"},
        }
        files = f"{sketch.stem}.png", f"{sketch.stem}.svg"
        yield Item(item_key(made_of), files[0], record, payload=sketch, companions=files[1:])


class DrawRenderer:
    """Draws, writes the SVG, and hands the picture on."""

    def __init__(self, out: Path, size: int) -> None:
        self.out, self.size = out, size

    def decode(self, item: Item) -> Item:
        """There is nothing to read."""
        return item

    def shape(self, decoded: Item) -> tuple[int, ...]:
        """Any two drawings may share a batch."""
        return ()

    def render(self, batch: list[Item]) -> list[np.ndarray]:
        """Draw a batch: `(size, size, 3) uint8` each."""
        return [self._render(item) for item in batch]

    def _render(self, item: Item) -> np.ndarray:
        sketch: Sketch = item.payload
        drawing = sketch.draw()
        path, data = self.out / item.companions[0], to_svg(drawing, sketch.name, sketch.begun)
        try:
            with replacing(path) as part:
                part.write_bytes(data)
        except OSError as error:
            raise CannotWrite(path, error) from error
        item.record["svg"] = {"path": path.name, "sha256": hashlib.sha256(data).hexdigest()}
        item.record["strokes"] = int(drawing[:, 2].sum())
        return to_picture(drawing, self.size, sketch.begun)


def _sketches(wanted: DrawOrder, drawer: Drawer) -> Iterator[Sketch]:
    if wanted.between:
        yield from _on_the_way(wanted, drawer)
        return
    begun = read_begun(wanted.begun, "begun") if wanted.begun else None
    varied = read_whole(wanted.vary, "vary") if wanted.vary else None
    for name in wanted.classes or ("",):
        for seed in wanted.chosen():
            stem = f"{class_prefix(name)}{seed:010d}"
            if begun is not None:
                draw = partial(drawer.finish, begun.drawing, seed, name, wanted.temperature)
                yield Sketch(stem, seed, name, _told("begun", begun), draw, int(begun.drawing[:, 2].sum()))
            elif varied is not None:
                draw = partial(_vary, drawer, varied.drawing, seed, name, wanted.temperature)
                yield Sketch(stem, seed, name, _told("vary", varied), draw)
            else:
                yield Sketch(stem, seed, name, {}, partial(_imagine, drawer, seed, name, wanted.temperature))


def _on_the_way(wanted: DrawOrder, drawer: Drawer) -> Iterator[Sketch]:
    names = wanted.classes or ("",)
    ends, told = [], []
    for given, name in zip(wanted.between, (names[0], names[-1]), strict=True):
        if given.isdecimal():
            ends.append(drawer.imagine(int(given), name))
            told.append(given)
        else:
            read = read_whole(given, "between")
            ends.append(drawer.read(read.drawing, name))
            told.append(f"{read.where} ({read.sha256})")
    title = " to ".join(dict.fromkeys(filter(None, names)))
    for step in range(wanted.between_steps):
        idea = between(ends[0], ends[1], step / (wanted.between_steps - 1))
        parameters: dict[str, JSON] = {"from": told[0], "to": told[1], "step": step, "steps": wanted.between_steps}
        # One hand for all: what changes is the idea.
        draw = partial(drawer.draw, idea, wanted.chosen()[0], wanted.temperature)
        yield Sketch(f"step-{step:04d}", wanted.chosen()[0], title, parameters, draw)


def _imagine(drawer: Drawer, seed: int, name: str, temperature: float) -> np.ndarray:
    return drawer.draw(drawer.imagine(seed, name), seed, temperature)


def _vary(drawer: Drawer, drawing: np.ndarray, seed: int, name: str, temperature: float) -> np.ndarray:
    return drawer.draw(drawer.read(drawing, name, seed), seed, temperature)


def _told(mode: str, given: Given) -> dict[str, JSON]:
    return {mode: given.where, "sha256": given.sha256}
