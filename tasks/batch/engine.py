"""Runs a job: plan → decode threads → model batches → encode threads → ledger, with bounded queues between.

The thread that calls is the model's; it also hands out the work, and it alone writes the ledger. So no two
threads share anything but the queues of the pools, and a fault anywhere ends up where a person sees it.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from artmodels.errors import AtelierError
from tasks.batch.folder import hold_folder
from tasks.batch.grouping import group_alike
from tasks.batch.ledger import Ledger
from tasks.batch.plan import Item, demand_unique_outputs
from tasks.batch.progress import JobReport, Progress
from tasks.batch.renderer import Renderer
from tasks.batch.stages import Sign, Stages

T = TypeVar("T")


def run_job(
    items: Iterable[Item],
    renderer: Renderer[T],
    out: Path,
    *,
    batch_size: int = 1,
    decode_threads: int = 1,
    encode_threads: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    sign: Sign | None = None,
) -> JobReport:
    """Make the pictures of `items` in the folder `out`, those that are not there yet.

    Items are taken one by one as they are needed. In memory at once are at most 8 batches and 2 pictures a
    thread, however many items there are. What is finished stays, whatever ends the job; run again, it does
    what is missing. A bad item is set aside with its reason, and tried again on the next run.

    An item whose key has changed is made anew. If that fails, the earlier picture is left where it is, but
    the ledger no longer speaks for it.

    Args:
        items: what to make; no two with the same output.
        renderer: how an item is made.
        out: the job's folder, made if need be; it holds the pictures and `ledger.jsonl`.
        batch_size: how many items of equal shape the renderer gets at once, at most.
        decode_threads: threads that run `renderer.decode`.
        encode_threads: threads that compress and write pictures.
        on_progress: called from this thread, twice a second at most and once at the end; what it raises
            ends the job.
        sign: puts credentials into an item's encoded file; called from the encode threads.

    Raises:
        AtelierError: another job holds the folder, a picture cannot be written (the disk is full, the
            folder is read-only), the ledger is damaged, or two items have the same output.
        Exception: whatever else the renderer raises is a bug; the job ends, its ledger is whole.
    """
    _demand_positive(batch_size=batch_size, decode_threads=decode_threads, encode_threads=encode_threads)
    with hold_folder(out), Ledger(out) as ledger:
        stages = Stages(renderer, out, ledger, on_progress, sign)
        return work(stages, demand_unique_outputs(items), batch_size, decode_threads, encode_threads)


def work(
    stages: Stages[T], items: Iterable[Item], batch_size: int, decode_threads: int, encode_threads: int
) -> JobReport:
    """Take items through the stages, those that are missing; whoever calls holds the ledger's folder."""
    with _threads("decode", decode_threads) as decoders, _threads("encode", encode_threads) as encoders:
        missing = stages.missing(items)
        decoded = stages.decode(missing, decoders, ahead=batch_size + 2 * decode_threads)
        try:
            for batch in group_alike(decoded, lambda one: one.shape, batch_size):
                for item, picture, seconds in stages.render(batch):
                    stages.write(item, picture, seconds, encoders)
                stages.note_written(leave=batch_size + 2 * encode_threads)
            stages.note_written(leave=0)
        finally:
            stages.rescue()
        return stages.report()


def _demand_positive(**counts: int) -> None:
    """Raise AtelierError for the first count below 1."""
    for name, count in counts.items():
        if count < 1:
            raise AtelierError(f"{name}={count} is not accepted: 1 or more.")


@contextmanager
def _threads(name: str, count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool whose waiting work is dropped, not done, when the block ends."""
    pool = ThreadPoolExecutor(count, thread_name_prefix=name)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
