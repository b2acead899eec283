import errno
import shutil
from pathlib import Path

import numpy as np
import pytest
from large_toy import KEY, negative

from artmodels.errors import AtelierError
from tasks.batch.encode import CannotWrite
from tasks.decode import decode
from tasks.large.canvas import Canvas
from tasks.large.picture import paint_picture
from tasks.large.publish import publish
from tasks.settings import Settings


@pytest.fixture
def rows() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)


def write_rows(path: Path, pixels: np.ndarray) -> None:
    with Canvas(path, KEY, pixels.shape[1], len(pixels)) as canvas:
        canvas.add(pixels)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (63, 5), (64, 5), (65, 5), (128, 3), (1000, 7)])
def test_the_rows_are_a_tiff_file_for_all_readers(tmp_path, make_painting, height, width):
    pixels = make_painting(1, height, width)
    write_rows(tmp_path / "x.rgb", pixels)
    assert np.array_equal(decode(tmp_path / "x.rgb", 10**6, 1).image, pixels)
    publish(tmp_path / "x.rgb", tmp_path / "x.png")
    assert np.array_equal(decode(tmp_path / "x.png", 10**6, 1).image, pixels)


def test_rows_are_where_they_belong_however_often_it_is_opened(tmp_path, rows):
    for top in range(0, 40, 10):
        with Canvas(tmp_path / "a" / "x.rgb", KEY, 30, 40) as canvas:
            assert canvas.done == top
            canvas.add(rows[top : top + 10])
    assert np.array_equal(decode(tmp_path / "a" / "x.rgb", 10**6, 1).image, rows)
    canvas.remove()
    assert list((tmp_path / "a").iterdir()) == []


@pytest.mark.parametrize(("key", "width", "height"), [("1" * 64, 30, 40), (KEY, 40, 30), (KEY, 30, 41)])
def test_rows_of_another_picture_are_painted_over(tmp_path, rows, key, width, height):
    with Canvas(tmp_path / "x.rgb", KEY, 30, 40) as canvas:
        canvas.add(rows)
    with Canvas(tmp_path / "x.rgb", key, width, height) as canvas:
        assert canvas.done == 0


@pytest.mark.parametrize("note", ["", "{", "[1]", '{"rows": "many"}', '{"key": 1}'])
def test_a_damaged_note_means_to_begin_anew(tmp_path, rows, note):
    with Canvas(tmp_path / "x.rgb", KEY, 30, 40) as canvas:
        canvas.add(rows)
    (tmp_path / "x.json").write_text(note)
    with Canvas(tmp_path / "x.rgb", KEY, 30, 40) as canvas:
        assert canvas.done == 0


def test_rows_that_are_gone_are_painted_again(tmp_path, rows):
    with Canvas(tmp_path / "x.rgb", KEY, 30, 40) as canvas:
        canvas.add(rows)
    whole = (tmp_path / "x.rgb").read_bytes()
    (tmp_path / "x.rgb").write_bytes(whole[:-1])
    with Canvas(tmp_path / "x.rgb", KEY, 30, 40) as canvas:
        assert canvas.done == 0


def test_a_full_disk_is_said_in_words_and_leaves_what_was_painted(tmp_path, rows, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with Canvas(tmp_path / "x.rgb", KEY, 30, 40) as canvas:
        canvas.add(rows[:10])
        with monkeypatch.context() as patch:
            patch.setattr("tasks.large.canvas.os.fsync", full)
            with pytest.raises(CannotWrite, match="No space left on device"):
                canvas.add(rows[10:20])
    with Canvas(tmp_path / "x.rgb", KEY, 30, 40) as canvas:
        assert canvas.done == 10
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match="cannot be written"):
        Canvas(tmp_path / "file" / "x.rgb", KEY, 30, 40)


@pytest.mark.parametrize("suffix", [".tif", ".png", ".jpg"])
def test_a_finished_picture_has_the_format_of_its_name(tmp_path, make_painting, suffix):
    pixels = make_painting(1, 700, 900)
    write_rows(tmp_path / "x.rgb", pixels)
    written = publish(tmp_path / "x.rgb", tmp_path / f"out{suffix}")
    read = decode(tmp_path / f"out{suffix}", 10**6, 1)
    difference = np.abs(read.image.astype(int) - pixels)
    assert difference.mean() < 2 if suffix == ".jpg" else difference.max() == 0
    assert read.format == {".tif": "TIFF", ".png": "PNG", ".jpg": "JPEG"}[suffix]
    # A pyramid: 900, 450, 225 pixels wide.
    assert read.note == ("several pages: first page of 3" if suffix == ".tif" else None)
    assert (written.width, written.height) == (900, 700)
    assert written.bytes == (tmp_path / f"out{suffix}").stat().st_size
    assert publish(tmp_path / "x.rgb", tmp_path / f"again{suffix}").sha256 == written.sha256
    assert sorted(path.suffix for path in tmp_path.iterdir()) == sorted([".json", ".rgb", suffix, suffix])


def test_what_a_format_cannot_hold_is_refused(tmp_path):
    write_rows(tmp_path / "x.rgb", np.zeros((1, 70_000, 3), np.uint8))
    with pytest.raises(AtelierError, match="JPEG holds no more than 65500 pixels a side, this has 70000 x 1"):
        publish(tmp_path / "x.rgb", tmp_path / "x.jpg")
    with pytest.raises(AtelierError, match=r"suffix '.bmp' is not accepted for a large picture: .tif, .png, .jpg are"):
        publish(tmp_path / "x.rgb", tmp_path / "x.bmp")
    with pytest.raises(CannotWrite, match="cannot be written"):
        publish(tmp_path / "missing.rgb", tmp_path / "x.tif")


def test_too_large_a_picture_and_too_small_a_disk_are_refused_before_anything_is_read(photo, tmp_path, monkeypatch):
    def paint(**settings):
        settings = Settings(**settings)
        paint_picture(photo, tmp_path / "out.tif", negative, settings, rows=tmp_path / "u" / "x.rgb", key=KEY)

    def unread(*_):
        raise AssertionError

    monkeypatch.setattr("tasks.large.source.Source._open", unread)
    with pytest.raises(
        AtelierError, match=r"photo.png has 413 x 301 pixels, and at most 100000 are accepted: set ATELIER"
    ):
        paint(max_large_pixels=100_000)
    monkeypatch.setattr("tasks.large.limits.LONGEST_SIDE", 400)
    with pytest.raises(AtelierError, match=r"photo.png has 413 x 301 pixels: at most 400 a side"):
        paint()
    monkeypatch.undo()
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("tasks.large.limits.shutil.disk_usage", lambda _: usage._replace(free=800_000))
    with pytest.raises(
        AtelierError, match=r"413 x 301 pixels needs 0.00087 GB of disk in .*u while .* 0.0008 GB are free: make"
    ):
        paint()
    monkeypatch.setattr("tasks.large.limits.shutil.disk_usage", lambda _: usage._replace(free=900_000))
    paint()
