"""The large pictures of a style-transfer job: which they are, what they are called, how they are painted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from artmodels.style.colours import keep_colours
from artmodels.style.controls import Controls
from artmodels.style.painter import Style, StylePainter
from tasks.batch import Item, Written
from tasks.decode import BadPicture, read_header
from tasks.large.mask import LargeMask
from tasks.large.paint import PaintTile
from tasks.large.picture import paint_picture
from tasks.large.source import shrunk_size
from tasks.provenance import Credentials
from tasks.settings import Settings

UNFINISHED = ".unfinished"
"""The folder, in a job's, of pictures that are being painted."""


@dataclass(frozen=True)
class LargeJob:
    """A content that is not decoded before its turn, and the styles it is painted in."""

    item: Item
    content: Path
    styles: Sequence[Style]
    masks: Sequence[Path] = ()


class LargePainter:
    """Paints the large contents of a job.

    Args:
        painter: the model.
        settings: the limits.
        out: the job's folder.
        controls: strength, shares of the styles, whose colours.
        side: what contents' shorter sides are brought down to; None: as they are.
        on_strip: called as a picture proceeds with the share of it that is done, at most 1.
        credentials: sign the pictures; None: they stay unsigned.
    """

    def __init__(
        self,
        painter: StylePainter,
        settings: Settings,
        out: Path,
        controls: Controls,
        side: int | None = None,
        on_strip: Callable[[float], None] | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        self.painter, self.settings, self.out, self.credentials = painter, settings, out, credentials
        self.controls, self.side, self.on_strip = controls, side, on_strip

    def paint(self, job: LargeJob) -> Written:
        """Paint a picture and write it into the job's folder, from where a killed process left it.

        Raises:
            BadPicture: the content cannot be read.
            CannotWrite: the folder cannot be written to.
            AtelierError: the picture is too large, or the disk too small.
        """
        return paint_picture(
            job.content,
            self.out / job.item.output,
            lambda small: self._prepare(small, job),
            self.settings,
            rows=self.out / UNFINISHED / f"{job.item.key}.rgb",
            key=job.item.key,
            side=self.side,
            on_strip=self.on_strip,
            sign=partial(self.credentials.sign_file, record=job.item.record, key=job.item.key)
            if self.credentials
            else None,
        )

    def _prepare(self, small: np.ndarray, job: LargeJob) -> PaintTile:
        """Take the statistics of the whole from its small copy; all tiles are painted with them."""
        paint = self._mixed(small, job.styles) if not job.masks else self._in_regions(small, job)
        if not self.controls.keep_colours:
            return paint
        return lambda tile, box: keep_colours(paint(tile, box), tile)

    def _mixed(self, small: np.ndarray, styles: Sequence[Style]) -> PaintTile:
        recipe = self.painter.plan(small, styles, self.controls.shares_of(len(styles)), self.controls.alpha)
        return lambda tile, box: self.painter.apply(tile, recipe)

    def _in_regions(self, small: np.ndarray, job: LargeJob) -> PaintTile:
        header = read_header(job.content)
        content = (header.width, header.height)
        masks = [LargeMask(path, content, shrunk_size(*content, self.side)) for path in job.masks]
        recipes = [
            self.painter.plan(small, [style], alpha=self.controls.alpha, mask=mask.survey(*small.shape[:2]))
            for style, mask in zip(job.styles, masks, strict=True)
        ]
        return lambda tile, box: self.painter.apply_regions(tile, recipes, [mask.crop(box) for mask in masks])


def is_large(content: Path, above: int) -> bool:
    """Whether a content has more than `above` pixels; what is no picture has none."""
    return _pixels(content, None) > above


def suffix_for(content: Path, side: int | None, above: int, otherwise: str) -> str:
    """Return the suffix of a content's result: that of a pyramid if it has more than `above` pixels."""
    return ".tif" if _pixels(content, side) > above else f".{otherwise}"


def _pixels(content: Path, side: int | None) -> int:
    try:
        header = read_header(content)
    except BadPicture:
        return 0
    width, height = shrunk_size(header.width, header.height, side)
    return width * height
