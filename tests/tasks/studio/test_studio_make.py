"""Pictures made on the page: the ordinary job, each in a folder of its own."""

from pathlib import Path

import pytest

from artmodels.errors import AtelierError
from tasks.batch import read_ledger
from tasks.provenance.reading import Verifier
from tasks.settings import Settings
from tasks.studio import make
from tasks.studio.uploads import keep_upload


@pytest.fixture(scope="module")
def studio(open_studio) -> Settings:
    return open_studio(device="cpu")


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_picture_is_made_once(studio, make_painting, encode):
    content = keep_upload(studio, encode(make_painting(1)), "my boat.png")
    style = keep_upload(studio, encode(make_painting(2)), "nocturne.png")
    (version,) = make.models(studio, "style").values()
    picture = make.repaint(studio, version, content, style, alpha=0.5, size=64)
    assert picture.job.name.startswith("studio/my-boat-in-nocturne-v1-")
    assert (picture.height, picture.model) == (64, "style v1")
    assert Verifier(studio).verify(picture.path).state == "intact"
    assert (picture.job.path / "gallery.html").is_file()
    written = picture.path.stat().st_mtime_ns
    assert make.repaint(studio, version, content, style, alpha=0.5, size=64).path == picture.path
    assert picture.path.stat().st_mtime_ns == written
    other = make.repaint(studio, version, content, style, alpha=1.0, size=64)
    assert other.job.path != picture.job.path
    assert list(read_ledger(other.job.path)["status"]) == ["done"]


def test_a_control_that_is_not_accepted_is_a_sentence(studio, make_painting, encode):
    content = keep_upload(studio, encode(make_painting(1)), "my boat.png")
    (version,) = make.models(studio, "style").values()
    before = files(studio.root / "out")
    with pytest.raises(AtelierError, match=r"size=3 is not accepted"):
        make.repaint(studio, version, content, content, size=3)
    assert files(studio.root / "out") == before


def test_what_cannot_be_made_is_a_sentence(studio, make_painting, encode):
    content = keep_upload(studio, encode(make_painting(3)), "my boat.png")
    content.path.write_bytes(b"no picture any more")
    (version,) = make.models(studio, "style").values()
    with pytest.raises(AtelierError, match="undecodable: not a picture in one of"):
        make.repaint(studio, version, content, content, size=64)


@pytest.mark.parametrize("seeds", [range(0), range(25)])
def test_more_than_a_page_of_seeds_is_an_order(studio, seeds):
    (version,) = make.models(studio, "style").values()
    with pytest.raises(AtelierError, match=rf"{len(seeds)} pictures are not accepted: 1 to 24 at once"):
        make.paint(studio, version, seeds)


def test_no_model_is_a_sentence(studio):
    with pytest.raises(AtelierError, match="No gan model is registered yet"):
        make.models(studio, "gan")
    with pytest.raises(AtelierError, match="No gan model is registered yet"):
        make.classes(studio)
