import errno
import threading
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from batch_toy import Negative, contents, plan, write_pictures
from PIL import Image

from artmodels.errors import AtelierError
from tasks.batch import Progress, read_ledger, run_job
from tasks.files import TEMPORARY, replacing

pytestmark = pytest.mark.timeout(60)


def test_a_bad_picture_is_set_aside_and_tried_again_when_mended(tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "source", 6)
    good = (source / "0002.png").read_bytes()
    (source / "0002.png").write_bytes(b"no picture")
    first = run_job(plan(source), Negative(), tmp_path / "out", batch_size=3)
    assert (first.done, first.set_aside) == (5, 1)
    row = read_ledger(first.ledger).set_index("output").loc["0002.png"]
    assert row.status == "set aside"
    assert "is no picture" in row.reason
    length = first.ledger.stat().st_size
    assert run_job(plan(source), Negative(), tmp_path / "out").set_aside == 1
    assert first.ledger.stat().st_size == length, "the same fault needs no second line"

    (source / "0002.png").write_bytes(good)
    third = run_job(plan(source), Negative(), tmp_path / "out")
    assert (third.done, third.skipped, third.set_aside) == (1, 5, 0)
    assert set(read_ledger(third.ledger).status) == {"done"}


@pytest.mark.parametrize(
    "fault", [AtelierError("too dark"), MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_a_picture_that_cannot_be_rendered_is_set_aside_alone(source: Path, tmp_path: Path, fault: Exception) -> None:
    bad = np.array(Image.open(source / "0004.png"))

    class Picky(Negative):
        def render(self, batch: list[np.ndarray]) -> list[np.ndarray]:
            if any(np.array_equal(one, bad) for one in batch):
                raise fault
            return super().render(batch)

    report = run_job(plan(source), Picky(), tmp_path, batch_size=4)
    assert (report.done, report.set_aside) == (29, 1)
    assert list(read_ledger(tmp_path).query("status == 'set aside'").output) == ["0004.png"]


def test_a_picture_too_large_for_its_format_is_set_aside(source: Path, tmp_path: Path) -> None:
    class Tall(Negative):
        def render(self, batch: list[np.ndarray]) -> list[np.ndarray]:
            return [np.zeros((16384, 1, 3), np.uint8) if one.shape[0] == 24 else 255 - one for one in batch]

    report = run_job(plan(source, suffix=".webp"), Tall(), tmp_path)
    assert report.done > 0
    assert report.set_aside == 30 - report.done > 0
    assert "16383" in read_ledger(tmp_path).reason.dropna().iloc[0]


@pytest.mark.parametrize("stage", ["decode", "shape", "render", "pictures"])
def test_a_bug_in_the_renderer_is_let_through_and_no_thread_stays(source: Path, tmp_path: Path, stage: str) -> None:
    calls = count()

    class Buggy(Negative):
        def decode(self, item):
            if stage == "decode" and next(calls) == 9:
                raise ZeroDivisionError
            return super().decode(item)

        def shape(self, decoded):
            if stage == "shape" and next(calls) == 9:
                raise ZeroDivisionError
            return super().shape(decoded)

        def render(self, batch):
            if stage == "render" and next(calls) == 3:
                raise ZeroDivisionError
            return super().render(batch)[: 1 if stage == "pictures" else None]

    threads = threading.active_count()
    with pytest.raises(TypeError if stage == "pictures" else ZeroDivisionError):
        run_job(plan(source), Buggy(), tmp_path, batch_size=3, decode_threads=3, encode_threads=2)
    assert threading.active_count() == threads
    made = contents(tmp_path)
    assert {row.output for row in read_ledger(tmp_path).itertuples()} == set(made)
    assert run_job(plan(source), Negative(), tmp_path).done == 30 - len(made)


def test_an_interrupt_keeps_what_is_finished(source: Path, tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.done >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(plan(source), Negative(0.15), tmp_path, on_progress=interrupt)
    table = read_ledger(tmp_path)
    assert 5 <= len(table) < 30
    assert set(table.output) == set(contents(tmp_path))


def test_a_second_job_in_the_folder_is_refused(source: Path, tmp_path: Path) -> None:
    errors: list[AtelierError] = []

    def start_another(progress: Progress) -> None:
        try:
            run_job(plan(source), Negative(), tmp_path)
        except AtelierError as error:
            errors.append(error)

    run_job(plan(source), Negative(), tmp_path, on_progress=start_another)
    assert errors
    assert all("Another job is at work in" in str(error) for error in errors)


def test_a_folder_that_cannot_be_made_is_named(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(AtelierError, match=r"file.out cannot be written"):
        run_job(plan(source), Negative(), tmp_path / "file" / "out")


def test_a_full_disk_ends_the_job_in_one_sentence(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = count()

    def full(path: Path):
        if next(writes) >= 12:
            raise OSError(errno.ENOSPC, "No space left on device")
        return replacing(path)

    monkeypatch.setattr("tasks.batch.encode.replacing", full)
    with pytest.raises(AtelierError, match="No space left on device"):
        run_job(plan(source), Negative(), tmp_path, batch_size=3)
    monkeypatch.undo()
    assert len(read_ledger(tmp_path)) == 12
    assert run_job(plan(source), Negative(), tmp_path).done == 18


def test_left_parts_are_cleared(source: Path, tmp_path: Path) -> None:
    (tmp_path / f".0001.png.x{TEMPORARY}").write_bytes(b"half")
    run_job(plan(source), Negative(), tmp_path)
    assert not list(tmp_path.rglob(f"*{TEMPORARY}"))


@pytest.mark.parametrize("name", ["batch_size", "decode_threads", "encode_threads"])
def test_counts_below_one_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AtelierError, match=f"{name}=0"):
        run_job([], Negative(), tmp_path, **{name: 0})
