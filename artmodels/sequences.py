"""Prepared sequences of one kind: pieces of music, drawings, written critiques; a table of them in one file."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from artmodels.errors import AtelierError

WORDS = ("title", "author", "label", "licence", "source")
"""Columns of plain words; an empty string means unknown. `label` is what a drawing shows, or a text is about."""

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),  # sha256 of what is in the row
        *(pa.field(name, pa.string(), nullable=False) for name in WORDS),
        pa.field("group", pa.string(), nullable=False),  # sequences that must not be parted by a split
        pa.field("split", pa.string(), nullable=False),  # as published; "" where the group decides
        pa.field("columns", pa.int32(), nullable=False),  # numbers in each step; 0 for a text
        pa.field("content", pa.binary(), nullable=False),  # little-endian int16, step after step; or UTF-8
        pa.field("figures", pa.map_(pa.string(), pa.float64()), nullable=False),  # what is known of it in numbers
    ]
)
"""Names, types and order of the columns."""


class Sequences:
    """The sequences of a file, in its order.

    May be pickled, also for a spawned process: the copy reads the same file again.

    Attributes:
        table: one row a sequence: id, split, and `WORDS`. Not to be changed.
        digest: sha256 of the file.
    """

    table: pd.DataFrame
    digest: str

    def __init__(self, path: Path) -> None:
        """Open a file of prepared sequences.

        Raises:
            AtelierError: there is none, or it is damaged.
        """
        self.path = Path(path)
        kind = self.path.stem
        try:
            raw = self.path.read_bytes()
            rows = pq.ParquetFile(pa.BufferReader(raw)).read().cast(SCHEMA)
        except FileNotFoundError as error:
            raise AtelierError(
                f"No {kind} at {self.path}: take some in with `atelier ingest PATH --kind {kind}`, then `dvc repro`."
            ) from error
        except (pa.ArrowException, ValueError, OSError) as error:
            raise AtelierError(f"{self.path} is damaged ({error}): run `dvc repro --force sequences`.") from error
        self.digest = hashlib.sha256(raw).hexdigest()
        self.table = rows.select(["id", "split", *WORDS]).to_pandas()
        self._contents, self._columns = rows["content"], rows["columns"].to_pylist()
        self._figures = rows["figures"]

    def __len__(self) -> int:
        return len(self.table)

    def __reduce__(self) -> tuple[type["Sequences"], tuple[Path]]:
        return Sequences, (self.path,)

    def array(self, number: int) -> np.ndarray:
        """Return sequence `number`: `(T, K) int16`, T steps of K numbers."""
        steps = np.frombuffer(self._contents[number].as_py(), "<i2")
        return steps.reshape(-1, self._columns[number])

    def text(self, number: int) -> str:
        """Return sequence `number` as words."""
        return str(self._contents[number].as_py(), "utf-8")

    def figures(self, number: int) -> dict[str, float]:
        """Return what is known in numbers of sequence `number`."""
        return dict(self._figures[number].as_py())

    def where(self, split: str | None = None) -> np.ndarray:
        """Return the numbers of the sequences of a split, ascending: `(N,) int64`. None: of any."""
        return np.flatnonzero(np.full(len(self), True) if split is None else (self.table["split"] == split).to_numpy())
