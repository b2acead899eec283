"""Files that are made to hurt: small ones that claim or become large, and ones that would run or open something."""

import io
import os
import pickle
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from artmodels.errors import AtelierError
from artmodels.pictures import from_bytes
from tasks.decode import decode
from tasks.sources.sequences import open_sequences
from tasks.sources.svg import svg_strokes

MANY = 100_000_000

BALLOON = zlib.compress(bytes(100_000_000), 9)
"""A hundred megabytes of nothing in a hundred kilobytes."""


def png(width: int, height: int, *chunks: tuple[bytes, bytes], pixels: bytes | None = None) -> bytes:
    """Return a black PNG with further chunks."""
    head = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = (b"IDAT", zlib.compress(bytes((1 + 3 * width) * height)) if pixels is None else pixels)
    written = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in (head, *chunks, body, (b"IEND", b""))
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


BOMBS = {
    "text": png(80, 80, (b"zTXt", b"a\0\0" + BALLOON)),
    "international text": png(80, 80, (b"iTXt", b"a\0\1\0\0\0" + BALLOON)),
    "profile": png(80, 80, (b"iCCP", b"a\0\0" + BALLOON)),
    "size": png(2**31 - 1, 2**31 - 1, pixels=b"x"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_picture_that_grows_is_refused(bomb):
    with pytest.raises(AtelierError, match=r"above pixel limit|undecodable: Decompressed data too large"):
        decode(BOMBS[bomb], MANY, 1)
    with pytest.raises(AtelierError, match="too large"):
        from_bytes(BOMBS[bomb])


def test_pixels_beyond_the_size_are_not_unpacked():
    assert decode(png(80, 80, pixels=BALLOON), MANY, 1).image.shape == (80, 80, 3)


def gif() -> bytearray:
    file = io.BytesIO()
    Image.new("P", (64, 64)).save(file, "GIF")
    return bytearray(file.getvalue())


def test_of_very_many_frames_only_the_first_is_decoded():
    whole = gif()
    frame = bytes(whole[whole.index(b",\0\0\0\0") : -1])
    decoded = decode(bytes(whole[:-1]) + frame * 20_000 + b";", MANY, 1)
    assert decoded.note == "animated: first frame of 20001"


def test_a_frame_larger_than_its_screen_counts():
    whole = gif()
    place = whole.index(b",\0\0\0\0") + 5
    whole[place : place + 4] = struct.pack("<HH", 65535, 65535)
    with pytest.raises(AtelierError, match="above pixel limit: 65535 x 65535"):
        decode(bytes(whole), MANY, 1)


def test_pages_that_go_round_in_circles_end():
    file = io.BytesIO()
    Image.new("RGB", (80, 80)).save(file, "TIFF")
    whole = bytearray(file.getvalue())
    (first,) = struct.unpack("<I", whole[4:8])
    (entries,) = struct.unpack("<H", whole[first : first + 2])
    whole[first + 2 + 12 * entries : first + 6 + 12 * entries] = struct.pack("<I", first)
    assert decode(bytes(whole), MANY, 1).image.shape == (80, 80, 3)


_LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
_USES = "".join(f'<g id="g{n}">{f"""<use href="#g{n - 1}"/>""" * 10}</g>' for n in range(1, 10))
_SVG = '<svg xmlns="http://www.w3.org/2000/svg">'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'<!DOCTYPE svg [<!ENTITY a0 "M0 0L9 9">{_LAUGHS}]>{_SVG}<path d="&a9;"/></svg>', "amplification"),
        (f'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>{_SVG}<text>&a;</text></svg>', "undefined entity"),
        (f'{_SVG}<defs><path id="g0" d="M0 0L9 9"/>{_USES}</defs><use href="#g9"/></svg>', "repeats itself to"),
        (f'{_SVG}<g id="a"><use href="#a"/></g></svg>', "RecursionError"),
        (f"{_SVG}{'<g>' * 20_000}{'</g>' * 20_000}</svg>", "RecursionError"),
    ],
)
def test_an_svg_that_grows_or_opens_files_is_refused(tmp_path, text, said):
    (tmp_path / "a.svg").write_text(text)
    with pytest.raises(AtelierError, match=said):
        svg_strokes(tmp_path / "a.svg")


def test_what_an_svg_refers_to_is_not_opened(tmp_path, monkeypatch):
    (tmp_path / "a.svg").write_text(
        f'{_SVG}<image href="file:///etc/passwd" width="3" height="3"/><image href="https://example.org/x.png"/>'
        '<script>alert(1)</script><path d="M0 0L9 9"/></svg>'
    )
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a connection was made"))
    assert len(svg_strokes(tmp_path / "a.svg")[0]) == 1


class Mark:
    """A pickle that makes a folder when it is opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


def fault_of(path: Path, kind: str) -> str:
    """Read all that a file holds; return why that cannot be done, if it cannot."""
    try:
        for candidate in open_sequences(str(path), kind, {}, {"licence": "CC0-1.0"}):
            candidate.fetch()
    except AtelierError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("kind", "name"), [("drawing", "points"), ("music", "train")])
def test_a_pickle_in_an_archive_is_not_opened(tmp_path, kind, name):
    array = np.empty(2, object)
    array[:] = [Mark(tmp_path / "opened")] * 2
    np.savez(tmp_path / "a.npz", **{name: array, "lengths": np.array([1, 1])})
    assert "cannot be read" in fault_of(tmp_path / "a.npz", kind)
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize("kind", ["drawing", "music"])
def test_an_archive_that_unpacks_to_very_much_is_refused(tmp_path, kind, monkeypatch):
    monkeypatch.setattr("tasks.sources.archive.MOST_BYTES", 1000)
    np.savez_compressed(tmp_path / "a.npz", points=np.zeros((1000, 3)), train_pitches=np.zeros((1000, 4), np.int16))
    assert "unpacks to more than 1000 bytes" in fault_of(tmp_path / "a.npz", kind)


@pytest.mark.parametrize("name", ["a.mid", "a.npz", "a.svg", "a.ndjson", "a.txt", "a.csv"])
def test_a_pickle_under_any_name_is_not_opened(tmp_path, name):
    (tmp_path / name).write_bytes(pickle.dumps(Mark(tmp_path / "opened")))
    kind = {".mid": "music", ".txt": "critique", ".csv": "critique"}.get(Path(name).suffix, "drawing")
    assert "\n" not in fault_of(tmp_path / name, kind)
    assert not (tmp_path / "opened").exists()
