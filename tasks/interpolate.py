"""From one generated picture to the next: a strip of pictures side by side, or a film that ends where it began."""

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from artmodels.accept import accept
from artmodels.errors import AtelierError
from artmodels.gan.features import AT_ONCE
from artmodels.gan.latents import between
from artmodels.gan.painter import GanPainter
from artmodels.pictures import resize_to
from tasks import registry
from tasks.copies.compare import Comparison, open_comparison
from tasks.copies.report import closest, summed
from tasks.files import replacing
from tasks.generate_order import read_seeds
from tasks.grid import write_tiles
from tasks.paths import GivenPath
from tasks.progress import Show
from tasks.provenance import open_credentials
from tasks.provenance.credentials import SignFile
from tasks.registry import Version
from tasks.settings import Settings
from tasks.video.read import Clip, Frame
from tasks.video.write import writing_film

KINDS = (".png", ".mp4", ".gif")


class InterpolateOrder(BaseModel):
    """What a person orders."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    out: GivenPath = Field(description="The file to write: a strip (.png), or a film that is a loop (.mp4, .gif).")
    seeds: str = Field("0-3", description="The pictures to go through, two or more.")
    frames: int = Field(24, ge=2, le=1000, description="Pictures from one seed to the next.")
    name: str = Field("", description="Class to paint; empty: the first seed decides.")
    truncation: float = Field(1.0, ge=0, le=1, description="From 0, the typical picture, to 1, as varied as the works.")
    size: int = Field(256, ge=16, le=2048, description="Side of a film's frames, in pixels; a strip is never enlarged.")
    frames_per_second: int = Field(24, ge=1, le=60, description="Of a film.")
    model: str = Field("champion", description="Alias or number of the version.")


def order(**fields: Any) -> InterpolateOrder:
    """Check an order.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    wanted = accept(InterpolateOrder, fields)
    if len(read_seeds(wanted.seeds)) < 2:
        raise AtelierError(f"seeds={wanted.seeds!r} is not accepted: two seeds or more make a way.")
    if wanted.out.suffix.lower() not in KINDS:
        raise AtelierError(f"out={str(wanted.out)!r} is not accepted: a name that ends in {', '.join(KINDS)}.")
    return wanted


def run(settings: Settings, wanted: InterpolateOrder, show: Show) -> dict[str, Any]:
    """Paint the way and write its file, whole or not at all; return the report.

    Raises:
        AtelierError: there is no such model or class, a picture of the way is withheld, or the file cannot be written.
    """
    version, painter = registry.open_model(settings, "gan", wanted.model)
    assert isinstance(painter, GanPainter)
    strip, total = _is_strip(wanted), count(wanted)
    pictures = _painted(painter, wanted, closed=not strip)
    credentials, record = open_credentials(settings), _record(version, wanted)
    way = _Way(open_comparison(settings, version, painter.resolution), wanted.out, record)
    shown = _shown(way.compared(pictures), show, total)
    sign = partial(credentials.sign_file, record=record)
    if strip:
        of_strip = partial(credentials.sign, name=wanted.out.name, record=record)
        write_tiles(list(shown), wanted.out, wanted.frames + 1, of_strip)
    elif wanted.out.suffix.lower() == ".gif":
        _write_gif(shown, wanted, sign)
    else:
        _write_film(shown, wanted, sign)
    return {"out": str(wanted.out), "pictures": total, "model": str(version), **way.counts}


def count(wanted: InterpolateOrder) -> int:
    """Return how many pictures the way has: a film's comes back to the first, a strip ends with the last."""
    strip = _is_strip(wanted)
    return (len(read_seeds(wanted.seeds)) - strip) * wanted.frames + strip


def _is_strip(wanted: InterpolateOrder) -> bool:
    return wanted.out.suffix.lower() == ".png"


def _record(version: Version, wanted: InterpolateOrder) -> dict[str, Any]:
    data = version.tags.get("data_md5", "")
    return {
        "model": {"name": version.family, "version": version.number, "data_md5": data},
        "parameters": wanted.model_dump(mode="json", exclude={"out", "model"}),
    }


def _painted(painter: GanPainter, wanted: InterpolateOrder, closed: bool) -> Iterator[np.ndarray]:
    """The pictures of the way; back to the first where it is closed, up to and with the last where it is not."""
    seeds = read_seeds(wanted.seeds)
    label = painter.label(seeds[0], wanted.name)
    corners = [painter.latent(seed, wanted.truncation) for seed in seeds]
    ends = [*corners[1:], *corners[:1]] if closed else corners[1:]
    for start, end in zip(corners, ends, strict=False):
        for number in range(wanted.frames):
            yield painter.paint(between(start, end, number / wanted.frames), label)
    if not closed:
        yield painter.paint(corners[-1], label)


class _Way:
    """Compares the pictures of a way; the file's record tells of the one that is nearest to a work."""

    def __init__(self, comparison: Comparison, out: Path, record: dict[str, Any]) -> None:
        self.comparison, self.out, self.record = comparison, out, record
        self.counts = summed([])

    def compared(self, pictures: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        """Pass the pictures on.

        Raises:
            AtelierError: one is withheld.
        """
        while part := list(islice(pictures, AT_ONCE)):
            found: list[dict[str, Any]] = [{} for _ in part]
            for reason in filter(None, self.comparison.judge(found, part)):
                raise AtelierError(f"{self.out} is not written: a picture of the way is {reason}.")
            counts = summed(found)
            self.counts = counts | {name: self.counts[name] + counts[name] for name in ("compared", "copies")}
            self.record |= closest([self.record, *found])
            yield from part


def _shown(pictures: Iterator[np.ndarray], show: Show, total: int) -> Iterator[np.ndarray]:
    for number, picture in enumerate(pictures, 1):
        yield picture
        show(number, total, {})


def _write_film(pictures: Iterator[np.ndarray], wanted: InterpolateOrder, sign: SignFile) -> None:
    clip = Clip(iter(()), Fraction(1, wanted.frames_per_second), Fraction(wanted.frames_per_second), 0, False)
    with writing_film(wanted.out, clip, wanted.out, sign) as write:
        for number, picture in enumerate(pictures):
            write(resize_to(picture, wanted.size), Frame(picture, number, 1))


def _write_gif(pictures: Iterator[np.ndarray], wanted: InterpolateOrder, sign: SignFile) -> None:
    first, *others = (Image.fromarray(resize_to(picture, wanted.size)) for picture in pictures)
    milliseconds = round(1000 / wanted.frames_per_second)
    try:
        with replacing(wanted.out) as part:
            first.save(part, "GIF", save_all=True, append_images=others, duration=milliseconds, loop=0)
            sign(part, wanted.out)
    except OSError as error:
        raise AtelierError(
            f"{wanted.out} cannot be written ({error.strerror}): a folder with free space is needed."
        ) from error
