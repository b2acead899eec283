"""Where every output of a job stands, by the lines of its ledger."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.batch.folder import SHARDS
from tasks.batch.history import DONE, NAME, SET_ASIDE, current_lines, read_lines
from tasks.batch.plan import Item, fingerprint


@dataclass(frozen=True)
class Summary:
    """How many outputs the ledger holds, by their current line."""

    done: int
    set_aside: int


class Standings:
    """Where outputs stand: of each two fingerprints and not the line, so that a million of them need 0.2 GB.

    Args:
        out: where the pictures are.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._state: dict[bytes, bytes] = {}
        self._aside: set[bytes] = set()

    def remember(self, line: dict[str, Any]) -> None:
        """Let a line supersede what was known of its output."""
        output = fingerprint(str(line["output"]))
        self._state[output] = _standing(line)
        if line["status"] == SET_ASIDE:
            self._aside.add(output)
        else:
            self._aside.discard(output)

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

    def withheld(self, item: Item) -> bool:
        """Whether the item's picture was made with this very key, and withheld."""
        return self._state.get(fingerprint(item.output)) == fingerprint(SET_ASIDE, item.key)

    def holds(self, line: dict[str, Any]) -> bool:
        """Whether this is what is known of the output already."""
        return self._state.get(fingerprint(str(line["output"]))) == _standing(line)

    def summary(self) -> Summary:
        """Count the outputs."""
        return Summary(len(self._state) - len(self._aside), len(self._aside))


def read_standings(out: Path) -> Standings:
    """Read where the outputs of a job's folder stand, and leave all as it is; nothing is done where no job has begun.

    Raises:
        AtelierError: a line of its ledger, or of a shard's, is damaged.
    """
    standings = Standings(out)
    if (out / NAME).is_file():
        for line in read_lines(out / NAME):
            standings.remember(line)
    for line in last_lines(shard_ledgers(out)):
        standings.remember(line)
    return standings


def shard_ledgers(out: Path) -> list[Path]:
    """Return the ledgers of a folder's shards, in their order."""
    return sorted((out / SHARDS).glob(f"*/{NAME}"))


def last_lines(ledgers: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield where the outputs of ledgers stand, one ledger in memory at a time."""
    for ledger in ledgers:
        yield from current_lines(ledger).values()


def _standing(line: dict[str, Any]) -> bytes:
    """Where an output stands: done with a key and a size, or set aside with a key and a reason, or for good."""
    if line.get("final"):
        return fingerprint(SET_ASIDE, str(line["key"]))
    detail = line["bytes"] if line["status"] == DONE else line["reason"]
    return fingerprint(str(line["status"]), str(line["key"]), str(detail))
