"""The drawing job: a small real model, a real registry, a real ledger."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from artmodels.bundle import save_bundle
from artmodels.errors import AtelierError
from artmodels.sketch.config import SketchConfig
from artmodels.sketch.module import SketchModule
from artmodels.sketch.pictures import to_svg
from artmodels.sketch.strokes import SIDE, from_strokes, to_strokes
from tasks import draw
from tasks.batch import find_damaged, read_ledger
from tasks.draw_order import order
from tasks.given_drawing import read_begun, read_whole
from tasks.settings import Settings

TINY = SketchConfig(latent=4, encoder=4, decoder=8, mixture=2, naming=2)

HOOK = from_strokes([np.array([[0.0, 0], [SIDE, 0], [SIDE, 100]])])


def open_with(open_studio, folder: Path, config: SketchConfig) -> Settings:
    with torch.random.fork_rng(devices=[]):
        module = SketchModule(config, ["alarm clock", "cat"], 30.0, [], np.empty(0, np.int64))
    bundle = save_bundle(folder, "sketch", module.bundle_config(), module.bundle_state())
    return open_studio(bundle, "sketch", device="cpu")


@pytest.fixture(scope="module")
def studio(open_studio, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A registry whose champion is a small untrained model of two classes."""
    return open_with(open_studio, tmp_path_factory.mktemp("sketch"), TINY)


@pytest.fixture
def hook(tmp_path: Path) -> Path:
    """A drawing that is half as large as its page allows."""
    path = tmp_path / "hook.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000">'
        '<polyline points="100,100 520,100 520,265" fill="none" stroke="black"/></svg>'
    )
    return path


def run(studio: Settings, **fields: object) -> dict:
    return draw.run(studio, order(size=64, **fields), lambda done, total, figures: None)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: content(path) for path in sorted(folder.glob("*0*.*g"))}


def content(path: Path) -> bytes:
    """A file's bytes, or a picture's pixels: its credentials are signed anew each time."""
    return np.asarray(Image.open(path)).tobytes() if path.suffix == ".png" else path.read_bytes()


def lines(path: Path) -> list[int]:
    """How many points each polyline of an SVG has."""
    return [len(line.get("points").split()) for line in ElementTree.parse(path).getroot().iter() if line.get("points")]


def test_seeds_become_pictures_and_svg_once(studio, tmp_path):
    report = run(studio, out=tmp_path / "out", seeds="3,5-7", classes=["cat"])
    assert (report["done"], report["skipped"]) == (4, 0)
    assert list(files(tmp_path / "out")) == [f"cat-{n:010d}.{kind}" for n in (3, 5, 6, 7) for kind in ("png", "svg")]
    picture = np.asarray(Image.open(tmp_path / "out" / f"cat-{3:010d}.png"))
    assert picture.shape == (64, 64, 3)
    assert picture.min() < 128
    assert find_damaged(tmp_path / "out") == []
    assert "Drawn by sketch v1" in Path(report["gallery"]).read_text()
    (first, *_) = read_ledger(tmp_path / "out")["record"]
    assert first["svg"]["path"] == f"cat-{3:010d}.svg"
    assert first["strokes"] == len(lines(tmp_path / "out" / first["svg"]["path"]))
    more = run(studio, out=tmp_path / "out", seed=2, count=6, classes=["cat"])
    assert (more["done"], more["skipped"]) == (2, 4)


def test_a_seed_is_the_same_drawing_in_any_job(studio, tmp_path):
    run(studio, out=tmp_path / "many", count=10)
    torch.manual_seed(2)
    run(studio, out=tmp_path / "few", seeds="9,4")
    many, few = files(tmp_path / "many"), files(tmp_path / "few")
    assert len(few) == 4
    assert few.items() <= many.items()


def test_an_svg_that_is_gone_is_made_again(studio, tmp_path):
    run(studio, out=tmp_path / "out", count=3)
    before = files(tmp_path / "out")
    (tmp_path / "out" / f"{1:010d}.svg").unlink()
    again = run(studio, out=tmp_path / "out", count=3)
    assert (again["done"], again["skipped"]) == (1, 2)
    assert files(tmp_path / "out") == before


def test_what_decides_a_drawing_makes_it_anew(studio, tmp_path):
    run(studio, out=tmp_path / "out", count=2)
    warm = run(studio, out=tmp_path / "out", count=2, temperature=0.9)
    assert (warm["done"], warm["skipped"]) == (2, 0)
    assert read_ledger(tmp_path / "out")["record"][0]["parameters"] == {"temperature": 0.9}


def test_a_begun_drawing_is_finished_in_several_ways(studio, tmp_path, hook):
    report = run(studio, out=tmp_path / "out", begun=str(hook), classes=["alarm clock"], count=3, temperature=1.0)
    assert report["done"] == 3
    made = sorted((tmp_path / "out").glob("*.svg"))
    assert all(lines(path)[0] == 3 and len(lines(path)) > 1 for path in made)
    assert len({path.read_bytes() for path in made}) == 3
    records = read_ledger(tmp_path / "out")["record"]
    assert {record["parameters"]["begun"] for record in records} == {str(hook)}


def test_a_drawing_is_varied(studio, tmp_path, hook):
    assert run(studio, out=tmp_path / "out", vary=str(hook), count=3)["done"] == 3
    assert len(set(files(tmp_path / "out").values())) == 6


def test_the_way_between_two(studio, tmp_path, hook):
    report = run(
        studio, out=tmp_path / "out", between=[str(hook), "5"], between_steps=4, classes=["cat", "alarm clock"]
    )
    assert report["done"] == 4
    records = read_ledger(tmp_path / "out")["record"]
    assert [record["parameters"]["step"] for record in records] == [0, 1, 2, 3]
    assert records[0]["findings"]["class"] == "cat to alarm clock"
    run(studio, out=tmp_path / "end", seeds="0", between=["5", "5"], between_steps=2, classes=["alarm clock"])
    assert content(tmp_path / "out" / "step-0003.png") == content(tmp_path / "end" / "step-0001.png")


def test_a_begun_drawing_is_as_large_as_on_its_page(tmp_path, hook):
    begun, whole = (read(str(hook), "begun").drawing for read in (read_begun, read_whole))
    assert np.ptp(np.concatenate(to_strokes(begun)), axis=0).max() == pytest.approx(SIDE / 2, abs=1)
    assert np.ptp(np.concatenate(to_strokes(whole)), axis=0).max() == SIDE
    own = tmp_path / "own.svg"
    own.write_bytes(to_svg(HOOK))
    assert np.array_equal(read_begun(str(own), "begun").drawing, HOOK)


def test_a_drawing_of_a_file_of_many(tmp_path):
    path = tmp_path / "many.npz"
    half = HOOK // [2, 2, 1]
    np.savez(path, points=np.vstack([HOOK, half]), lengths=np.array([3, 3]))
    assert np.array_equal(read_whole(str(path), "vary").drawing, HOOK)
    assert np.array_equal(read_begun(f"{path}#1", "begun").drawing, half)
    for where, words in {
        f"{path}#2": "holds no drawing of the number 2",
        f"{path}#x": "write FILE, or FILE#NUMBER",
        "nowhere.svg": "begun: there is no file nowhere.svg",
    }.items():
        with pytest.raises(AtelierError, match=words):
            read_begun(where, "begun")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"temperature": 0.0}, "temperature=0.0 is not accepted"),
        ({"temperature": float("nan")}, "temperature=nan is not accepted"),
        ({"seeds": "9-3"}, "seeds='9-3' is not accepted"),
        ({"seed": 2**32 - 1, "count": 2}, "goes beyond"),
        ({"count": 0}, "count=0 is not accepted"),
        ({"begun": "a.svg", "vary": "b.svg"}, "begun and vary do not go together"),
        ({"between": ["a.svg"]}, "two drawings or seeds"),
        ({"between": ["1", "2"], "classes": ["a", "b", "c"]}, "at most two"),
        ({"vary": "a.svg", "classes": ["a", "b"]}, "a given drawing is of one class"),
        ({"size": 1}, "size=1 is not accepted"),
    ],
)
def test_orders_that_are_not_accepted(fields, words):
    with pytest.raises(AtelierError, match=words):
        order(out="out", **fields)


def test_what_an_order_asks_for_in_vain_leaves_nothing(studio, tmp_path, hook):
    empty = tmp_path / "empty.svg"
    empty.write_text("")
    for fields, words in [
        ({"classes": ["dog"]}, "class='dog' is not accepted; accepted are alarm clock, cat"),
        ({"begun": str(empty)}, r"begun: .*empty\.svg: it cannot be read as SVG"),
        ({"between": [str(hook), "nowhere.svg"]}, "between: there is no file"),
        ({"between": ["5", "99999999999"]}, "seed=99999999999 is not accepted"),
    ]:
        with pytest.raises(AtelierError, match=words):
            run(studio, out=tmp_path / "out", **fields)
    assert not (tmp_path / "out").exists()


def test_a_decoder_alone_draws_and_finishes_but_does_not_read(open_studio, tmp_path, hook):
    studio = open_with(open_studio, tmp_path / "bundle", TINY.model_copy(update={"latent": 0}))
    assert run(studio, out=tmp_path / "out", begun=str(hook), count=2)["done"] == 2
    with pytest.raises(AtelierError, match="a decoder alone and reads no drawings"):
        run(studio, out=tmp_path / "vary", vary=str(hook))
