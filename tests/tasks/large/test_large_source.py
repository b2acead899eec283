import io

import cv2
import numpy as np
import pytest
import pyvips
from PIL import Image

from artmodels.style.painter import survey_copy
from tasks.decode import BadPicture, decode
from tasks.large.source import Source, read_copy

SIDES = (150, 203)
WHOLE = 1_000_000


@pytest.fixture
def pixels(make_painting) -> np.ndarray:
    return make_painting(1, *SIDES)


def read(source: Source, start: int = 0, rows: int = 32) -> np.ndarray:
    return np.concatenate([strip.copy() for strip in source.strips(start, rows, 0)])


def deep(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.uint16) * 257


def written(pixels: np.ndarray, kind: str) -> bytes:
    """The picture as a file of one kind of many."""
    picture, alpha = Image.fromarray(pixels), np.linspace(0, 255, pixels.shape[1]).astype(np.uint8)
    see_through = np.dstack([pixels, np.broadcast_to(alpha, pixels.shape[:2])])
    file = io.BytesIO()
    if kind == "16-bit PNG":
        return pyvips.Image.new_from_array(deep(pixels), interpretation="rgb16").pngsave_buffer(bitdepth=16)
    if kind == "16-bit TIFF":
        return pyvips.Image.new_from_array(deep(pixels), interpretation="rgb16").tiffsave_buffer(compression="lzw")
    if kind == "16-bit transparent":
        return pyvips.Image.new_from_array(deep(see_through), interpretation="rgb16").pngsave_buffer(bitdepth=16)
    if kind == "interlaced PNG":
        return pyvips.Image.new_from_array(pixels).pngsave_buffer(interlace=True)
    if kind == "tiled TIFF":
        return pyvips.Image.new_from_array(pixels).tiffsave_buffer(tile=True, pyramid=True)
    if kind == "CMYK":
        return pyvips.Image.new_from_array(pixels).icc_transform("cmyk", input_profile="srgb").jpegsave_buffer(Q=95)
    if kind == "16-bit grey":
        Image.fromarray(deep(pixels)[..., 0]).save(file, "PNG")
    elif kind == "transparent":
        Image.fromarray(see_through).save(file, "PNG")
    elif kind == "progressive JPEG":
        picture.save(file, "JPEG", progressive=True)
    elif kind == "broken profile":
        picture.save(file, "JPEG", icc_profile=b"broken" * 40)
    else:
        modes = {"grey JPEG": "L", "palette": "P", "bits": "1"}
        picture.convert(modes.get(kind, "RGB")).save(file, "JPEG" if "JPEG" in kind else kind.split()[-1][:4])
    return file.getvalue()


KINDS = {
    **{"JPEG": "jpg", "PNG": "png", "TIFF": "tif", "tiled TIFF": "tif", "WEBP": "webp", "grey JPEG": "jpg"},
    **{"16-bit PNG": "png", "16-bit TIFF": "tif", "16-bit transparent": "png", "16-bit grey": "png"},
    **{"transparent": "png", "interlaced PNG": "png", "progressive JPEG": "jpg", "CMYK": "jpg"},
    **{"broken profile": "jpg", "GIF": "gif", "BMP": "bmp"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_all_kinds_are_read_as_they_are_decoded(tmp_path, pixels, kind):
    path = tmp_path / f"picture.{KINDS[kind]}"
    path.write_bytes(written(pixels, kind))
    source = Source(path, WHOLE)
    assert (source.height, source.width) == SIDES
    seen, expected = read(source).astype(int), decode(path, WHOLE, 1).image.astype(int)
    # Alpha is rounded once or twice; two implementations of a profile's black point differ a little.
    assert np.abs(seen - expected).max() <= {"CMYK": 4}.get(kind, 1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_turned_pictures_are_read_upright(tmp_path, pixels, encode, orientation, kind):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned"
    path.write_bytes(encode(pixels, kind, exif=exif))
    expected = decode(path, WHOLE, 1).image
    source = Source(path, WHOLE)
    assert (source.height, source.width) == expected.shape[:2]
    assert np.array_equal(read(source), expected)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("start", [0, 8, 64, 149])
@pytest.mark.parametrize("margin", [0, 5, 64, 500])
def test_strips_overlap_by_their_margins_and_begin_anywhere(tmp_path, pixels, encode, kind, start, margin):
    path = tmp_path / "picture"
    path.write_bytes(encode(pixels, kind))
    whole = decode(path, WHOLE, 1).image
    tops = range(start, 150, 40)
    strips = Source(path, WHOLE).strips(start, 40, margin)
    for top, strip in zip(tops, strips, strict=True):
        assert np.array_equal(strip, whole[max(0, top - margin) : top + 40 + margin])


def test_the_small_copy_is_an_average_by_area(tmp_path, encode):
    noise = np.random.default_rng(0).integers(0, 256, (640, 960, 3), np.uint8)
    path = tmp_path / "noise.png"
    path.write_bytes(encode(noise))
    small = Source(path, WHOLE).survey(100 * 150)
    assert small.shape == (107, 160, 3)
    exact = cv2.resize(noise[:636], (160, 106), interpolation=cv2.INTER_AREA)
    assert np.abs(small[:106].astype(int) - exact).max() <= 1
    assert survey_copy(Source(path, WHOLE).survey(10**9)).shape == noise.shape


def test_a_source_may_be_smaller_than_its_file(tmp_path, make_painting, encode):
    path = tmp_path / "picture.png"
    path.write_bytes(encode(make_painting(2, 300, 451)))
    source = Source(path, WHOLE, side=100)
    assert (source.height, source.width) == (100, 150)
    small = read(source)
    expected = cv2.resize(make_painting(2, 300, 451), (150, 100), interpolation=cv2.INTER_AREA)
    assert small.shape == expected.shape
    assert np.abs(small.astype(int) - expected).mean() < 2
    assert Source(path, WHOLE, side=1000).height == 300


@pytest.mark.parametrize("kind", ["progressive JPEG", "interlaced PNG", "WEBP"])
def test_what_must_be_decoded_whole_has_a_limit(tmp_path, pixels, kind):
    path = tmp_path / f"picture.{KINDS[kind]}"
    path.write_bytes(written(pixels, kind))
    with pytest.raises(
        BadPicture, match=r"must be decoded whole, .* up to 30000 pixels, and this has 203 x 150: save it"
    ):
        read(Source(path, 30_000))


def test_colours_without_a_meaning_are_refused(tmp_path):
    path = tmp_path / "deep.tif"
    Image.fromarray(np.random.default_rng(0).random((20, 30)).astype(np.float32)).save(path)
    with pytest.raises(BadPicture, match="float pixels have no agreed white; 8 or 16 bits are accepted"):
        read(Source(path, WHOLE))
    pyvips.Image.black(20, 30, bands=6).tiffsave(str(path))
    with pytest.raises(BadPicture, match="undecodable"):
        read(Source(path, WHOLE))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_half_a_file_is_refused_in_one_line(tmp_path, encode, kind):
    noise = np.random.default_rng(0).integers(0, 256, (600, 400, 3), np.uint8)
    data = encode(noise, kind)
    path = tmp_path / "half"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(BadPicture) as caught:
        read(Source(path, WHOLE))
    assert "\n" not in str(caught.value)
    with pytest.raises(BadPicture):
        Source(path, WHOLE).survey(100)


def test_no_picture_is_refused(tmp_path):
    path = tmp_path / "words.jpg"
    path.write_text("no picture")
    for read_it in (lambda: Source(path, WHOLE), lambda: read_copy(path, 64)):
        with pytest.raises(BadPicture, match="undecodable"):
            read_it()


@pytest.mark.parametrize("kind", [kind for kind, suffix in KINDS.items() if suffix in ("jpg", "png", "tif")])
def test_a_copy_to_look_at_fits_and_shows_the_picture(tmp_path, pixels, kind):
    path = tmp_path / f"picture.{KINDS[kind]}"
    path.write_bytes(written(pixels, kind))
    small = read_copy(path, 64)
    assert small.shape in ((47, 64, 3), (48, 64, 3))
    expected = cv2.resize(decode(path, WHOLE, 1).image, (64, len(small)), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - expected).mean() < 4
