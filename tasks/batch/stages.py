"""The stages that an item passes through, and what they share: the counts and the pictures being written."""

import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from artmodels.errors import AtelierError
from tasks.batch.encode import CannotWrite, Written, write_picture
from tasks.batch.ledger import Ledger
from tasks.batch.plan import Item
from tasks.batch.progress import JobReport, Progress
from tasks.batch.renderer import Rendered, Renderer, render_apart
from tasks.batch.withheld import Withheld, take_away

T = TypeVar("T")

Sign: TypeAlias = Callable[[Item, bytes], bytes]
"""Takes an item and its encoded picture, and returns the file with its credentials in it."""

_PROGRESS_SECONDS = 0.5


@dataclass(frozen=True)
class Ready(Generic[T]):
    """An item that is ready for the model; `seconds` of work went into it so far."""

    item: Item
    decoded: T
    shape: Hashable
    seconds: float


@dataclass(frozen=True)
class _Bad:
    """An item that cannot be made."""

    item: Item
    reason: str


class Stages(Generic[T]):
    """The stages of one run. All but the work in the pools is done by the thread that calls."""

    def __init__(
        self,
        renderer: Renderer[T],
        out: Path,
        ledger: Ledger,
        on_progress: Callable[[Progress], None] | None,
        sign: Sign | None = None,
    ) -> None:
        self._renderer, self._out, self._ledger, self._on_progress = renderer, out, ledger, on_progress
        self._sign = sign
        self._done = self._skipped = self._set_aside = 0
        self._writing: deque[tuple[Item, float, Future[tuple[Written, float]]]] = deque()
        self._started = self._told = time.perf_counter()

    def missing(self, items: Iterable[Item]) -> Iterator[Item]:
        """Pass on the items whose picture is not there yet, and was not withheld."""
        for item in items:
            if self._ledger.done(item):
                self._skipped += 1
                self._tell()
            elif self._ledger.withheld(item):
                self._set_aside += 1
                self._tell()
            else:
                yield item

    def decode(self, items: Iterator[Item], pool: ThreadPoolExecutor, ahead: int) -> Iterator[Ready[T]]:
        """Decode items in order, up to `ahead` of them before they are asked for; set bad ones aside."""
        begun = deque(pool.submit(self._decode, item) for item in islice(items, ahead))
        while begun:
            result = begun.popleft().result()
            # Before the model takes its turn, so that the threads have work meanwhile.
            begun.extend(pool.submit(self._decode, item) for item in islice(items, 1))
            if isinstance(result, _Bad):
                self._put_aside(result.item, result.reason)
            else:
                yield result

    def render(self, batch: list[Ready[T]]) -> Iterator[tuple[Item, Rendered, float]]:
        """Render a batch of equal shapes: items with pictures and seconds of work; set bad ones aside."""
        started = time.perf_counter()
        results = render_apart(self._renderer, [one.decoded for one in batch])
        share = (time.perf_counter() - started) / len(batch)
        for one, result in zip(batch, results, strict=True):
            if isinstance(result, Withheld):
                take_away(self._out, one.item.output)
                self._put_aside(one.item, str(result), final=True)
            elif isinstance(result, AtelierError):
                self._put_aside(one.item, str(result))
            else:
                yield one.item, result, one.seconds + share

    def write(self, item: Item, picture: Rendered, seconds: float, pool: ThreadPoolExecutor) -> None:
        """Begin to compress, sign and write a picture, unless it is a file already."""
        sign = partial(self._sign, item) if self._sign else None
        self._writing.append((item, seconds, pool.submit(_timed_write, picture, self._out / item.output, sign)))

    def note_written(self, leave: int) -> None:
        """Enter written pictures in the ledger; wait while more than `leave` are on their way.

        Raises:
            CannotWrite: a picture, or the ledger, cannot be written.
        """
        while self._writing and (len(self._writing) > leave or self._writing[0][2].done()):
            # Looked at before it is taken out: what an interrupt finds in the queue, `rescue` still enters.
            self._enter(*self._writing[0])
            self._writing.popleft()
            self._tell()

    def rescue(self) -> None:
        """Enter what still gets written when a job ends early; the fault that ends it is on its way already."""
        while self._writing:
            item, seconds, future = self._writing.popleft()
            if future.exception() is None:
                self._enter(item, seconds, future)

    def report(self) -> JobReport:
        """Tell the last progress and return the run's figures."""
        self._tell(last=True)
        seconds = time.perf_counter() - self._started
        return JobReport(self._done, self._skipped, self._set_aside, seconds, self._out, self._ledger.path)

    def _decode(self, item: Item) -> Ready[T] | _Bad:
        """Run the renderer's decoder; in a decode thread."""
        started = time.perf_counter()
        try:
            decoded = self._renderer.decode(item)
            shape = self._renderer.shape(decoded)
        except AtelierError as error:
            return _Bad(item, str(error))
        return Ready(item, decoded, shape, time.perf_counter() - started)

    def _enter(self, item: Item, seconds: float, future: Future[tuple[Written, float]]) -> None:
        """Enter a picture in the ledger, once it is on the disk; set it aside if its format cannot hold it."""
        try:
            picture, writing = future.result()
        except CannotWrite:
            raise
        except AtelierError as error:
            self._put_aside(item, str(error))
            return
        self._ledger.add_done(item, picture, seconds + writing)
        self._done += 1

    def _put_aside(self, item: Item, reason: str, final: bool = False) -> None:
        """Enter in the ledger why there is no picture of an item."""
        self._ledger.add_set_aside(item, reason, final)
        self._set_aside += 1
        self._tell()

    def _tell(self, last: bool = False) -> None:
        """Report progress, but not for every picture: a million calls would cost more than they tell."""
        now = time.perf_counter()
        if self._on_progress and (last or now - self._told >= _PROGRESS_SECONDS):
            self._told = now
            self._on_progress(Progress(self._done, self._skipped, self._set_aside, now - self._started))


def _timed_write(picture: Rendered, path: Path, sign: Callable[[bytes], bytes] | None) -> tuple[Written, float]:
    """Write a picture; return the file's facts and the seconds it took. In an encode thread."""
    started = time.perf_counter()
    written = picture if isinstance(picture, Written) else write_picture(picture, path, sign=sign)
    return written, time.perf_counter() - started
