"""A job in shards, which other processes and machines make in the same folder.

The coordinator holds the folder, plans, and says which items are in which shard. A shard's pictures go where the job's
go; its ledger is its own, in `.shards`, where a shard is held by whoever makes it. In the end the coordinator takes
all ledgers into the job's, at once. What is left of a coordinator that was killed, the next one takes in before it
plans, so that nothing is made twice.
"""

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from artmodels.errors import AtelierError
from tasks.batch.encode import write_text
from tasks.batch.engine import work
from tasks.batch.folder import SHARDS, hold_folder
from tasks.batch.job import Job
from tasks.batch.ledger import Ledger
from tasks.batch.plan import Item, demand_unique_outputs
from tasks.batch.progress import JobReport
from tasks.batch.stages import Stages

T = TypeVar("T")

_PLAN = "plan.json"

_PATIENCE = 120
"""Seconds that a shard waits for another process that still makes it: one that is about to die, or to end."""


@dataclass(frozen=True)
class Shard:
    """Some items of a job.

    Attributes:
        name: of its folder in `.shards`.
        count: how many items.
    """

    name: str
    count: int


def run_sharded(job: Job[T], size: int, make: Callable[[list[Shard]], None]) -> JobReport:
    """Make what is missing of a job in shards of up to `size` items; `make` returns when all of them are made.

    Raises:
        AtelierError: another job, or a shard of another one, is at work in the folder.
        Exception: whatever `make` raises; what was made stays.
    """
    started = time.perf_counter()
    with hold_folder(job.out), Ledger(job.out) as ledger:
        items = demand_unique_outputs(job.plan(range(job.count)))
        withheld = 0

        def missing() -> Iterator[tuple[int, Item]]:
            nonlocal withheld
            for number, item in enumerate(items):
                if ledger.withheld(item):
                    withheld += 1
                elif not ledger.done(item):
                    yield number, item

        shards = list(_lay_out(job.out, missing(), size))
        if shards:
            make(shards)
        aside = ledger.take_in_shards()
    wanted = sum(shard.count for shard in shards)
    seconds = time.perf_counter() - started
    skipped = job.count - wanted - withheld
    return JobReport(wanted - aside, skipped, aside + withheld, seconds, job.out, ledger.path)


def run_shard(job: Job[T], name: str) -> JobReport:
    """Make what is missing of a shard of a job that another process coordinates.

    Raises:
        AtelierError: the coordinator has ended, the inputs are not those that it saw, or a picture cannot be written.
    """
    folder = job.out / SHARDS / name
    if not (folder / _PLAN).is_file():
        raise AtelierError(f"{folder} is gone: the job that it was a part of has ended; start it again.")
    with hold_folder(folder, wait=_PATIENCE), Ledger(folder, job.out) as ledger:
        plan = json.loads((folder / _PLAN).read_text())
        items = list(job.plan(_numbers(plan["items"])))
        if _digest(items) != plan["keys"]:
            raise AtelierError(
                f"The inputs of {job.out} are not here what they were when the job began: "
                "every machine needs the same files; start the job again."
            )
        return work(Stages(job.renderer, job.out, ledger, None, job.sign), items, **job.hands())


def _lay_out(out: Path, missing: Iterator[tuple[int, Item]], size: int) -> Iterator[Shard]:
    """Write down which items are in which shard."""
    # A name of its own for each run: what a former coordinator's workers still do is none of this one's.
    run = uuid.uuid4().hex[:8]
    number = 0
    while part := list(islice(missing, size)):
        name = f"{run}-{number:06d}"
        plan = {"items": _ranges(number for number, _ in part), "keys": _digest(item for _, item in part)}
        write_text(out / SHARDS / name / _PLAN, json.dumps(plan))
        yield Shard(name, len(part))
        number += 1


def _digest(items: Iterable[Item]) -> str:
    """Return the sha256 of what decides a shard's pictures and where they go."""
    whole = hashlib.sha256()
    for item in items:
        whole.update(f"{item.key} {item.output}\n".encode())
    return whole.hexdigest()


def _ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Rising numbers as ranges: first and one past the last."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number:
            found[-1][1] += 1
        else:
            found.append([number, number + 1])
    return found


def _numbers(ranges: list[list[int]]) -> Iterator[int]:
    for first, end in ranges:
        yield from range(first, end)
