import numpy as np
import pytest
from large_toy import KEY, negative, painting_with
from PIL import Image

from artmodels.style.painter import MARGIN
from tasks.decode import decode
from tasks.large.canvas import Canvas
from tasks.large.paint import TILE, Box, paint_strips, strip_rows
from tasks.large.picture import paint_picture
from tasks.large.source import Source
from tasks.settings import Settings


def paint(content, output, prepare, **options) -> np.ndarray:
    paint_picture(content, output, prepare, Settings(), rows=output.with_suffix(".rgb"), key=KEY, **options)
    return decode(output, 10**9, 1).image


def test_tiles_are_not_seen(painter, photo, small_tiles, tmp_path):
    prepare = painting_with(painter)
    tiled = paint(photo, tmp_path / "out.png", prepare).astype(int)
    content = decode(photo, 10**9, 1).image
    height, width = content.shape[:2]
    whole = prepare(content)(content, Box(0, 0, width, height)).astype(int)
    assert np.abs(whole - content).mean() > 5, "little painted would show little"
    difference = np.abs(tiled - whole)
    assert 10 * np.log10(255**2 / max((difference**2).mean(), 1e-9)) >= 60
    # Along the borders of tiles, two pixels on either side, it is no larger than elsewhere.
    along = np.zeros((height, width), bool)
    for border in range(small_tiles, max(height, width), small_tiles):
        along[border - 2 : border + 2] = True
        along[:, border - 2 : border + 2] = True
    assert difference[along].max() <= max(1, difference[~along].max())
    assert difference[along].mean() <= difference[~along].mean() + 0.01


@pytest.mark.parametrize(("height", "width"), [(96, 96), (97, 95), (1, 500), (500, 1), (8, 200), (191, 193), (33, 300)])
def test_every_pixel_is_painted_once_and_in_its_place(small_tiles, tmp_path, make_painting, height, width):
    pixels = make_painting(5, height, width)
    Image.fromarray(pixels).save(tmp_path / "in.png")
    assert np.array_equal(paint(tmp_path / "in.png", tmp_path / "out.png", negative), 255 - pixels)


def test_tiles_come_with_the_margin_that_is_there(small_tiles, photo, tmp_path):
    content, boxes = decode(photo, 10**9, 1).image, []

    def prepare(small):
        def look(tile, box):
            assert np.array_equal(tile, content[box.top : box.bottom, box.left : box.right])
            boxes.append(box)
            return tile

        return look

    paint(photo, tmp_path / "out.png", prepare)
    height, width = content.shape[:2]
    assert len(boxes) == -(-height // small_tiles) * -(-width // small_tiles)
    for box in boxes:
        assert all(side % 8 == 0 or side in (width, height) for side in box)
        assert (box.left == 0) or (box.right - box.left > MARGIN)
    assert boxes[6] == Box(96 - MARGIN, 96 - MARGIN, 192 + MARGIN, 192 + MARGIN)


def test_wide_pictures_get_low_strips():
    assert strip_rows(1) == strip_rows(30_000) == TILE
    assert strip_rows(1_000_000) == MARGIN
    for width in (50_000, 100_000, 123_457, 400_000):
        rows = strip_rows(width)
        assert rows % 8 == 0
        assert MARGIN <= rows <= TILE
        assert width * 3 * (2 * rows + 2 * MARGIN) <= 310_000_000 or rows == MARGIN


def test_progress_is_told_strip_by_strip(small_tiles, photo, tmp_path):
    shares = []
    paint(photo, tmp_path / "out.png", negative, on_strip=shares.append)
    assert shares == [96 / 301, 192 / 301, 288 / 301, 1.0]


def test_painting_begins_at_the_first_missing_row(small_tiles, photo, tmp_path):
    source, tops = Source(photo, 10**9), []

    def note(tile, box):
        tops.append(box.top)
        return tile

    with Canvas(tmp_path / "x.rgb", KEY, source.width, source.height) as canvas:
        canvas.add(np.zeros((192, source.width, 3), np.uint8))
        paint_strips(source, canvas, note)
    assert set(tops) == {192 - MARGIN, 288 - MARGIN}
