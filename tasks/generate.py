"""The generation job: seeds, each painted by the generator, as items for the batch engine."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from artmodels.errors import AtelierError
from artmodels.gan.features import AT_ONCE
from artmodels.gan.likeness import most_like
from artmodels.gan.painter import GanPainter
from artmodels.perception import load_perceptor
from tasks import registry
from tasks.batch import JSON, Item, Job, Withheld, do_job, item_key
from tasks.copies.compare import Comparison, open_comparison
from tasks.copies.report import counted
from tasks.decode import BadPicture, decode
from tasks.evaluation import read_params
from tasks.gallery import build_gallery
from tasks.generate_order import GenerateOrder, read_seeds
from tasks.grid import write_grid
from tasks.pictures import class_prefix
from tasks.progress import Show
from tasks.provenance import open_credentials
from tasks.registry import Version
from tasks.settings import Settings
from tasks.threads import map_in_order

GRID = "grid.png"
"""The pictures side by side, pixel for pixel."""

TOGETHER = 4 * AT_ONCE
"""Pictures of a batch: painted one by one, and compared with the works in parts, while more are painted."""


def run(settings: Settings, wanted: GenerateOrder, show: Show) -> dict[str, Any]:
    """Do the job, or what is missing of it, and build its gallery and its grid; return the report.

    Raises:
        AtelierError: there is no such model, class or direction, a liked picture cannot be read, copies are to be
            withheld and cannot be told, or the job's folder cannot be written.
    """
    return do_job(open_job(settings, wanted), show)


def open_job(settings: Settings, wanted: GenerateOrder) -> Job[Any]:
    """Open an order.

    Raises:
        AtelierError: there is no such model, class or direction, a liked picture cannot be read, or copies are to be
            withheld and cannot be told.
    """
    version, painter = registry.open_model(settings, "gan", wanted.model)
    assert isinstance(painter, GanPainter)
    pictures = _pictures(settings, wanted, painter)
    # What an order asks for in vain fails here, and not in the middle of it.
    painter.generate(**asdict(pictures[0]))
    comparison = open_comparison(settings, version, painter.resolution)

    def plan_some(numbers: Iterable[int]) -> Iterator[Item]:
        return plan(wanted, version, (pictures[number] for number in numbers), comparison.key)

    def finish() -> dict[str, Any]:
        gallery = build_gallery(wanted.out, title=f"Painted by {version}", group_by="class")
        made = [wanted.out / item.output for item in plan_some(range(len(pictures)))]
        grid = write_grid(made, wanted.out / GRID)
        return {"model": str(version), "gallery": str(gallery), "grid": str(grid or ""), **counted(wanted.out)}

    return Job(
        out=wanted.out,
        count=len(pictures),
        plan=plan_some,
        renderer=GenerateRenderer(painter, comparison),
        finish=finish,
        pinned={"model": str(version.number)},
        batch_size=TOGETHER,
        encode_threads=wanted.threads,
        sign=open_credentials(settings).sign_item,
    )


@dataclass(frozen=True)
class Picture:
    """What a picture is painted from: see `GanPainter.generate`."""

    seed: int
    name: str
    truncation: float
    surface: int | None
    directions: dict[int, float]


def _seeds(settings: Settings, wanted: GenerateOrder, painter: GanPainter) -> dict[str, list[int]]:
    """Return the seeds to paint in each class; "" where the seed decides the class."""
    seeds, names = wanted.chosen(), wanted.classes or ("",)
    if not wanted.like:
        return dict.fromkeys(names, seeds)
    eye = load_perceptor(settings.root / read_params(settings).judge, settings.torch_device)
    liked = [_liked(path, settings.max_pixels) for path in wanted.like]
    chosen = {}
    for name in names:
        painted = (painter.generate(seed, name, wanted.truncation) for seed in seeds)
        nearest = most_like(painted, liked, eye, min(len(seeds), wanted.count or 16))
        chosen[name] = [seeds[number] for number in nearest]
    return chosen


def _liked(path: Path, most: int) -> np.ndarray:
    try:
        return decode(path, most, 1).image
    except BadPicture as error:
        raise AtelierError(f"like: {path}: {error}") from error


def _pictures(settings: Settings, wanted: GenerateOrder, painter: GanPainter) -> list[Picture]:
    for name in wanted.classes:
        painter.check_class(name)
    surfaces: Sequence[int | None] = read_seeds(wanted.surfaces, "surfaces") if wanted.surfaces else [None]
    return [
        Picture(seed, name, wanted.truncation, surface, wanted.directions)
        for name, seeds in _seeds(settings, wanted, painter).items()
        for seed in seeds
        for surface in surfaces
    ]


def plan(
    wanted: GenerateOrder, version: Version, pictures: Iterable[Picture], compared: dict[str, JSON]
) -> Iterator[Item]:
    """Yield an item for each picture; `compared` says what it is compared with."""
    for picture in pictures:
        parameters: dict[str, JSON] = {"truncation": picture.truncation}
        if picture.surface is not None:
            parameters["surface"] = picture.surface
        if picture.directions:
            parameters["directions"] = {str(number): amount for number, amount in sorted(picture.directions.items())}
        # A version's number could be another model's in another registry; its run is this one's alone.
        made_of: dict[str, JSON] = {
            "run": version.run_id,
            "seed": picture.seed,
            "class": picture.name,
            "parameters": parameters,
            **compared,
        }
        record: dict[str, JSON] = {
            "seed": picture.seed,
            "model": {
                "name": version.family,
                "version": version.number,
                "data_md5": version.tags.get("data_md5", ""),
            },
            "parameters": parameters,
            "findings": {"class": picture.name or "of any class"},
        }
        surface = f"-surface-{picture.surface:010d}" if picture.surface is not None else ""
        output = f"{class_prefix(picture.name)}{picture.seed:010d}{surface}.{wanted.format}"
        yield Item(key=item_key(made_of), output=output, record=record, payload=picture)


class GenerateRenderer:
    """Paints seeds, and compares what is painted with the works that the painter learnt from."""

    def __init__(self, painter: GanPainter, comparison: Comparison) -> None:
        self.painter, self.comparison = painter, comparison

    def decode(self, item: Item) -> Item:
        """There is nothing to read."""
        return item

    def shape(self, decoded: Item) -> tuple[int, ...]:
        """Any two pictures may share a batch."""
        return ()

    def render(self, batch: list[Item]) -> Sequence[np.ndarray | Withheld]:
        """Paint a batch, `(R, R, 3) uint8` each, and write what it is nearest to into the records."""
        parts = (batch[first : first + AT_ONCE] for first in range(0, len(batch), AT_ONCE))
        painted = ((part, [self.painter.generate(**asdict(item.payload)) for item in part]) for part in parts)
        return [one for judged in map_in_order(self._judge, painted) for one in judged]

    def _judge(self, painted: tuple[list[Item], list[np.ndarray]]) -> list[np.ndarray | Withheld]:
        part, pictures = painted
        reasons = self.comparison.judge([item.record for item in part], pictures)
        return [Withheld(reason) if reason else picture for reason, picture in zip(reasons, pictures, strict=True)]
