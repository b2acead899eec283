"""Pictures that are made and withheld: set aside for good, wherever they were made."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from batch_toy import Negative, contents, plan

from tasks.batch import Item, Job, Withheld, read_ledger, run_job
from tasks.batch.shards import Shard, run_shard, run_sharded


class Wary(Negative):
    """Withholds what is 24 pixels high, and counts what it made."""

    made = 0

    def render(self, batch: list[np.ndarray]) -> list[np.ndarray | Withheld]:
        self.made += len(batch)
        pictures = super().render(batch)
        return [Withheld("too small to be shown") if len(one) == 24 else one for one in pictures]


@pytest.fixture(scope="module")
def small(source: Path) -> set[str]:
    """The pictures that are withheld."""
    return {item.output for item in plan(source) if len(Negative().decode(item)) == 24}


def test_what_is_withheld_is_set_aside_once_and_not_made_again(source, small, tmp_path):
    out, renderer = tmp_path / "out", Wary()
    report = run_job(plan(source), renderer, out, batch_size=4)
    assert 0 < len(small) < 30
    assert (report.set_aside, report.done) == (len(small), 30 - len(small))
    assert not small & contents(out).keys()
    # One in a batch does not make the others anew.
    assert renderer.made == 30
    ledger = (out / "ledger.jsonl").read_bytes()
    again = run_job(plan(source), renderer, out, batch_size=4)
    assert (again.done, again.skipped, again.set_aside, renderer.made) == (0, 30 - len(small), len(small), 30)
    assert (out / "ledger.jsonl").read_bytes() == ledger
    assert set(read_ledger(out)["reason"].dropna()) == {"too small to be shown"}
    assert run_job(plan(source, model="2"), Negative(), out).done == 30


def test_what_was_shown_before_is_taken_away_with_its_small_copies(source, small, plain, tmp_path):
    out = tmp_path / "out"
    run_job(plan(source), Negative(), out)
    (out / "gallery_files").mkdir()
    for _, row in read_ledger(out).iterrows():
        (out / "gallery_files" / f"{row['sha256'][:20]}-160.webp").write_text(row["output"])
    run_job(plan(source, model="2"), Wary(), out)
    assert contents(out).keys() == plain.keys() - small
    assert {path.read_text() for path in (out / "gallery_files").iterdir()} == plain.keys() - small


def test_shards_leave_out_what_is_withheld_and_count_it(source, small, tmp_path):
    out = tmp_path / "out"

    def some(numbers: Iterable[int]) -> Iterator[Item]:
        items = list(plan(source))
        return (items[number] for number in numbers)

    job = Job(out, 30, some, Wary(), dict, {}, batch_size=3)

    def make(shards: list[Shard]) -> None:
        for shard in shards:
            run_shard(job, shard.name)

    report = run_sharded(job, 7, make)
    assert (report.done, report.skipped, report.set_aside) == (30 - len(small), 0, len(small))
    again = run_sharded(job, 7, lambda shards: pytest.fail("nothing is missing"))
    assert (again.done, again.skipped, again.set_aside) == (0, 30 - len(small), len(small))
