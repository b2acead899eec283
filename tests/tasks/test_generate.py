"""The generation job: a small real generator, a real registry, a real ledger."""

from pathlib import Path

import av
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from artmodels.bundle import save_bundle
from artmodels.errors import AtelierError
from artmodels.gan.config import GanConfig
from artmodels.gan.module import GanModule
from tasks import directions, export, generate, interpolate
from tasks.batch import find_damaged, read_ledger
from tasks.foresee import foresee_file, foresee_job, foresee_way
from tasks.generate_order import order, read_seeds
from tasks.provenance.reading import Verifier
from tasks.settings import Settings

CLASSES = ["Ukiyo-e", "cubism"]


@pytest.fixture(scope="module")
def studio(open_studio, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A registry whose champion is a small untrained generator of two classes."""
    module = GanModule(GanConfig(resolution=16, width=4, widest=8, latent=4, classes="style"), CLASSES)
    with torch.no_grad():
        # So that batch normalisation knows what it normalises: else all pictures are grey.
        for _ in range(40):
            module.generator(torch.randn(16, 4), torch.randint(2, (16,)))
    folder = tmp_path_factory.mktemp("gan")
    bundle = save_bundle(folder, "gan", module.bundle_config(), module.bundle_state())
    return open_studio(bundle, "gan", device="cpu")


def run(studio: Settings, **fields: object) -> dict:
    return generate.run(studio, order(**fields), lambda done, total, figures: None)


def pixels(folder: Path) -> dict[str, np.ndarray]:
    return {path.name: np.asarray(Image.open(path)) for path in sorted(folder.glob("*0*.png"))}


def test_seeds_become_pictures_once(studio, tmp_path):
    wanted = {"out": tmp_path / "out", "seeds": "3,5-7"}
    before = foresee_job(studio, "generate", wanted)
    assert (before["to_make"], before["there_already"], before["model"]) == (4, 0, "1")
    assert not (tmp_path / "out").exists(), "it only tells"
    report = run(studio, **wanted)
    assert (report["done"], report["skipped"]) == (4, 0)
    (tmp_path / "out" / f"{6:010d}.png").unlink()
    after = foresee_job(studio, "generate", wanted)
    assert (after["to_make"], after["there_already"]) == (1, 3)
    assert run(studio, **wanted)["done"] == 1
    made = pixels(tmp_path / "out")
    assert list(made) == [f"{seed:010d}.png" for seed in (3, 5, 6, 7)]
    ledger = read_ledger(tmp_path / "out")
    assert [record["seed"] for record in ledger["record"]] == [3, 5, 6, 7]
    assert find_damaged(tmp_path / "out") == []
    verdict = Verifier(studio).verify(tmp_path / "out" / f"{5:010d}.png")
    assert (verdict.state, verdict.says["seed"], verdict.says["inputs"]) == ("intact", 5, [])
    assert verdict.says["source_type"] == "trainedAlgorithmicMedia"
    assert "Painted by" in Path(report["gallery"]).read_text()
    more = run(studio, out=tmp_path / "out", seeds="0-7")
    assert (more["done"], more["skipped"]) == (4, 4)


def test_a_seed_is_the_same_picture_in_any_job(studio, tmp_path):
    torch.manual_seed(1)
    run(studio, out=tmp_path / "many", seeds="0-9")
    torch.manual_seed(2)
    run(studio, out=tmp_path / "few", seeds="9,4")
    many, few = pixels(tmp_path / "many"), pixels(tmp_path / "few")
    assert len(few) == 2
    assert all(np.array_equal(picture, many[name]) for name, picture in few.items())


def test_classes_are_painted_side_by_side(studio, tmp_path):
    report = run(studio, out=tmp_path / "out", seeds="0-1", classes=CLASSES, truncation=0.5)
    assert report["done"] == 4
    made = pixels(tmp_path / "out")
    assert sorted(made) == sorted(f"{name}-{seed:010d}.png" for name in ("Ukiyo_e", "cubism") for seed in (0, 1))
    records = read_ledger(tmp_path / "out")["record"]
    assert {record["findings"]["class"] for record in records} == set(CLASSES)
    assert all(record["parameters"] == {"truncation": 0.5} for record in records)


def test_a_grid_shows_them_all_pixel_for_pixel(studio, tmp_path):
    report = run(studio, out=tmp_path / "out", count=5)
    grid = np.asarray(Image.open(report["grid"]))
    assert grid.shape == (2 * 16, 3 * 16, 3)
    made = list(pixels(tmp_path / "out").values())
    assert np.array_equal(grid[:16, 16:32], made[1])
    assert (grid[16:, 32:] == 255).all()


def test_a_surface_and_a_direction_change_a_picture_and_are_told(studio, tmp_path):
    run(studio, out=tmp_path / "plain", seeds="3")
    run(studio, out=tmp_path / "mixed", seeds="3", surfaces="3,8")
    run(studio, out=tmp_path / "moved", seeds="3", directions={1: 3.0})
    (plain,) = pixels(tmp_path / "plain").values()
    own, other = pixels(tmp_path / "mixed").values()
    (moved,) = pixels(tmp_path / "moved").values()
    assert np.array_equal(plain, own)
    assert not np.array_equal(plain, other)
    assert not np.array_equal(plain, moved)
    (record,) = read_ledger(tmp_path / "moved")["record"]
    assert record["parameters"] == {"truncation": 1.0, "directions": {"1": 3.0}}
    assert read_ledger(tmp_path / "mixed")["record"][1]["parameters"]["surface"] == 8


def test_a_liked_picture_is_found_again(studio, tmp_path, teacher):
    (studio.root / "params.yaml").write_text(f"evaluation: {{teacher: {teacher}, judge: {teacher}, items: 4}}\n")
    run(studio, out=tmp_path / "all", seeds="0-29")
    liked = tmp_path / "all" / f"{17:010d}.png"
    run(studio, out=tmp_path / "like", seeds="0-29", like=[liked], count=3)
    found = pixels(tmp_path / "like")
    assert len(found) == 3
    assert liked.name in found


def test_a_liked_picture_is_found_in_its_own_class(studio, tmp_path, teacher):
    (studio.root / "params.yaml").write_text(f"evaluation: {{teacher: {teacher}, judge: {teacher}, items: 4}}\n")
    run(studio, out=tmp_path / "all", seeds="0-29", classes=["cubism"])
    liked = tmp_path / "all" / f"cubism-{17:010d}.png"
    run(studio, out=tmp_path / "like", seeds="0-29", like=[liked], count=1, classes=CLASSES[::-1])
    found = pixels(tmp_path / "like")
    assert len(found) == 2
    assert liked.name in found


def test_a_strip_begins_and_ends_with_its_seeds(studio, tmp_path):
    fields = {"out": tmp_path / "strip.png", "seeds": "2,5", "frames": 4, "name": "cubism"}
    wanted = interpolate.order(**fields)
    assert foresee_way(studio, fields)["to_make"] == 5
    assert not wanted.out.exists()
    assert interpolate.run(studio, wanted, lambda *_: None)["pictures"] == 5
    run(studio, out=tmp_path / "ends", seeds="2,5", classes=["cubism"])
    strip, (first, last) = np.asarray(Image.open(wanted.out)), pixels(tmp_path / "ends").values()
    assert strip.shape == (16, 5 * 16, 3)
    assert np.array_equal(strip[:, :16], first)
    assert np.array_equal(strip[:, -16:], last)
    assert not np.array_equal(strip[:, 16:32], first)
    assert Verifier(studio).verify(wanted.out).state == "intact"


def test_a_file_of_a_generator_is_foreseen(studio, tmp_path):
    found = foresee_file(studio, tmp_path / "a.onnx", "champion")
    assert (found["to_make"], found["model"], found["dry_run"]) == (1, "1", True)
    with pytest.raises(AtelierError, match=r"'champoin' of gan \(did you mean 'champion'"):
        foresee_file(studio, tmp_path / "a.onnx", "champoin")


def test_a_loop_has_a_frame_for_each_picture(studio, tmp_path):
    for suffix in ("gif", "mp4"):
        wanted = interpolate.order(out=tmp_path / f"loop.{suffix}", seeds="2,5,9", frames=3, size=32)
        assert interpolate.run(studio, wanted, lambda *_: None)["pictures"] == 9
    with Image.open(tmp_path / "loop.gif") as film:
        assert film.n_frames == 9
    with av.open(str(tmp_path / "loop.mp4")) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) == 9
    assert frames[0].shape == (32, 32, 3)
    for suffix in ("gif", "mp4"):
        verdict = Verifier(studio).verify(tmp_path / f"loop.{suffix}")
        assert (verdict.state, verdict.says["source_type"]) == ("intact", "trainedAlgorithmicMedia")
        assert verdict.says["parameters"]["seeds"] == "2,5,9"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"out": "way.png", "seeds": "3"}, "two seeds or more make a way"),
        ({"out": "way.avi"}, r"out='way.avi' is not accepted: a name that ends in .png, .mp4, .gif"),
    ],
)
def test_a_way_that_leads_nowhere_is_refused(fields, words):
    with pytest.raises(AtelierError, match=words):
        interpolate.order(**fields)


def test_directions_are_shown_by_their_numbers(studio, tmp_path):
    report = directions.draw(studio, tmp_path / "out", 3, 2, "champion")
    assert Path(report["sheet"]).is_file()
    assert len(list((tmp_path / "out").glob("direction-01*.png"))) == 5
    with pytest.raises(AtelierError, match="count=5 is not accepted: 1 to 4"):
        directions.draw(studio, tmp_path / "out", 3, 5, "champion")


def test_onnx_runtime_paints_the_same(studio, tmp_path):
    report = export.export(studio, tmp_path / "deep" / "generator.onnx", "champion")
    assert report["largest_difference"] < 1e-4
    assert report["classes"] == CLASSES
    assert Path(report["out"]).stat().st_size > 1000
    with pytest.raises(AtelierError, match=r"a name that ends in \.onnx"):
        export.export(studio, tmp_path / "generator.pt", "champion")


def test_an_export_that_does_not_agree_leaves_nothing(studio, tmp_path, monkeypatch):
    monkeypatch.setattr("artmodels.gan.onnx.MOST", -1.0)
    with pytest.raises(AtelierError, match="ONNX Runtime paints otherwise"):
        export.export(studio, tmp_path / "generator.onnx", "champion")
    assert not list(tmp_path.glob("*generator*"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"seeds": "9-3"}, "seeds='9-3' is not accepted: 9-3 is empty, or goes beyond 4294967295"),
        ({"seeds": " "}, "seeds=' ' is not accepted: write numbers and ranges"),
        ({"seeds": "0-3", "count": 5}, "count=5 is not accepted: seeds='0-3' are 4"),
        ({"count": 0}, "count=0 is not accepted"),
        ({"surfaces": "x"}, "surfaces='x' is not accepted: write numbers and ranges"),
        ({"directions": {4: 1.0}}, "direction=4 is not accepted: 0 to 3"),
        ({"like": ["nowhere.png"]}, "like: nowhere.png: unreadable: the file cannot be opened"),
        ({"seeds": "1;2"}, "seeds='1;2' is not accepted: write numbers and ranges"),
        ({"seeds": "4294967296"}, "goes beyond 4294967295"),
        ({"seeds": "0-4294967295"}, "at most 1000000 pictures a job"),
        ({"truncation": 1.1}, "truncation=1.1 is not accepted"),
        ({"classes": ["Rococo"]}, "class='Rococo' is not accepted; accepted are Ukiyo-e, cubism"),
        ({"model": "best"}, "There is no version or alias 'best' of gan"),
    ],
)
def test_a_wrong_order_is_refused_in_words_and_nothing_is_written(studio, tmp_path, fields, words):
    with pytest.raises(AtelierError, match=words):
        run(studio, out=tmp_path / "out", **fields)
    assert not (tmp_path / "out").exists()


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 50)), min_size=1, max_size=5))
def test_seeds_are_read_as_they_are_written(ranges):
    ranges = [(first, min(first + more, 2**32 - 1)) for first, more in ranges]
    text = ",".join(f"{first}-{last}" if last > first else str(first) for first, last in ranges)
    wanted = dict.fromkeys(seed for first, last in ranges for seed in range(first, last + 1))
    assert read_seeds(text) == list(wanted)
