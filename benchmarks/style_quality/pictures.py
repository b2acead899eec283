"""The pictures of the yardstick: contents, styles, the pairs of them, and what each method made of a pair."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from artmodels.errors import AtelierError
from artmodels.pictures import centre_square
from benchmarks.style_quality.methods import Method
from tasks.files import replacing
from tasks.terminal import counting

SIDE = 512
"""What the methods paint, in pixels."""

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}


class Pair(NamedTuple):
    """A content and a style, as indices into `Protocol.contents` and `Protocol.styles`."""

    content: int
    style: int


@dataclass(frozen=True)
class Protocol:
    """Which pictures are painted in which styles."""

    contents: list[Path]
    styles: list[Path]
    pairs: list[Pair]

    def name(self, content: int, style: int) -> str:
        """The file name of what a method made of a pair."""
        return f"{self.contents[content].stem}_{self.styles[style].stem}.png"


def read_protocol(contents: Path, styles: Path, every: int) -> Protocol:
    """Take every `every`-th of all pairs, in the order of contents first (as StyleID's, Chung et al. 2024).

    Raises:
        AtelierError: a folder holds no pictures.
    """
    ours, theirs = _pictures(contents), _pictures(styles)
    every_pair = itertools.product(range(len(ours)), range(len(theirs)))
    return Protocol(ours, theirs, [Pair(*pair) for pair in itertools.islice(every_pair, 0, None, every)])


def read_picture(path: Path, side: int = SIDE) -> np.ndarray:
    """The middle of a picture as `(side, side, 3) uint8`, averaged over areas."""
    with Image.open(path) as picture:
        return centre_square(np.asarray(picture.convert("RGB")), side)


def paint_all(protocol: Protocol, method: Method, alpha: float, folder: Path) -> list[Path]:
    """Paint every pair that is not yet in the folder; return the files in the order of the pairs."""
    files = [folder / protocol.name(*pair) for pair in protocol.pairs]
    todo = [(pair, file) for pair, file in zip(protocol.pairs, files, strict=True) if not file.exists()]
    for pair, file in counting(todo, str(folder), total=len(todo)):
        content, style = read_picture(protocol.contents[pair.content]), read_picture(protocol.styles[pair.style])
        painted = method(content, style, alpha)
        with replacing(file) as part:
            Image.fromarray(painted).save(part, "PNG", compress_level=1)
    return files


def _pictures(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
    if not files:
        raise AtelierError(f"{folder} holds no pictures: a folder of PNG, JPEG or WebP files is needed.")
    return files
