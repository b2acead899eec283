import io
import struct
import zlib

import cv2
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
from artmodels.style.controls import Controls
from artmodels.style.network import StyleTransferNet
from artmodels.style.painter import MARGIN, SURVEY_PIXELS, Style, StylePainter, survey_copy

TINY = {"depth": 1, "code": 16, "blocks": 1}


def tiny_bundle() -> Bundle:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        # Larger than at first, so that the style is seen in the pixels.
        state = {
            name: (2.1 if value.dim() == 4 else 1) * value
            for name, value in StyleTransferNet(**TINY).state_dict().items()
        }
    return Bundle("style", TINY, state)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    error = np.square(one.astype(float) - other).mean()
    return 10 * np.log10(255**2 / error) if error else np.inf


@pytest.fixture(scope="module")
def painter() -> StylePainter:
    return StylePainter(tiny_bundle())


@pytest.fixture
def code(painter, make_painting) -> Style:
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
    assert np.array_equal(none, painter.paint([content], [painter.encode(other)], 0.0)[0])
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
    (expected,) = painter.paint([content], [painter.encode(style)])
    assert np.array_equal(from_bytes(answers[0]), expected)
    assert from_bytes(answers[1]).shape == style.shape


def test_alpha_is_a_parameter(painter, make_painting, encode):
    row = table((encode(make_painting(1, 50, 40)), encode(make_painting(2, 50, 40))))
    full = painter.predict(row, {})
    assert painter.predict(row, {"alpha": 1}) == full
    assert painter.predict(row, {"alpha": 0.25}) != full
    for alpha in (-0.01, 1.01, float("nan"), float("inf")):
        with pytest.raises(AtelierError, match=rf"alpha={alpha} is not accepted: Input should be"):
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
        (TINY | {"code": 32}, "weights do not fit its configuration: it asks for"),
        (TINY | {"blocks": 2}, "weights do not fit its configuration: it asks for"),
        (TINY | {"colour": 2}, "configuration has colour: Extra inputs"),
        (TINY | {"depth": 10**9}, "configuration has depth: Input should be less than or equal to 8"),
    ):
        with pytest.raises(AtelierError, match=fault) as caught:
            StylePainter(Bundle("style", config, good.tensors))
        assert "\n" not in str(caught.value)


def test_bfloat16_shows_no_difference(make_painting):
    content, style = make_painting(1, 200, 160), make_painting(2, 128, 150)
    painted = []
    for dtype in (torch.float32, torch.bfloat16):
        painter = StylePainter(tiny_bundle(), dtype=dtype)
        painted.append(painter.paint([content], [painter.encode(style)])[0])
    assert psnr(*painted) >= 40


def test_a_tile_with_its_margin_is_painted_as_in_the_whole(painter, make_painting, code):
    content = make_painting(4, 320, 400)
    recipe = painter.plan(content, [code])
    whole = painter.apply(content, recipe)
    tile = painter.apply(content[128 - MARGIN : 192 + MARGIN, 136 - MARGIN : 264 + MARGIN], recipe)
    inner = tile[MARGIN:-MARGIN, MARGIN:-MARGIN]
    assert np.abs(inner.astype(int) - whole[128:192, 136:264]).max() <= 1


def test_a_large_content_is_surveyed_on_a_small_copy(make_painting):
    assert survey_copy(make_painting(1, 100, 90)).shape == (100, 90, 3)
    assert abs(survey_copy(np.zeros((3000, 1000, 3), np.uint8))[..., 0].size - SURVEY_PIXELS) < 3000


def test_colours_are_kept(painter, make_painting, code):
    content = make_painting(5, 60, 80)
    painted = painter.repaint(content, [code], Controls(keep_colours=True))
    ours, theirs = (cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(int) for picture in (painted, content))
    # A colour that is not in sRGB at the new lightness is brought back into it.
    assert np.median(np.abs(ours[..., 1:] - theirs[..., 1:])) <= 2
    assert not np.array_equal(ours[..., 0], theirs[..., 0])


def test_styles_are_mixed_by_their_weights(painter, make_painting, code):
    content, other = make_painting(6, 60, 80), painter.encode(make_painting(51, 61, 47))
    alone = painter.repaint(content, [code], Controls())
    mixed = [painter.repaint(content, [code, other], Controls(weights=shares)) for shares in ((1, 0), (0.5, 0.5))]
    assert psnr(mixed[0], alone) > 50
    assert psnr(mixed[1], alone) < 50
    with pytest.raises(AtelierError, match=r"weights=\[1.0\] is not accepted: one for each of the 2 styles"):
        painter.repaint(content, [code, other], Controls(weights=(1,)))


def test_masks_give_each_style_its_region(painter, make_painting, code):
    content, other = make_painting(7, 64, 96), painter.encode(make_painting(51, 61, 47))
    left = np.zeros((64, 96), np.uint8)
    left[:, :40] = 255
    painted = painter.repaint(content, [code, other], Controls(), [left, 255 - left])
    assert np.array_equal(painter.repaint(content, [code], Controls(), [left])[:, :40], painted[:, :40])
    assert np.array_equal(painter.repaint(content, [code], Controls(), [left])[:, 40:], content[:, 40:])
    for wrong, words in ((left[:10], "The mask has 96 x 10 pixels where"), (0 * left, "The mask is black all over")):
        with pytest.raises(AtelierError, match=words):
            painter.repaint(content, [code], Controls(), [wrong])


def test_the_brush_tells(painter, make_painting):
    picture = make_painting(8, 60, 80)
    fine, coarse = painter.encode(picture, 0.25), painter.encode(picture, 2)
    assert not torch.allclose(fine[1].covariance, coarse[1].covariance, rtol=1e-3)


def test_a_served_row_may_have_several_styles_and_masks(painter, make_painting, encode):
    content, styles = make_painting(1, 50, 40), [make_painting(seed, 50, 40) for seed in (2, 3)]
    row = {"content": encode(content), "style": encode(styles[0]), "more_styles": [encode(styles[1])]}
    (mixed,) = painter.predict(pd.DataFrame([row]), {"weights": "0.5,0.5"})
    codes = [painter.encode(style) for style in styles]
    assert np.array_equal(from_bytes(mixed), painter.repaint(content, codes, Controls(weights=(0.5, 0.5))))
    mask = np.zeros((50, 40), np.uint8)
    mask[:20] = 255
    (masked,) = painter.predict(pd.DataFrame([row | {"masks": [encode(mask), encode(255 - mask)]}]), {})
    assert np.array_equal(from_bytes(masked), painter.repaint(content, codes, Controls(), [mask, 255 - mask]))
    for bad, words in (
        ({"weights": "0.5"}, "weights"),
        ({"weights": "0.5,0.6"}, "weights .*sum to 1.1|sum to 1, these sum to 1.1"),
        ({"weights": "a,b"}, "weights.0='a' is not accepted"),
        ({"brush": 0.0}, "brush=0.0 is not accepted"),
        ({"colour": 1}, "colour=1 is not accepted"),
    ):
        with pytest.raises(AtelierError, match=words):
            painter.predict(pd.DataFrame([row]), bad)
    with pytest.raises(AtelierError, match="masks holds 1 pictures where there are 2 styles"):
        painter.predict(pd.DataFrame([row | {"masks": [encode(mask)]}]), {})
