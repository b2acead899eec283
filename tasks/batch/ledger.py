"""`ledger.jsonl`: one line for every picture a job has made or set aside; the last line of an output counts."""

import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from tasks.batch.encode import CannotWrite, Written
from tasks.batch.folder import SHARDS
from tasks.batch.history import DONE, NAME, SET_ASIDE, current_lines, read_lines
from tasks.batch.plan import JSON, Item, fingerprint
from tasks.files import replacing

# A killed process loses nothing that was handed to the system; only a power cut can, and then the pictures
# of the last seconds are made again. So the disk is not asked to flush after every line.
_SYNC_SECONDS = 2.0


@dataclass(frozen=True)
class Summary:
    """How many outputs the ledger holds, by their current line."""

    done: int
    set_aside: int


class Ledger:
    """The ledger of a job's folder, open for adding; for one writer, who holds the folder.

    Of every output it remembers two fingerprints and not the line: 200 bytes, so a million of them need
    0.2 GB and a few seconds. Use it as a context manager.

    Args:
        folder: where `ledger.jsonl` is.
        out: where the pictures are; None: beside it.

    Raises:
        CannotWrite: the file cannot be opened.
        AtelierError: a line in the middle is damaged.
    """

    def __init__(self, folder: Path, out: Path | None = None) -> None:
        self.path = folder / NAME
        self._out = out or folder
        self._state: dict[bytes, bytes] = {}
        self._aside: set[bytes] = set()
        try:
            self._end = _mend_tail(self.path)
            for line in read_lines(self.path):
                self._remember(line)
            self._take_in_shards()
            self._file = self.path.open("ab", buffering=0)
        except OSError as error:
            raise CannotWrite(self.path, error) from error
        self._synced = time.monotonic()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file:
            os.fsync(self._file.fileno())

    def done(self, item: Item) -> bool:
        """Whether the item's picture was made with this very key and is there with the size it then had, with all
        that belongs beside it."""
        try:
            # Not `Path.stat`: building a million paths would double the time of a resume.
            size = os.stat(f"{self._out}/{item.output}").st_size  # noqa: PTH116
        except (FileNotFoundError, NotADirectoryError):
            return False
        made = self._state.get(fingerprint(item.output)) == fingerprint(DONE, item.key, str(size))
        return made and all((self._out / name).is_file() for name in item.companions)

    def add_done(self, item: Item, picture: Written, seconds: float) -> None:
        """Note that the item's picture is on the disk; `seconds` is the work that went into it.

        Raises:
            CannotWrite: the line cannot be written; the ledger is left whole.
        """
        facts: dict[str, JSON] = {**asdict(picture), "seconds": round(seconds, 4)}
        self._add({**_head(item, DONE), **facts, "at": _now(), "record": item.record})

    def add_set_aside(self, item: Item, reason: str) -> None:
        """Note why the item could not be made. It is tried again on the next run.

        Raises:
            CannotWrite: the line cannot be written; the ledger is left whole.
        """
        line = {**_head(item, SET_ASIDE), "reason": reason, "at": _now(), "record": item.record}
        # A picture that stays bad from night to night needs no line every night.
        if not self._stands(line):
            self._add(line)

    def summary(self) -> Summary:
        """Count the outputs."""
        return Summary(len(self._state) - len(self._aside), len(self._aside))

    def take_in_shards(self) -> int:
        """Take in the ledgers of the folder's shards, all or none, and delete them; return how many they set aside.

        Lines that stand here already are left out, so that taking in what was taken in before changes nothing.

        Raises:
            CannotWrite: there is no room; this ledger and theirs stay as they are.
            AtelierError: a line in the middle is damaged.
        """
        try:
            aside = self._take_in_shards()
            self._file.close()
            self._file = self.path.open("ab", buffering=0)
        except OSError as error:
            raise CannotWrite(self.path, error) from error
        return aside

    def _take_in_shards(self) -> int:
        shards = self.path.with_name(SHARDS)
        ledgers = sorted(shards.glob(f"*/{NAME}"))
        if ledgers:
            with replacing(self.path) as part:
                shutil.copyfile(self.path, part)
                with part.open("ab") as file:
                    news = (line for line in _last_lines(ledgers) if not self._stands(line))
                    file.writelines(map(_as_text, news))
            self._end = self.path.stat().st_size
        aside = 0
        for line in _last_lines(ledgers):
            self._remember(line)
            aside += line["status"] == SET_ASIDE
        # Only now: if this is cut short, they are taken in again, and bring nothing new.
        shutil.rmtree(shards, ignore_errors=True)
        return aside

    def _stands(self, line: dict[str, JSON]) -> bool:
        """Whether this is what is known of the output already."""
        return self._state.get(fingerprint(str(line["output"]))) == _standing(line)

    def _add(self, line: dict[str, JSON]) -> None:
        """Append a line; after a failed write the file ends where it ended before."""
        data = _as_text(line)
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
            if time.monotonic() - self._synced > _SYNC_SECONDS:
                os.fsync(self._file.fileno())
                self._synced = time.monotonic()
        except OSError as error:
            os.ftruncate(self._file.fileno(), self._end)
            raise CannotWrite(self.path, error) from error
        self._end += len(data)
        self._remember(line)

    def _remember(self, line: dict[str, JSON]) -> None:
        """Let a line supersede what was known of its output."""
        output = fingerprint(str(line["output"]))
        self._state[output] = _standing(line)
        if line["status"] == SET_ASIDE:
            self._aside.add(output)
        else:
            self._aside.discard(output)


def _as_text(line: dict[str, JSON]) -> bytes:
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def _last_lines(ledgers: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield where the outputs of other ledgers stand, one ledger in memory at a time."""
    for ledger in ledgers:
        yield from current_lines(ledger).values()


def _head(item: Item, status: str) -> dict[str, JSON]:
    """The fields that every line begins with."""
    return {"output": item.output, "key": item.key, "status": status}


def _standing(line: dict[str, JSON]) -> bytes:
    """Where an output stands: done with a key and a size, or set aside with a key and a reason."""
    detail = line["bytes"] if line["status"] == DONE else line["reason"]
    return fingerprint(str(line["status"]), str(line["key"]), str(detail))


def _now() -> str:
    """The time in UTC, to the second, as in `2026-11-23T22:10:00Z`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _mend_tail(path: Path) -> int:
    """Cut off what a killed writer left of a last line; return the file's length. Makes the file if need be."""
    path.touch()
    with path.open("rb+") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - 65536)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        file.truncate(end)
    return end
