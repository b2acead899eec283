import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
from batch_toy import Negative, contents, plan
from PIL import Image

from tasks.batch import Progress, find_damaged, read_ledger, run_job

pytestmark = pytest.mark.timeout(60)


def test_every_picture_is_made_and_accounted_for(source: Path, tmp_path: Path) -> None:
    report = run_job(plan(source), Negative(), tmp_path / "out", batch_size=4)
    assert (report.done, report.skipped, report.set_aside) == (30, 0, 0)
    assert report.pictures_per_second > 0
    table = read_ledger(report.ledger)
    assert sorted(table.output) == [f"{number:04d}.png" for number in range(30)]
    for row in table.itertuples():
        made = np.array(Image.open(report.out / row.output))
        before = np.array(Image.open(row.record["content"]["path"]))
        assert np.array_equal(made, 255 - before)
        assert (row.height, row.width) == made.shape[:2]
        assert row.bytes == (report.out / row.output).stat().st_size
    assert find_damaged(report.out) == []


@pytest.mark.parametrize("batch_size", [1, 3, 8])
@pytest.mark.parametrize(("decoders", "encoders"), [(1, 1), (3, 2)])
@pytest.mark.parametrize("backwards", [False, True])
def test_the_bytes_do_not_depend_on_batches_threads_or_order(
    source: Path,
    plain: dict[str, bytes],
    tmp_path: Path,
    batch_size: int,
    decoders: int,
    encoders: int,
    backwards: bool,
) -> None:
    items = list(plan(source))[:: -1 if backwards else 1]
    run_job(
        items,
        Negative(),
        tmp_path,
        batch_size=batch_size,
        decode_threads=decoders,
        encode_threads=encoders,
    )
    assert contents(tmp_path) == plain


def test_a_second_run_does_only_what_is_missing(source: Path, tmp_path: Path) -> None:
    first = run_job(plan(source), Negative(), tmp_path)
    before = contents(tmp_path)
    (tmp_path / "0003.png").unlink()
    (tmp_path / "0007.png").write_bytes(b"cut short")
    second = run_job(plan(source), Negative(), tmp_path, batch_size=3)
    assert (first.done, second.done, second.skipped) == (30, 2, 28)
    assert contents(tmp_path) == before
    assert len(read_ledger(tmp_path)) == 30


def test_another_model_makes_all_anew_and_supersedes(source: Path, tmp_path: Path) -> None:
    run_job(plan(source, "1"), Negative(), tmp_path)
    again = run_job(plan(source, "2"), Negative(), tmp_path)
    assert (again.done, again.skipped) == (30, 0)
    assert {record["model"]["version"] for record in read_ledger(tmp_path).record} == {"2"}


def test_items_are_taken_as_needed_and_few_are_in_memory(source: Path, tmp_path: Path) -> None:
    alive, most, taken, made = 0, 0, 0, 0
    lock = threading.Lock()

    def gone() -> None:
        nonlocal alive
        with lock:
            alive -= 1

    class Watched(Negative):
        def decode(self, item):
            nonlocal alive, most
            picture = super().decode(item)
            with lock:
                alive += 1
                most = max(most, alive)
            weakref.finalize(picture, gone)
            return picture

        def render(self, batch):
            nonlocal made
            made += len(batch)
            assert taken - made <= 40
            return super().render(batch)

    def endless():
        nonlocal taken
        for number in range(600):
            item = items[number % 30]
            taken += 1
            yield type(item)(item.key, f"{number}.jpg", item.record, item.payload)

    items = list(plan(source))
    run_job(endless(), Watched(), tmp_path, batch_size=4, decode_threads=2, encode_threads=2)
    assert most <= 8 * 4 + 4 * 2


def test_progress_is_told_now_and_then(source: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    started = time.perf_counter()
    run_job(plan(source), Negative(0.04), tmp_path, on_progress=told.append)
    assert 2 <= len(told) <= 2 + 2 * (time.perf_counter() - started)
    assert told[-1].done == 30


def test_no_items_make_an_empty_ledger(tmp_path: Path) -> None:
    report = run_job([], Negative(), tmp_path / "deep" / "out")
    assert (report.done, report.pictures_per_second) == (0, 0.0)
    assert read_ledger(report.ledger).empty
