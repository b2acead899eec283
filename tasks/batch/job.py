"""An order, opened: what is to be made, how, and what is laid out of it in the end."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tasks.batch.engine import run_job
from tasks.batch.plan import Item
from tasks.batch.progress import JobReport, Progress
from tasks.batch.renderer import Renderer
from tasks.batch.stages import Sign
from tasks.pace import ALREADY

if TYPE_CHECKING:
    from tasks.progress import Show

T = TypeVar("T")


@dataclass(frozen=True)
class Job(Generic[T]):
    """What a kind of job makes of an order.

    Attributes:
        out: the job's folder.
        count: how many items there are, numbered from 0.
        plan: gives the items of some numbers, in their order; any process that opens the same order gives the same.
        renderer: how an item is made.
        finish: lays out what was made: gallery, tables; returns what the report says of it.
        pinned: fields of the order that other processes must open it with, such as the version that `champion` was.
        batch_size: most items that the renderer gets at once.
        decode_threads: threads that read.
        encode_threads: threads that compress and write.
        sign: puts credentials into an item's encoded file.
    """

    out: Path
    count: int
    plan: Callable[[Iterable[int]], Iterator[Item]]
    renderer: Renderer[T]
    finish: Callable[[], dict[str, Any]]
    pinned: dict[str, Any]
    batch_size: int = 1
    decode_threads: int = 1
    encode_threads: int = 1
    sign: Sign | None = None

    def hands(self) -> dict[str, int]:
        """What the engine is told about batches and threads."""
        return {
            "batch_size": self.batch_size,
            "decode_threads": self.decode_threads,
            "encode_threads": self.encode_threads,
        }


def do_job(job: Job[T], show: "Show") -> dict[str, Any]:
    """Do a job, or what is missing of it, in this process; return its report.

    Raises:
        AtelierError: the job's folder cannot be written.
    """

    def on_progress(progress: Progress) -> None:
        finished = progress.done + progress.skipped + progress.set_aside
        counts = {ALREADY: progress.skipped, "set aside": progress.set_aside}
        show(finished, job.count, {name: float(count) for name, count in counts.items() if count})

    # From here on the time counts: the model is loaded.
    show(0, job.count, {})
    report = run_job(
        job.plan(range(job.count)), job.renderer, job.out, on_progress=on_progress, sign=job.sign, **job.hands()
    )
    return reported(job, report)


def reported(job: Job[T], report: JobReport) -> dict[str, Any]:
    """Lay out what was made; return the whole report."""
    return report.counts() | job.finish()
