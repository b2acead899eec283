"""One holder at a time, and none for ever."""

import os
import threading
import time
from pathlib import Path

import pytest
from fsspec.implementations.local import LocalFileSystem

from tasks.orders import claim
from tasks.orders.claim import claimed

FS = LocalFileSystem()


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path / "claims")


def dead(folder: str, number: int) -> Path:
    """Leave the claim of a holder that died an hour ago."""
    path = Path(folder) / f"a-{number}"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    os.utime(path, (time.time() - 3600, time.time() - 3600))
    return path


def test_one_holds_it_and_then_the_next(folder):
    with claimed(FS, folder, "a") as mine:
        assert mine is not None
        assert mine.is_mine()
        with claimed(FS, folder, "a") as second, claimed(FS, folder, "b") as other:
            assert second is None
            assert other is not None
    assert list(Path(folder).iterdir()) == []
    with claimed(FS, folder, "a") as mine:
        assert mine is not None


@pytest.mark.parametrize("left", [0, 3])
def test_of_many_at_once_one_holds_it(folder, left):
    if left:
        dead(folder, left)
    barrier, done, held = threading.Barrier(8), threading.Event(), []

    def contend() -> None:
        barrier.wait()
        with claimed(FS, folder, "a") as mine:
            if mine is not None:
                held.append(mine)
                done.wait(60)

    threads = [threading.Thread(target=contend) for _ in range(8)]
    for thread in threads:
        thread.start()
    while sum(thread.is_alive() for thread in threads) > 1:
        time.sleep(0.01)
    done.set()
    for thread in threads:
        thread.join()
    assert len(held) == 1
    assert list(Path(folder).iterdir()) == [], "the dead holder's claim goes with it"


def test_a_claim_is_renewed_while_its_holder_lives(folder, monkeypatch):
    monkeypatch.setattr(claim, "LEASE_SECONDS", 0.3)
    with claimed(FS, folder, "a"):
        long_ago = dead(folder, 1).stat().st_mtime
        while Path(folder, "a-1").stat().st_mtime == long_ago:
            time.sleep(0.01)


def test_who_seemed_dead_learns_that_another_went_on(folder, monkeypatch):
    with claimed(FS, folder, "a") as first:
        assert first is not None
        monkeypatch.setattr(claim, "is_alive", lambda at: False)
        with claimed(FS, folder, "a") as second:
            assert second is not None
            assert second.is_mine()
            assert not first.is_mine()
