import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artmodels.errors import AtelierError
from tasks.batch import Item, find_damaged, item_key, read_ledger
from tasks.batch.encode import Written
from tasks.batch.history import COLUMNS
from tasks.batch.ledger import Ledger, Summary


def make_item(name: str, version: int = 1) -> Item:
    record = {"picture": name, "version": version}
    return Item(item_key(record), f"{name}.png", record)


def put(out: Path, item: Item, size: int) -> Written:
    """Write a file of `size` bytes where the item's picture belongs."""
    (out / item.output).write_bytes(b"x" * size)
    return Written("0" * 64, size, 10, 20)


def test_done_needs_the_line_and_the_file(tmp_path: Path) -> None:
    item = make_item("a")
    with Ledger(tmp_path) as ledger:
        picture = put(tmp_path, item, 5)
        assert not ledger.done(item), "a file without a line may be anybody's"
        ledger.add_done(item, picture, 0.1)
        assert ledger.done(item)
        assert not ledger.done(make_item("a", version=2))
        put(tmp_path, item, 6)
        assert not ledger.done(item)
        (tmp_path / item.output).unlink()
        assert not ledger.done(item)


def test_a_torn_last_line_is_mended(tmp_path: Path) -> None:
    one, two = make_item("a"), make_item("b")
    with Ledger(tmp_path) as ledger:
        for item in (one, two):
            ledger.add_done(item, put(tmp_path, item, 5), 0.1)
    whole = ledger.path.read_bytes()
    for length in range(whole.index(b"\n") + 1, len(whole), 11):
        ledger.path.write_bytes(whole[:length])
        assert len(read_ledger(tmp_path)) == 1
        with Ledger(tmp_path) as again:
            assert again.done(one)
            assert not again.done(two)
            again.add_done(two, put(tmp_path, two, 5), 0.1)
        assert list(read_ledger(tmp_path).output) == ["a.png", "b.png"]


def test_zeros_after_a_power_cut_are_mended(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.add_done(make_item("a"), put(tmp_path, make_item("a"), 5), 0.1)
    with ledger.path.open("ab") as file:
        file.write(b"\0" * 200_000)
    with Ledger(tmp_path) as again:
        assert again.summary() == Summary(done=1, set_aside=0)


@pytest.mark.parametrize("line", [b"{\n", b"[]\n", b"7\n", b'{"status":"odd"}\n', b'{"status":"done"}\n', b"\n"])
def test_a_damaged_line_is_named(tmp_path: Path, line: bytes) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.add_set_aside(make_item("a"), "too dark")
    ledger.path.write_bytes(line + ledger.path.read_bytes())
    with pytest.raises(AtelierError, match=r"ledger.jsonl, line 1, is damaged"):
        Ledger(tmp_path)


def test_a_failed_write_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path)
    ledger.add_set_aside(make_item("a"), "too dark")

    class Full:
        """A disk that takes ten bytes and no more."""

        room = 10
        file = ledger._file

        def write(self, data: memoryview) -> int:
            if not self.room:
                raise OSError(28, "No space left on device")
            written = self.file.write(data[: self.room])
            self.room = 0
            return written

        def fileno(self) -> int:
            return self.file.fileno()

    monkeypatch.setattr(ledger, "_file", Full())
    with pytest.raises(AtelierError, match="No space left on device"):
        ledger.add_set_aside(make_item("b"), "too bright")
    monkeypatch.undo()
    with ledger:
        ledger.add_set_aside(make_item("c"), "too red")
    assert list(read_ledger(tmp_path).output) == ["a.png", "c.png"]


def test_the_table_has_what_the_lines_say(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        ledger.add_done(make_item("a"), put(tmp_path, make_item("a"), 5), 0.25)
        ledger.add_set_aside(make_item("b"), "too dark")
        assert ledger.summary() == Summary(done=1, set_aside=1)
    table = read_ledger(ledger.path).set_index("output")
    assert list(table.reset_index().columns) == list(COLUMNS)
    assert table.loc["a.png", "seconds"] == 0.25
    assert table.loc["a.png", "record"] == {"picture": "a", "version": 1}
    assert table.loc["b.png", "reason"] == "too dark"
    assert find_damaged(tmp_path) == ["a.png"], "its bytes are not those of the sha256"


def test_a_folder_without_ledger_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AtelierError, match="is not there"):
        read_ledger(tmp_path)


steps = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.integers(1, 3),
        st.sampled_from(["done", "aside"]),
        st.one_of(st.none(), st.integers(0, 400)),
    ),
    max_size=15,
)


@settings(max_examples=60, deadline=None)
@given(steps=steps)
def test_any_order_of_lines_and_kills_is_remembered(steps: list[tuple[str, int, str, int | None]]) -> None:
    """A kill is a file cut somewhere in its last line; what counts is each output's last whole line."""
    with tempfile.TemporaryDirectory() as folder:
        out, expected = Path(folder), {}
        ledger = Ledger(out)
        for name, version, status, kept in steps:
            item = make_item(name, version)
            before, length = expected.get(name), ledger.path.stat().st_size
            if status == "done":
                ledger.add_done(item, put(out, item, version), 0.1)
            else:
                ledger.add_set_aside(item, f"reason {version}")
            expected[name] = (status, version)
            if kept is not None:
                ledger.__exit__(None, None, None)
                added = ledger.path.stat().st_size - length
                if kept < added:
                    ledger.path.write_bytes(ledger.path.read_bytes()[: length + kept])
                    expected[name] = before
                ledger = Ledger(out)
        with ledger:
            known = {name: state for name, state in expected.items() if state}
            for name, (status, version) in known.items():
                put(out, make_item(name), version)
                assert ledger.done(make_item(name, version)) == (status == "done")
                assert not ledger.done(make_item(name, version + 1))
            assert ledger.summary().set_aside == sum(status == "aside" for status, _ in known.values())
        assert sorted(read_ledger(out).output) == sorted(f"{name}.png" for name in known)


@pytest.mark.timeout(60)
def test_a_long_ledger_is_read_in_a_time_that_grows_with_it(tmp_path: Path) -> None:
    record = {"content": {"path": "/photos/a.jpg", "sha256": "a" * 64}, "model": {"name": "style", "version": "3"}}
    facts = {"sha256": "0" * 64, "bytes": 450_000, "width": 512, "height": 512, "seconds": 0.1, "at": ""}
    with (tmp_path / "ledger.jsonl").open("w") as file:
        for number in range(100_000):
            head = {"output": f"{number}.png", "key": f"{number:064x}", "status": "done"}
            file.write(json.dumps({**head, **facts, "record": record}) + "\n")
    with Ledger(tmp_path) as ledger:
        assert ledger.summary().done == 100_000
