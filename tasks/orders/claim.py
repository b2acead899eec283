"""Who fills an order: one process at a time, in a folder or on S3, on one machine or many.

A claim is a file that only one process can create. It is written anew while its holder lives; one that has not been
for a while is a dead holder's, and whoever then creates the next in number takes the order over. A claim is never
taken by overwriting, so that two that find the same dead holder cannot both follow it.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from tasks.orders.store import STORE_FAULTS, modified

LEASE_SECONDS = 120.0
"""After so long without a sign of its holder a claim is void. The machines' clocks must agree much better than that."""

_RENEWALS = 6


class Claim:
    """The right to fill an order, for as long as it is renewed."""

    def __init__(self, fs: AbstractFileSystem, folder: str, digest: str, number: int) -> None:
        self._fs, self._folder, self._digest, self._number = fs, folder, digest, number
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, name=f"claim-{digest}", daemon=True)

    @property
    def _path(self) -> str:
        return f"{self._folder}/{self._digest}-{self._number}"

    def is_mine(self) -> bool:
        """Tell whether nobody has taken the order over meanwhile, from a holder that seemed dead."""
        return max(numbers(self._fs, self._folder, self._digest), default=0) == self._number

    def create(self) -> bool:
        """Create the claim; return False where another process was faster."""
        if isinstance(self._fs, LocalFileSystem):
            self._fs.makedirs(self._folder, exist_ok=True)
        try:
            # Not `pipe_file(mode="create")`, which looks first and writes then where the place is a folder.
            with self._fs.open(self._path, "xb") as file:
                file.write(b"held")
        except FileExistsError:
            return False
        self._thread.start()
        return True

    def end(self) -> None:
        """Stop renewing, and delete it with those of dead holders before it."""
        self._ended.set()
        self._thread.join()
        try:
            if self.is_mine():
                for number in sorted(numbers(self._fs, self._folder, self._digest)):
                    self._fs.rm_file(f"{self._folder}/{self._digest}-{number}")
        except STORE_FAULTS as error:
            # Nobody renews it: it is void before long.
            logging.getLogger(__name__).warning("The claim %s could not be given back: %s", self._path, error)

    def _renew(self) -> None:
        while not self._ended.wait(LEASE_SECONDS / _RENEWALS):
            try:
                self._fs.pipe_file(self._path, b"held")
            except STORE_FAULTS as error:
                # The next renewal may succeed; if none does, another takes the order over.
                logging.getLogger(__name__).warning("The claim %s could not be renewed: %s", self._path, error)


@contextmanager
def claimed(fs: AbstractFileSystem, folder: str, digest: str) -> Iterator[Claim | None]:
    """Claim an order while the block runs; yield None where a living process holds it."""
    held = numbers(fs, folder, digest)
    last = max(held, default=0)
    claim = Claim(fs, folder, digest, last + 1)
    if (held and is_alive(held[last])) or not claim.create():
        yield None
        return
    try:
        yield claim
    finally:
        claim.end()


def is_alive(renewed: datetime) -> bool:
    """Tell whether the holder of a claim that was last written at this time lives."""
    return (datetime.now(UTC) - renewed).total_seconds() < LEASE_SECONDS


def numbers(fs: AbstractFileSystem, folder: str, digest: str) -> dict[int, datetime]:
    """Return the claims of an order, by number, and when each was last written."""
    return {number: at for one, number, at in all_claims(fs, folder) if one == digest}


def all_claims(fs: AbstractFileSystem, folder: str) -> Iterator[tuple[str, int, datetime]]:
    """Yield digest, number and time of all claims in a folder."""
    try:
        listed = fs.ls(folder, detail=True)
    except FileNotFoundError:
        return
    for info in listed:
        digest, _, number = info["name"].rpartition("/")[2].rpartition("-")
        if number.isdecimal():
            yield digest, int(number), modified(info)
