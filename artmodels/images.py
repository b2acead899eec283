"""Packed training images: one flat file of pixels, mapped into memory, and a table that says what is where.

Many small files cost a decode each time they are seen. Here a picture is a view of mapped memory: nothing is
read but the pages that are looked at, and all processes on a machine share them.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from artmodels.errors import AtelierError

PIXELS, INDEX = "images.bin", "index.parquet"

COLUMNS = (
    *("id", "kind", "split", "offset", "height", "width"),
    *("style", "genre", "artist", "title", "year", "licence", "rating_mean", "rating_count"),
)
"""Columns of the index; `offset` is in bytes, `height` and `width` in pixels."""


class PackedImages:
    """The packed images of a folder, in the order of their index.

    May be pickled, also for a spawned process: the copy maps the same file again.

    Attributes:
        table: the index, one row an image: `COLUMNS`. Not to be changed.
        digest: sha256 of the index file, which holds the sha256 of the pixels: it changes with either.
    """

    table: pd.DataFrame
    digest: str

    def __init__(self, folder: Path, splits: Sequence[str] | None = None) -> None:
        """Open the images in `folder`.

        Args:
            folder: of the pixels and their index.
            splits: the split of each image, for judging a model on works of one's choice; None: those of the index.

        Raises:
            AtelierError: the folder lacks a file, or the files do not fit together.
        """
        self.folder = Path(folder)
        index = self.folder / INDEX
        try:
            self.digest = hashlib.sha256(index.read_bytes()).hexdigest()
            self.table = pd.read_parquet(index)
            size = (self.folder / PIXELS).stat().st_size
        except FileNotFoundError as error:
            raise AtelierError(f"No packed images in {self.folder}: run `dvc repro`.") from error
        except (OSError, ValueError) as error:
            raise AtelierError(f"{index} is damaged ({error}): run `dvc repro --force pack`.") from error
        self._check(size)
        self._splits = splits
        if splits is not None:
            self.table = self.table.assign(split=splits)
            self.digest = hashlib.sha256(f"{self.digest} {','.join(splits)}".encode()).hexdigest()
        # An empty file cannot be mapped.
        mapped = np.memmap(self.folder / PIXELS, np.uint8, "r") if size else np.empty(0, np.uint8)
        self._pixels = mapped.view(np.ndarray)
        # Looked up for every sample, where a data frame would take longer than the augmentation.
        self._places = self.table[["offset", "height", "width"]].to_numpy(np.int64)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, number: int) -> np.ndarray:
        """Return image `number`: (H, W, 3) uint8 sRGB, a read-only view of the mapped file."""
        offset, height, width = self._places[number]
        return self._pixels[offset : offset + height * width * 3].reshape(height, width, 3)

    def __reduce__(self) -> tuple[type["PackedImages"], tuple[Path, Sequence[str] | None]]:
        return PackedImages, (self.folder, self._splits)

    def where(self, kind: str | None = None, split: str | None = None) -> np.ndarray:
        """Return the numbers of the images of a kind and a split, ascending: (N,) int64. None: of any."""
        chosen = np.ones(len(self), bool)
        if kind is not None:
            chosen &= (self.table["kind"] == kind).to_numpy()
        if split is not None:
            chosen &= (self.table["split"] == split).to_numpy()
        return np.flatnonzero(chosen)

    def _check(self, size: int) -> None:
        """Raise AtelierError unless the index has its columns and the pixel file of `size` bytes fits it."""
        missing = [name for name in COLUMNS if name not in self.table.columns]
        if missing:
            raise AtelierError(f"{self.folder / INDEX} has no column {missing[0]!r}: run `dvc repro`.")
        lengths = self.table["height"] * self.table["width"] * 3
        fits = (self.table["offset"] == lengths.cumsum() - lengths).all() and (lengths > 0).all()
        if not fits or lengths.sum() != size:
            raise AtelierError(
                f"{self.folder / PIXELS} has {size} bytes where the index describes {lengths.sum()}: "
                "run `dvc repro --force pack`."
            )
