"""Shards: whoever makes them, and whatever is killed, the job's folder holds what one process would have made."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from batch_toy import Negative, contents, plan
from filelock import FileLock

from artmodels.errors import AtelierError
from tasks.batch import Item, Job, find_damaged, read_ledger, run_job
from tasks.batch.history import current_lines
from tasks.batch.shards import Shard, run_shard, run_sharded


class PowerCut(Exception):  # noqa: N818 - says what happens
    """Stands for a kill."""


def open_toy(source: Path, out: Path, renderer: Negative | None = None) -> Job:
    """What any process makes of the same order."""

    def some(numbers: Iterable[int]) -> Iterator[Item]:
        items = list(plan(source))
        return (items[number] for number in numbers)

    count = len(list(source.iterdir()))
    return Job(out, count, some, renderer or Negative(), lambda: {}, {}, batch_size=3)


def elsewhere(source: Path, out: Path) -> Callable[[list[Shard]], None]:
    """Make the shards as other processes would: each opens the order anew; the last shard comes first."""

    def make(shards: list[Shard]) -> None:
        for shard in reversed(shards):
            run_shard(open_toy(source, out), shard.name)

    return make


def facts(out: Path) -> list[tuple]:
    """What a ledger says that does not depend on the clock."""
    rows = read_ledger(out).to_dict("records")
    rows.sort(key=lambda row: row["output"])
    return [(row["output"], row["key"], row["status"], row["sha256"], row["record"]) for row in rows]


def test_shards_make_what_one_process_makes(source, plain, tmp_path):
    report = run_sharded(open_toy(source, tmp_path / "out"), 7, elsewhere(source, tmp_path / "out"))
    assert (report.done, report.skipped, report.set_aside) == (30, 0, 0)
    assert contents(tmp_path / "out") == plain
    assert find_damaged(tmp_path / "out") == []
    run_job(plan(source), Negative(), tmp_path / "calm")
    assert facts(tmp_path / "out") == facts(tmp_path / "calm")
    again = run_sharded(open_toy(source, tmp_path / "out"), 7, lambda shards: pytest.fail("nothing is missing"))
    assert (again.done, again.skipped) == (0, 30)
    assert not (tmp_path / "out" / ".shards").exists()


def test_a_bad_item_stays_set_aside(source, tmp_path):
    pictures = shutil.copytree(source, tmp_path / "pictures")
    (pictures / "0004.png").write_text("no picture")
    report = run_sharded(open_toy(pictures, tmp_path / "out"), 7, elsewhere(pictures, tmp_path / "out"))
    assert (report.done, report.set_aside) == (29, 1)
    again = run_sharded(open_toy(pictures, tmp_path / "out"), 7, elsewhere(pictures, tmp_path / "out"))
    assert (again.done, again.skipped, again.set_aside) == (0, 29, 1)
    assert len((tmp_path / "out" / "ledger.jsonl").read_text().splitlines()) == 30


class Dying(Negative):
    """Dies after some pictures."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def render(self, batch):
        self.left -= 1
        if self.left < 0:
            raise PowerCut
        return super().render(batch)


def test_a_shard_whose_worker_died_is_finished_by_another(source, plain, tmp_path):
    out = tmp_path / "out"
    counts = []

    def make(shards: list[Shard]) -> None:
        for shard in shards:
            with pytest.raises(PowerCut):
                run_shard(open_toy(source, out, Dying(after=2)), shard.name)
            counts.append(run_shard(open_toy(source, out), shard.name))

    report = run_sharded(open_toy(source, out), 10, make)
    assert (report.done, report.skipped) == (30, 0)
    assert all(one.skipped > 0 and one.done > 0 for one in counts), "what was made is not made again"
    assert contents(out) == plain
    assert len((out / "ledger.jsonl").read_text().splitlines()) == 30


@pytest.mark.parametrize("sharded", [True, False], ids=["in shards again", "then in one process"])
def test_what_a_dead_coordinator_left_is_taken_in(source, plain, tmp_path, sharded):
    out = tmp_path / "out"

    def make(shards: list[Shard]) -> None:
        for shard in islice(shards, 2):
            run_shard(open_toy(source, out), shard.name)
        raise PowerCut

    with pytest.raises(PowerCut):
        run_sharded(open_toy(source, out), 7, make)
    assert len(contents(out)) == 14
    assert (out / "ledger.jsonl").read_text() == ""
    if sharded:
        report = run_sharded(open_toy(source, out), 7, elsewhere(source, out))
    else:
        report = run_job(plan(source), Negative(), out)
    assert (report.done, report.skipped) == (16, 14)
    assert contents(out) == plain
    assert find_damaged(out) == []


def test_ledgers_are_taken_in_whole_or_not_at_all_and_once(source, plain, tmp_path, monkeypatch):
    out, make = tmp_path / "out", elsewhere(source, tmp_path / "out")

    def cut(*_: object, **__: object) -> None:
        raise PowerCut

    def make_and_cut(shards: list[Shard]) -> None:
        make(shards)
        monkeypatch.setattr("tasks.batch.ledger.replacing", cut)

    # Cut short before the ledger is in its place...
    with pytest.raises(PowerCut):
        run_sharded(open_toy(source, out), 7, make_and_cut)
    monkeypatch.undo()
    assert (out / "ledger.jsonl").read_text() == ""
    # ... and then between the ledger and the removal of the shards.
    monkeypatch.setattr("tasks.batch.ledger.shutil.rmtree", cut)
    with pytest.raises(PowerCut):
        run_job([], Negative(), out)
    monkeypatch.undo()
    assert len(current_lines(out)) == 30
    before = (out / "ledger.jsonl").read_bytes()
    run_job([], Negative(), out)
    assert (out / "ledger.jsonl").read_bytes() == before
    assert not (out / ".shards").exists()
    assert contents(out) == plain


def test_no_job_begins_while_a_worker_of_a_dead_one_is_at_work(source, tmp_path):
    shard = tmp_path / ".shards" / "0123-000000"
    shard.mkdir(parents=True)
    with FileLock(shard / ".job.lock"), pytest.raises(AtelierError, match=r"Another job is at work in .*0123-000000"):
        run_job(plan(source), Negative(), tmp_path)
    assert run_job(plan(source), Negative(), tmp_path).done == 30


def test_a_shard_of_a_job_that_has_ended_is_not_made(source, tmp_path):
    with pytest.raises(AtelierError, match=r"is gone: the job that it was a part of has ended"):
        run_shard(open_toy(source, tmp_path), "0123-000000")


def test_a_worker_that_sees_other_inputs_makes_nothing(source, tmp_path):
    pictures, out = shutil.copytree(source, tmp_path / "pictures"), tmp_path / "out"

    def make(shards: list[Shard]) -> None:
        (pictures / "0000.png").unlink()
        run_shard(open_toy(pictures, out), shards[0].name)

    with pytest.raises(AtelierError, match=r"The inputs of .*out are not here what they were when the job began"):
        run_sharded(open_toy(pictures, out), 7, make)
    assert contents(out) == {}
