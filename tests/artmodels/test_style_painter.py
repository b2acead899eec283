import io
import struct
import zlib

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from artmodels.bundle import Bundle
from artmodels.errors import AtelierError
from artmodels.pictures import MOST_PIXELS, centre_square, from_bytes, shrink, to_bytes, to_picture, to_tensor
from artmodels.style.network import StyleTransferNet
from artmodels.style.painter import STYLE_SIDE, StylePainter

TINY = {"width": 4, "code": 16, "blocks": 1}


def tiny_bundle() -> Bundle:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        # Larger than at first, so that the style is seen in the pixels.
        state = {name: 3 * value for name, value in StyleTransferNet(**TINY).state_dict().items()}
    return Bundle("style", TINY, state)


@pytest.fixture(scope="module")
def painter() -> StylePainter:
    return StylePainter(tiny_bundle())


@pytest.fixture
def code(painter, make_painting) -> torch.Tensor:
    return painter.encode(make_painting(50, 61, 47))


@pytest.mark.parametrize("shape", [(96, 120), (1, 1), (2, 5), (1, 400), (399, 3), (37, 53)])
def test_pictures_keep_their_size(painter, make_painting, shape):
    content = make_painting(1, *shape)
    (painted,) = painter.paint([content], [painter.encode(content)])
    assert painted.shape == (*shape, 3)
    assert painted.dtype == np.uint8
    assert painted.flags.c_contiguous


@pytest.mark.parametrize("alpha", [1.0, 0.5, 0.0])
def test_pixels_depend_on_no_other_picture(painter, make_painting, alpha):
    contents = [make_painting(number, 45, 39) for number in range(4)]
    codes = [painter.encode(make_painting(10 + number, 30 + number, 50)) for number in range(4)]
    alone = [painter.paint([content], [code], alpha)[0] for content, code in zip(contents, codes, strict=True)]
    for size in range(1, 5):
        for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
            painted = []
            for first in range(0, 4, size):
                numbers = order[first : first + size]
                painted += painter.paint([contents[n] for n in numbers], [codes[n] for n in numbers], alpha)
            assert all(np.array_equal(one, alone[n]) for one, n in zip(painted, order, strict=True))


def test_content_and_style_and_alpha_tell(painter, make_painting, code):
    content, other = make_painting(1, 64, 64), make_painting(2, 64, 64)
    full = painter.paint([content], [code])[0]
    assert not np.array_equal(full, painter.paint([other], [code])[0])
    assert not np.array_equal(full, painter.paint([content], [painter.encode(other)])[0])
    none, little = (painter.paint([content], [code], alpha)[0] for alpha in (0.0, 0.01))
    assert np.array_equal(none, painter.paint([content], [painter.encode(content)])[0])
    assert not np.array_equal(none, full)
    apart = [np.abs(one.astype(int) - none).mean() for one in (little, full)]
    assert apart[0] < apart[1]


def test_pictures_are_read_only_views_as_well_as_their_own(painter, make_painting, code):
    content = make_painting(3, 40, 40)
    expected = painter.paint([content], [code])[0]
    before = content.copy()
    content.setflags(write=False)
    assert np.array_equal(painter.paint([content], [code])[0], expected)
    assert np.array_equal(painter.paint([content[:, ::-1][:, ::-1]], [code])[0], expected)
    assert np.array_equal(content, before)


def table(*pairs: tuple[bytes, bytes]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["content", "style"])


def test_rows_of_picture_files_become_png_files(painter, make_painting, encode):
    content, style = make_painting(1, 50, 40), make_painting(2, 700, 600)
    answers = painter.predict(table((encode(content), encode(style)), (encode(style), encode(content))), {})
    assert [answer[:8] for answer in answers] == [b"\x89PNG\r\n\x1a\n"] * 2
    (expected,) = painter.paint([content], [painter.encode(shrink(style, STYLE_SIDE))])
    assert np.array_equal(from_bytes(answers[0]), expected)
    assert from_bytes(answers[1]).shape == style.shape


def test_alpha_is_a_parameter(painter, make_painting, encode):
    row = table((encode(make_painting(1, 50, 40)), encode(make_painting(2, 50, 40))))
    full = painter.predict(row, {})
    assert painter.predict(row, {"alpha": 1}) == full
    assert painter.predict(row, {"alpha": 0.25}) != full
    for alpha in (-0.01, 1.01, float("nan"), float("inf")):
        with pytest.raises(AtelierError, match=f"alpha={alpha} is not accepted: a number from 0 to 1"):
            painter.predict(row, {"alpha": alpha})


def huge_png(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it is large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b"")


def test_bytes_that_are_no_picture_are_a_fault_to_mend(painter, make_painting, encode):
    good = encode(make_painting(1, 20, 20))
    for bad in (b"", b"hello", good[:60], b"GIF89a", good[:8] + b"\0" * 40):
        for row in (table((bad, good)), table((good, bad))):
            with pytest.raises(AtelierError, match=r"A picture cannot be decoded.*: send JPEG, PNG or WebP bytes"):
                painter.predict(row, {})


@pytest.mark.parametrize("limit", [None, 1000, MOST_PIXELS * 4 // 3])
def test_a_picture_too_large_is_refused_before_it_is_decoded(painter, monkeypatch, limit):
    # Whatever Pillow's own limit is: other rooms take it away.
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    for size in ((8193, 8192), (2**31 - 1, 2**31 - 1)):
        with pytest.raises(AtelierError, match=f"too large: at most {MOST_PIXELS} pixels"):
            from_bytes(huge_png(*size))


@settings(max_examples=150)
@given(st.data(), st.sampled_from(["PNG", "JPEG", "WEBP", "GIF"]))
def test_damaged_bytes_give_a_picture_or_a_fault_to_mend(data, kind):
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)).save(file, kind)
    whole = bytearray(file.getvalue())
    for _ in range(data.draw(st.integers(0, 3))):
        # Not the places that say how large the picture is: memory for a large one would be taken.
        whole[data.draw(st.integers(30, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        picture = from_bytes(cut)
    except AtelierError:
        return
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3


def test_pictures_of_all_modes_are_read_upright(encode, make_painting):
    picture = Image.fromarray(make_painting(1, 20, 30))
    for mode in ("L", "LA", "P", "RGBA", "1", "I;16"):
        converted = Image.new("I;16", (30, 20)) if mode == "I;16" else picture.convert(mode)
        assert from_bytes(encode(converted)).shape == (20, 30, 3)
    exif = Image.Exif()
    exif[0x0112] = 6
    assert from_bytes(encode(picture, "JPEG", exif=exif)).shape == (30, 20, 3)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32))
def test_pixels_survive_tensors_and_files(height, width, seed):
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    tensor = to_tensor(picture)
    assert tensor.shape == (3, height, width)
    assert np.array_equal(to_picture(tensor), picture)
    assert np.array_equal(from_bytes(to_bytes(picture)), picture)
    assert shrink(picture, 10).shape[:2] == (height, width) or min(shrink(picture, 10).shape[:2]) == 10
    assert centre_square(picture, 8).shape == (8, 8, 3)


def test_a_bundle_that_does_not_fit_is_a_fault_to_mend():
    good = tiny_bundle()
    for config, fault in (
        (TINY | {"width": 8}, "weights do not fit its configuration: size mismatch"),
        (TINY | {"blocks": 2}, "weights do not fit its configuration: Missing key"),
        (TINY | {"colour": 2}, "configuration has colour: Extra inputs"),
        (TINY | {"width": 10**9}, "configuration has width: Input should be less than or equal to 128"),
    ):
        with pytest.raises(AtelierError, match=fault) as caught:
            StylePainter(Bundle("style", config, good.tensors))
        assert "\n" not in str(caught.value)
