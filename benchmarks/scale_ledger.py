"""What a job's records cost as it grows: `python benchmarks/scale_ledger.py --items 10000 100000 1000000`.

Simulated: the pictures. Every item's file is the same few bytes, linked to one file a folder, and no model runs; so
what is measured is what a job needs beside its pictures. Real: the plan, the keys, the checks that no two items have
one file, the ledger and its lines, the stages and their queues, the test on every file of whether it is there, the
taking in of shards' ledgers, the reading of the ledger as a table, and the gallery.

Each part of each size runs in a process of its own, whose peak of memory is told. Seconds are the processor's, of all
threads, since those of the clock say more about what else the machine does; `--clock` tells both.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from PIL import Image

from tasks.batch import Item, Job, Written, item_key, read_ledger, run_job
from tasks.batch.ledger import Ledger
from tasks.batch.shards import Shard, run_shard, run_sharded
from tasks.gallery import build_gallery
from tasks.memory import peak_megabytes


class Linker:
    """Links one small picture to every output, and tells its facts."""

    def __init__(self, picture: Path, out: Path) -> None:
        self.picture, self.out = picture, out

    def decode(self, item: Item) -> Item:
        """There is nothing to read."""
        return item

    def shape(self, decoded: Item) -> tuple[int, ...]:
        """Any two may share a batch."""
        return ()

    def render(self, batch: list[Item]) -> Sequence[Written]:
        """Link the files of a batch."""
        return [self._link(item) for item in batch]

    def _link(self, item: Item) -> Written:
        path = self.out / item.output
        # One for each folder: a file system gives a file no more than some 65,000 names.
        source = path.with_name(".source")
        if not source.exists():
            path.parent.mkdir(exist_ok=True)
            source.write_bytes(self.picture.read_bytes())
        os.link(source, path)
        return Written("0" * 64, self.picture.stat().st_size, 8, 8)


def plan(numbers: Iterable[int]) -> Iterator[Item]:
    """Items with records as large as a stylised picture's; a thousand files a folder."""
    for number in numbers:
        record = {
            "content": {"path": f"/photographs/{number:07d}.jpg", "sha256": f"{number:064d}", "title": f"{number:07d}"},
            "style": {"path": "/styles/wave.jpg", "sha256": "1" * 64, "title": "wave"},
            "model": {"name": "style", "version": 7, "data_md5": "0123456789abcdef0123456789abcdef.dir"},
            "parameters": {"alpha": 1.0, "size": 512},
        }
        yield Item(item_key(record), f"{number // 1000:04d}/{number:07d}--wave.png", record)


def measure(count: int, parts: Sequence[str]) -> None:
    """Measure the parts named, in this process; print a line of JSON."""
    found: dict[str, tuple[float, float]] = {}

    def timed(name: str, work: Callable[[], object]) -> None:
        started, busy = time.perf_counter(), time.process_time()
        work()
        found[name] = (time.process_time() - busy, time.perf_counter() - started)

    out = Path(os.environ["SCALE_FOLDER"])
    picture = out.with_suffix(".png")
    Image.new("RGB", (8, 8)).save(picture)
    renderer = Linker(picture, out)
    job = Job(out, count, plan, renderer, lambda: {}, {})

    def make(shards: list[Shard]) -> None:
        for shard in shards:
            run_shard(job, shard.name)

    def report() -> None:
        with Ledger(out) as ledger:
            assert ledger.summary().done == count

    works: dict[str, Callable[[], object]] = {
        "plan": lambda: sum(1 for _ in plan(range(count))),
        "make": lambda: run_job(plan(range(count)), renderer, out),
        "make in shards": lambda: run_sharded(job, 1000, make),
        "resume": lambda: run_job(plan(range(count)), renderer, out),
        "summary": report,
        "table": lambda: read_ledger(out),
        "gallery": lambda: build_gallery(out, title="A large job"),
    }
    for part in parts:
        timed(part, works[part])
    print(json.dumps({"seconds": found, "megabytes": round(peak_megabytes())}))


PARTS = (("plan",), ("make",), ("resume",), ("summary",), ("table",), ("gallery",))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--folder", type=Path, help="Where the jobs' folders are made; a temporary one by default.")
    parser.add_argument("--shards", action="store_true", help="Make the pictures in shards of 1,000.")
    parser.add_argument("--clock", action="store_true", help="Tell the seconds by the clock, too.")
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.measure:
        measure(wanted.items[0], wanted.measure)
        return
    print(f"| items | {' | '.join(' + '.join(part) for part in PARTS)} | ledger |")
    for count in wanted.items:
        with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
            out = Path(folder) / "job"
            cells = [_in_a_process(count, _of(part, wanted.shards), out, wanted.clock) for part in PARTS]
            size = (out / "ledger.jsonl").stat().st_size / 1e6
        print(f"| {count:,} | {' | '.join(cells)} | {size:.0f} MB |", flush=True)


def _of(part: Sequence[str], shards: bool) -> list[str]:
    return ["make in shards" if shards and one == "make" else one for one in part]


def _in_a_process(count: int, part: Sequence[str], out: Path, clock: bool) -> str:
    command = [sys.executable, __file__, "--items", str(count), "--measure", *part]
    done = subprocess.run(
        command, env={**os.environ, "SCALE_FOLDER": str(out)}, stdout=subprocess.PIPE, text=True, check=True
    )
    found = json.loads(done.stdout)
    busy, passed = (sum(one) for one in zip(*found["seconds"].values(), strict=True))
    return f"{busy:.1f} s{f' ({passed:.0f} s)' if clock else ''}, {found['megabytes']} MB"


if __name__ == "__main__":
    main()
