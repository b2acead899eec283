import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from tasks.decode import BadPicture, Decoded, decode

TOP, BOTTOM = (200, 30, 60), (20, 130, 90)
LIMITS = {"max_pixels": 1_000_000, "min_side": 16}


def flag() -> Image.Image:
    """Two bands: large flat areas, so that lossy codecs keep the colours."""
    image = np.empty((80, 100, 3), np.uint8)
    image[:40], image[40:] = TOP, BOTTOM
    return Image.fromarray(image)


def ramp() -> np.ndarray:
    return np.linspace(0, 65535, 8000).reshape(80, 100).astype(np.uint16)


def assert_flag(decoded: Decoded, tolerance: int = 4, flipped: bool = False) -> None:
    first, last = (BOTTOM, TOP) if flipped else (TOP, BOTTOM)
    assert decoded.image.dtype == np.uint8
    assert decoded.image.flags.writeable
    assert np.abs(decoded.image[3, 3].astype(int) - first).max() <= tolerance
    assert np.abs(decoded.image[-4, -4].astype(int) - last).max() <= tolerance


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "PPM", "AVIF", "JPEG2000"])
def test_every_format_is_decoded_whatever_its_name(tmp_path, encode, kind):
    path = tmp_path / "picture.txt"
    path.write_bytes(encode(flag(), kind))
    decoded = decode(path, **LIMITS)
    assert_flag(decoded)
    assert (decoded.format, decoded.note) == (kind, None)
    assert decoded.exact == (kind in ("PNG", "JPEG"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation_is_applied(encode, kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    decoded = decode(encode(flag(), kind, exif=exif), **LIMITS)
    assert decoded.image.shape == (100, 80, 3)
    # Turned clockwise, the top band is on the right.
    assert np.abs(decoded.image[50, -4].astype(int) - TOP).max() <= 4
    assert not decoded.exact


def test_an_embedded_profile_is_converted(encode):
    wide = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # Exchange the red and the green primary in the tag table: a profile of its own, without shipping a file.
    red, green = wide.index(b"rXYZ", 128), wide.index(b"gXYZ", 128)
    wide[red : red + 4], wide[green : green + 4] = b"gXYZ", b"rXYZ"
    foreign = bytes(wide).replace("sRGB".encode("utf-16-be"), "Swap".encode("utf-16-be")).replace(b"sRGB", b"Swap")
    decoded = decode(encode(flag(), "PNG", icc_profile=foreign), **LIMITS)
    assert np.abs(decoded.image[3, 3].astype(int) - (30, 200, 60)).max() <= 3
    assert decoded.note is None
    assert not decoded.exact


def test_srgb_profiles_change_nothing(encode):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    decoded = decode(encode(flag(), "PNG", icc_profile=profile), **LIMITS)
    assert_flag(decoded, tolerance=0)
    assert decoded.exact


def test_broken_and_foreign_profiles_are_noted(encode):
    broken = decode(encode(flag(), "JPEG", icc_profile=b"no profile" * 30), **LIMITS)
    assert broken.note == "broken colour profile left out"
    assert_flag(broken)
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    foreign = decode(encode(flag(), "PNG", icc_profile=lab), **LIMITS)
    assert foreign.note == "colour profile for LAB pixels left out"
    assert_flag(foreign, tolerance=0)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(encode, kind):
    assert_flag(decode(encode(flag().convert("CMYK"), kind), **LIMITS))


def test_lab(encode):
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    picture = ImageCms.profileToProfile(flag(), srgb, lab, outputMode="LAB")
    assert_flag(decode(encode(picture, "TIFF"), **LIMITS))


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_are_scaled_not_clipped(suffix, channels):
    image = ramp() if channels == 1 else np.dstack([ramp()] * 3)
    decoded = decode(cv2.imencode(suffix, image)[1].tobytes(), **LIMITS)
    expected = np.round(ramp() / 257).astype(int)
    assert np.abs(decoded.image[..., 0].astype(int) - expected).max() <= 1
    assert decoded.image.max() == 255
    assert not decoded.exact


def test_palette_grey_and_bilevel(encode):
    assert_flag(decode(encode(flag().quantize(4), "PNG"), **LIMITS), tolerance=1)
    grey = decode(encode(flag().convert("L"), "JPEG"), **LIMITS)
    assert grey.exact
    assert abs(int(grey.image[3, 3, 0]) - 84) <= 1
    assert set(np.unique(decode(encode(flag().convert("1"), "PNG"), **LIMITS).image)) <= {0, 255}


def test_alpha_is_laid_on_white(encode):
    picture = flag()
    picture.putalpha(128)
    white = np.round(np.array(TOP) * 128 / 255 + 127)
    for mode in ("RGBA", "LA"):
        image = decode(encode(picture.convert(mode), "PNG"), **LIMITS).image
        expected = white if mode == "RGBA" else [169] * 3
        assert np.abs(image[3, 3] - expected).max() <= 1
    keyed = decode(encode(flag().quantize(2), "PNG", transparency=0), **LIMITS)
    assert [255, 255, 255] in (keyed.image[3, 3].tolist(), keyed.image[-4, -4].tolist())


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken(encode, kind):
    frames = [Image.fromarray(np.full((80, 100, 3), shade, np.uint8)) for shade in (90, 200)]
    options = {"lossless": True} if kind == "WEBP" else {}
    decoded = decode(encode(flag(), kind, save_all=True, append_images=frames, **options), **LIMITS)
    assert decoded.note == "animated: first frame of 3"
    assert_flag(decoded)


def test_of_several_pages_the_first_is_taken(encode):
    decoded = decode(encode(flag(), "TIFF", save_all=True, append_images=[flag().rotate(180)]), **LIMITS)
    assert decoded.note == "several pages: first page of 2"
    assert_flag(decoded, tolerance=0)


def bomb(png: bytes, side: int = 60_000) -> bytes:
    """Return the PNG with a header that promises `side` x `side` pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda png: b"", "zero bytes"),
        (lambda png: b"no picture", "undecodable"),
        (lambda png: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "undecodable"),
        (lambda png: png[:-80], "truncated"),
        (bomb, "above pixel limit"),
    ],
)
def test_refusals_have_their_reason(encode, damage, reason):
    with pytest.raises(BadPicture, match=f"^{reason}: ") as refusal:
        decode(damage(encode(flag(), "PNG")), **LIMITS)
    assert refusal.value.reason == reason


def test_a_bomb_is_refused_from_its_header(encode):
    """Ten thousand pixels a side would be 300 MB: were they decoded, truncation would be the reason."""
    with pytest.raises(BadPicture, match="10000 x 10000 is more than 1000000 pixels"):
        decode(bomb(encode(flag(), "PNG"), 10_000), **LIMITS)


def test_small_and_missing_files(tmp_path: Path, encode):
    with pytest.raises(BadPicture, match="below min side: 100 x 80"):
        decode(encode(flag()), max_pixels=10**6, min_side=81)
    with pytest.raises(BadPicture, match="unreadable"):
        decode(tmp_path / "none.png", **LIMITS)


def test_truncated_jpegs_are_refused(encode, make_painting):
    jpeg = encode(make_painting(1), "JPEG")
    for kept in (0.3, 0.6, 0.9):
        with pytest.raises(BadPicture, match=r"^(truncated|undecodable)"):
            decode(jpeg[: int(len(jpeg) * kept)], **LIMITS)


def test_threads_see_their_own_picture(encode, make_painting):
    files = [encode(make_painting(seed), "JPEG") for seed in range(20)]
    alone = [decode(file, **LIMITS).image for file in files]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda file: decode(file, **LIMITS).image, files * 3))
    assert all(np.array_equal(alone[number % 20], image) for number, image in enumerate(together))
