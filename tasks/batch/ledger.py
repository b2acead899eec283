"""`ledger.jsonl`: one line for every picture a job has made or set aside; the last line of an output counts."""

import json
import os
import shutil
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from tasks.batch.encode import CannotWrite, Written
from tasks.batch.folder import SHARDS
from tasks.batch.history import DONE, NAME, SET_ASIDE, read_lines
from tasks.batch.plan import JSON, Item
from tasks.batch.standings import Standings, Summary, last_lines, shard_ledgers
from tasks.files import replacing

# A killed process loses nothing that was handed to the system; only a power cut can, and then the pictures
# of the last seconds are made again. So the disk is not asked to flush after every line.
_SYNC_SECONDS = 2.0


class Ledger:
    """The ledger of a job's folder, open for adding; for one writer, who holds the folder.

    Use it as a context manager.

    Args:
        folder: where `ledger.jsonl` is.
        out: where the pictures are; None: beside it.

    Raises:
        CannotWrite: the file cannot be opened.
        AtelierError: a line in the middle is damaged.
    """

    def __init__(self, folder: Path, out: Path | None = None) -> None:
        self.path = folder / NAME
        self._standings = Standings(out or folder)
        try:
            self._end = _mend_tail(self.path)
            for line in read_lines(self.path):
                self._standings.remember(line)
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
        """Whether the item's picture was made with this very key and is there whole."""
        return self._standings.done(item)

    def add_done(self, item: Item, picture: Written, seconds: float) -> None:
        """Note that the item's picture is on the disk; `seconds` is the work that went into it.

        Raises:
            CannotWrite: the line cannot be written; the ledger is left whole.
        """
        facts: dict[str, JSON] = {**asdict(picture), "seconds": round(seconds, 4)}
        self._add({**_head(item, DONE), **facts, "at": _now(), "record": item.record})

    def withheld(self, item: Item) -> bool:
        """Whether the item's picture was made with this very key, and withheld."""
        return self._standings.withheld(item)

    def add_set_aside(self, item: Item, reason: str, final: bool = False) -> None:
        """Note why there is no picture of the item. It is tried again on the next run, unless that is final.

        Raises:
            CannotWrite: the line cannot be written; the ledger is left whole.
        """
        line = {**_head(item, SET_ASIDE), "reason": reason, "at": _now(), "record": item.record}
        line |= {"final": True} if final else {}
        # A picture that stays bad from night to night needs no line every night.
        if not self._standings.holds(line):
            self._add(line)

    def summary(self) -> Summary:
        """Count the outputs."""
        return self._standings.summary()

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
        ledgers = shard_ledgers(self.path.parent)
        if ledgers:
            with replacing(self.path) as part:
                shutil.copyfile(self.path, part)
                with part.open("ab") as file:
                    news = (line for line in last_lines(ledgers) if not self._standings.holds(line))
                    file.writelines(map(_as_text, news))
            self._end = self.path.stat().st_size
        aside = 0
        for line in last_lines(ledgers):
            self._standings.remember(line)
            aside += line["status"] == SET_ASIDE
        # Only now: if this is cut short, they are taken in again, and bring nothing new.
        shutil.rmtree(self.path.with_name(SHARDS), ignore_errors=True)
        return aside

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
        self._standings.remember(line)


def _as_text(line: dict[str, JSON]) -> bytes:
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def _head(item: Item, status: str) -> dict[str, JSON]:
    """The fields that every line begins with."""
    return {"output": item.output, "key": item.key, "status": status}


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
