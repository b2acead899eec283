"""The picture being painted, on the disk: an uncompressed TIFF, and a note of how far its rows go."""

import json
import os
from pathlib import Path
from types import TracebackType

import numpy as np

from tasks.batch.encode import CannotWrite
from tasks.files import replacing
from tasks.large.header import tiff_header


class Canvas:
    """A file of rows that is filled from top to bottom, and goes on where a killed process left it.

    Written by plain writes, not through a memory map, whose pages would count as this process's memory.
    Use it as a context manager.

    Args:
        path: of the file; the note stands beside it, with the suffix `.json`.
        key: what decides the pixels; rows of another key are painted over.
        width: in pixels.
        height: in pixels.

    Raises:
        CannotWrite: the folder takes no file.
    """

    def __init__(self, path: Path, key: str, width: int, height: int) -> None:
        self.path, self.width, self.height = path, width, height
        self._header = tiff_header(width, height)
        self._note = path.with_suffix(".json")
        self._identity = {"key": key, "width": width, "height": height}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            self._file = path.open("rb+", buffering=0)
        except OSError as error:
            raise CannotWrite(path, error) from error
        self.done = self._read_note()

    def __enter__(self) -> "Canvas":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, rows: np.ndarray) -> None:
        """Write the next rows, `(h, width, 3) uint8`.

        Raises:
            CannotWrite: the disk is full, or the like.
        """
        try:
            if self.done == 0:
                self._file.seek(0)
                self._file.write(self._header)
            self._file.seek(len(self._header) + self.done * self.width * 3)
            rest = np.ascontiguousarray(rows).data.cast("B")
            while rest:
                rest = rest[self._file.write(rest) :]
            # The pixels are on the disk before the note says so, whatever a power cut leaves.
            os.fsync(self._file.fileno())
            self.done += len(rows)
            with replacing(self._note) as part:
                part.write_text(json.dumps({**self._identity, "rows": self.done}))
        except OSError as error:
            raise CannotWrite(self.path, error) from error

    def remove(self) -> None:
        """Delete the rows and the note."""
        self._note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def _read_note(self) -> int:
        """Return how many rows are there."""
        try:
            note = json.loads(self._note.read_text())
            rows = int(note.pop("rows"))
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            return 0
        written = (self.path.stat().st_size - len(self._header)) // (3 * self.width)
        return rows if note == self._identity and rows <= min(written, self.height) else 0
