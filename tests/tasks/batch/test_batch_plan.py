import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, JpegImagePlugin

from artmodels.errors import AtelierError
from tasks.batch.encode import encode_picture, write_picture
from tasks.batch.grouping import PATIENCE, group_alike
from tasks.batch.plan import Item, demand_unique_outputs, item_key

KEY = "0" * 64
BAD_OUTPUTS = (
    *("", ".", "..", "../a.png", "/a.png", "a/../b.png", "./a.png", "a//b.png", "a.png/", ".a.png"),
    *("a/.b/c.png", "C:\\a.png", "a\\b.png", "a\nb.png", "\udc80.png", "a", "a.txt", "ledger.jsonl"),
    *("contact_sheet.jpg", "gallery_files/a.png", "Gallery_Files/a.png", "é" * 99 + ".png"),
)


@pytest.mark.parametrize("output", BAD_OUTPUTS)
def test_an_output_outside_the_folder_or_of_another_kind_is_refused(output: str) -> None:
    with pytest.raises(AtelierError, match="output="):
        Item(KEY, output, {})


@pytest.mark.parametrize("output", ["a.png", "a/b.JPG", "déjà vu.webp", "海.jpeg", "a..b.png"])
def test_a_picture_inside_the_folder_is_accepted(output: str) -> None:
    assert Item(KEY, output, {}).output == output


def test_a_key_is_a_sha256() -> None:
    with pytest.raises(AtelierError, match="key='abc'"):
        Item("abc", "a.png", {})


def test_a_key_does_not_depend_on_the_order_of_fields() -> None:
    assert item_key({"a": 1, "b": [1.5, None]}) == item_key({"b": [1.5, None], "a": 1})
    assert item_key({"a": 1}) != item_key({"a": 2})
    with pytest.raises(AtelierError, match="finite numbers"):
        item_key({"a": float("nan")})


@pytest.mark.parametrize("other", ["a/b.png", "a/B.png", "A/b.PNG"])
def test_a_clash_of_outputs_is_named(other: str) -> None:
    items = demand_unique_outputs([Item(KEY, "a/b.png", {}), Item(KEY, other, {})])
    next(items)
    with pytest.raises(AtelierError, match=f"'{other}'"):
        next(items)


@given(kinds=st.lists(st.integers(0, 5)), size=st.integers(1, 4))
def test_groups_are_alike_bounded_and_complete(kinds: list[int], size: int) -> None:
    taken = 0

    def things():
        nonlocal taken
        for thing in enumerate(kinds):
            taken += 1
            yield thing

    seen = []
    for group in group_alike(things(), lambda thing: thing[1], size):
        assert 1 <= len(group) <= size
        assert len({kind for _, kind in group}) == 1
        seen += group
        assert taken - len(seen) <= PATIENCE * size
    assert sorted(seen) == list(enumerate(kinds))


def test_a_rare_kind_does_not_wait_for_the_end() -> None:
    groups = group_alike(iter(["rare", *["usual"] * 1000]), str, 8)
    assert ["rare"] in [next(groups) for _ in range(PATIENCE + 1)]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".JPEG", ".webp"])
def test_pictures_come_back(tmp_path: Path, suffix: str) -> None:
    rows, columns = np.mgrid[0:40, 0:60].astype(np.uint8)
    image = np.stack([rows * 4, columns * 4, rows + columns], axis=2)
    path = tmp_path / f"picture{suffix}"
    written = write_picture(image, path)
    back = np.array(Image.open(path)).astype(int)
    assert np.abs(back - image).max() <= (0 if suffix == ".png" else 24)
    assert np.abs(back - image).mean() < 2
    assert written.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (written.bytes, written.width, written.height) == (path.stat().st_size, 60, 40)
    assert list(tmp_path.iterdir()) == [path]


def test_jpeg_keeps_the_colours_resolution() -> None:
    data = encode_picture(np.zeros((16, 16, 3), np.uint8), ".jpg")
    assert JpegImagePlugin.get_sampling(Image.open(io.BytesIO(data))) == 0, "4:4:4"


def test_what_a_format_cannot_hold_is_refused() -> None:
    with pytest.raises(AtelierError, match=r"'.gif' is not accepted"):
        encode_picture(np.zeros((4, 4, 3), np.uint8), ".gif")
    with pytest.raises(AtelierError, match="WEBP holds no more than 16383"):
        encode_picture(np.zeros((1, 16384, 3), np.uint8), ".webp")
