"""The style-transfer job: real network (small, untrained), real registry, real pictures."""

import functools
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest
from PIL import Image

from artmodels.errors import AtelierError
from tasks import stylize
from tasks.batch import find_damaged, read_ledger
from tasks.provenance.reading import Verifier
from tasks.settings import Settings
from tasks.stylize_order import order


@pytest.fixture(scope="module")
def studio(open_studio) -> Settings:
    """A registry whose champion is a small style-transfer network."""
    return open_studio()


@pytest.fixture
def photos(tmp_path: Path, make_painting, encode) -> Path:
    """Six pictures of several sizes and kinds."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, (height, width) in enumerate([(40, 60), (61, 33), (40, 60), (97, 50), (64, 64), (40, 60)]):
        kind = "JPEG" if number % 2 else "PNG"
        (folder / f"photo_{number}.{kind.lower()}").write_bytes(encode(make_painting(number, height, width), kind))
    return folder


@pytest.fixture
def styles(tmp_path: Path, make_painting, encode) -> Path:
    """Two style pictures."""
    folder = tmp_path / "styles"
    folder.mkdir()
    for number in range(2):
        (folder / f"style-{number}.png").write_bytes(encode(make_painting(50 + number, 70, 80)))
    return folder


def run(studio: Settings, **fields: object) -> dict:
    return stylize.run(studio, order(**fields), lambda done, total, figures: None)


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def pixels(out: Path) -> dict[str, bytes]:
    return {path.name: cv2.imread(str(path)).tobytes() for path in sorted(out.glob("*.png"))}


def test_every_content_is_painted_in_every_style(studio, photos, styles, tmp_path):
    report = run(studio, contents=photos, out=tmp_path / "out", styles=[styles])
    assert (report["done"], report["skipped"], report["set_aside"]) == (12, 0, 0)
    ledger = read_ledger(tmp_path / "out")
    assert set(ledger["output"]) == {f"photo_{n}--style-{s}.png" for n in range(6) for s in range(2)}
    record = ledger["record"][0]
    assert record["model"] == {"name": "style", "version": 1, "data_md5": "0123.dir"}
    assert record["parameters"] == {"alpha": 1.0, "size": None}
    assert len(record["content"]["sha256"]) == len(record["style"]["sha256"]) == 64
    assert size_of(tmp_path / "out" / "photo_1--style-0.png") == (33, 61)
    assert "photo 1" in (tmp_path / "out" / "gallery.html").read_text()
    assert find_damaged(tmp_path / "out") == []
    verdict = Verifier(studio).verify(tmp_path / "out" / "photo_1--style-0.png")
    assert (verdict.state, verdict.says["model"]) == ("intact", record["model"])
    assert [(one["role"], one["title"]) for one in verdict.says["inputs"]] == [
        ("content", "photo_1.jpeg"),
        ("style", "style-0.png"),
    ]


def test_another_signer_makes_no_picture_anew(studio, photos, styles, tmp_path):
    order = {"contents": photos / "photo_1.jpeg", "out": tmp_path / "out", "styles": [styles / "style-0.png"]}
    unsigned = studio.model_copy(update={"credentials": False})
    assert run(unsigned, **order)["done"] == 1
    assert Verifier(studio).verify(tmp_path / "out" / "photo_1--style-0.png").state == "no credentials"
    assert run(studio, **order)["skipped"] == 1
    shutil.rmtree(studio.scratch / "credentials")
    assert run(studio, **order)["skipped"] == 1


def test_pixels_depend_on_neither_batches_nor_threads(studio, photos, styles, tmp_path):
    for name, batch_size, threads in [("a", 1, 1), ("b", 3, 2), ("c", 8, 4)]:
        run(studio, contents=photos, out=tmp_path / name, styles=[styles], batch_size=batch_size, threads=threads)
    assert pixels(tmp_path / "a") == pixels(tmp_path / "b") == pixels(tmp_path / "c")


def test_a_job_done_before_does_only_what_is_new(studio, photos, styles, tmp_path):
    run(studio, contents=photos, out=tmp_path / "out", styles=[styles])
    shutil.copy(styles / "style-0.png", photos / "new.png")
    report = run(studio, contents=photos, out=tmp_path / "out", styles=[styles])
    assert (report["done"], report["skipped"]) == (2, 12)
    report = run(studio, contents=photos, out=tmp_path / "out", styles=[styles], alpha=0.5)
    assert (report["done"], report["skipped"]) == (14, 0)


def test_bad_pictures_are_set_aside_and_stop_nothing(studio, photos, styles, tmp_path):
    (photos / "words.jpg").write_text("not a picture")
    whole = (photos / "photo_1.jpeg").read_bytes()
    (photos / "half.jpeg").write_bytes(whole[: len(whole) // 2])
    report = run(studio, contents=photos, out=tmp_path / "out", styles=[styles / "style-0.png"])
    assert (report["done"], report["set_aside"]) == (6, 2)
    ledger = read_ledger(tmp_path / "out")
    assert set(ledger[ledger["status"] != "done"]["output"]) == {"words--style-0.png", "half--style-0.png"}


def test_size_brings_the_shorter_side_down(studio, photos, styles, tmp_path):
    run(studio, contents=photos / "photo_3.jpeg", out=tmp_path / "out", styles=[styles / "style-0.png"], size=25)
    assert size_of(tmp_path / "out" / "photo_3--style-0.png") == (25, 48)


def test_pictures_of_one_name_do_not_overwrite_each_other(studio, photos, styles, tmp_path):
    for folder in ("a", "b"):
        (photos / folder).mkdir()
        shutil.copy(photos / "photo_0.png", photos / folder / "twin.png")
    report = run(studio, contents=photos, out=tmp_path / "out", styles=[styles / "style-0.png"])
    assert report["done"] == len(pixels(tmp_path / "out")) == 8


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"contents": "nowhere"}, "contents: nowhere does not exist"),
        ({"styles": ["nowhere.png"]}, "styles: nowhere.png does not exist"),
        ({"styles": []}, "styles=[] is not accepted"),
        ({"alpha": 1.5}, "alpha=1.5 is not accepted"),
        ({"alpha": float("nan")}, "alpha=nan is not accepted"),
        ({"brush": 0}, "brush=0 is not accepted"),
        ({"weights": [0.5, 0.6]}, "sum to 1 are accepted, these sum to 1.1"),
        ({"weights": [1.5, -0.5]}, "weights of at least 0"),
        ({"weights": [1]}, "one for each of the 2 styles"),
        ({"weights": [0.5, 0.5], "masks": "masks"}, "weights and masks exclude each other"),
        ({"method": "magic"}, "method='magic' is not accepted"),
        ({"method": "optimise", "weights": [0.5, 0.5]}, "takes one style at a time"),
        ({"size": 3}, "size=3 is not accepted"),
        ({"model": "gan@champion"}, "family 'gan', wanted is 'style'"),
        ({"model": "17"}, "no version or alias '17'"),
        ({"colour": 1}, "colour=1 is not accepted"),
    ],
)
def test_a_wrong_order_is_refused_in_words(studio, photos, styles, tmp_path, fields, words):
    with pytest.raises(AtelierError, match=re.escape(words)):
        run(studio, **({"contents": photos, "out": tmp_path / "out", "styles": [styles]} | fields))
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_is_refused_in_words(studio, styles, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(AtelierError, match=r"contents: .*empty holds no picture"):
        run(studio, contents=tmp_path / "empty", out=tmp_path / "out", styles=[styles])


def test_a_folder_of_texts_is_refused_in_words(studio, styles, tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "poem.txt").write_text("a rose")
    with pytest.raises(AtelierError, match=r"contents: .*texts holds no picture"):
        run(studio, contents=folder, out=tmp_path / "out", styles=[styles])


def test_pictures_of_every_sort_are_painted(studio, styles, tmp_path, make_painting, encode):
    folder = tmp_path / "sorts"
    folder.mkdir()
    picture = Image.fromarray(make_painting(1, 40, 50))
    (folder / "cmyk.jpg").write_bytes(encode(picture.convert("CMYK"), "JPEG"))
    (folder / "clear.png").write_bytes(encode(picture.convert("RGBA")))
    (folder / "deep.png").write_bytes(encode(Image.new("I;16", (50, 40), 30000)))
    (folder / "line.png").write_bytes(encode(make_painting(2, 1, 60)))
    (folder / "wide.png").write_bytes(encode(make_painting(3, 2, 30000)))
    report = run(studio, contents=folder, out=tmp_path / "out", styles=[styles / "style-0.png"])
    assert (report["done"], report["set_aside"]) == (5, 0)
    assert size_of(tmp_path / "out" / "line--style-0.png") == (60, 1)
    assert size_of(tmp_path / "out" / "wide--style-0.png") == (30000, 2)


def test_a_style_the_size_of_a_stamp_is_a_style(studio, photos, tmp_path, make_painting, encode):
    for name, shape in (("stamp", (7, 5)), ("ribbon", (1, 900))):
        (tmp_path / f"{name}.png").write_bytes(encode(make_painting(9, *shape)))
        report = run(studio, contents=photos, out=tmp_path / "out", styles=[tmp_path / f"{name}.png"])
        assert report["set_aside"] == 0


def test_styles_are_mixed_in_one_picture(studio, photos, styles, tmp_path):
    report = run(studio, contents=photos, out=tmp_path / "out", styles=[styles], weights=[0.25, 0.75])
    assert report["done"] == 6
    ledger = read_ledger(tmp_path / "out")
    assert ledger["output"][0].endswith("--style-0+style-1.png")
    assert len(ledger["record"][0]["styles"]) == 2
    assert ledger["record"][0]["parameters"]["weights"] == [0.25, 0.75]
    again = run(studio, contents=photos, out=tmp_path / "out", styles=[styles], weights=[0.75, 0.25])
    assert (again["done"], again["skipped"]) == (6, 0)


def test_masks_are_found_by_name_and_a_bad_one_stops_nothing(studio, photos, styles, tmp_path, encode):
    masks = tmp_path / "masks"
    masks.mkdir()
    for path in sorted(photos.iterdir()):
        with Image.open(path) as picture:
            mask = Image.new("L", picture.size)
            mask.paste(255, (0, 0, picture.width // 2, picture.height))
        mask.save(masks / f"{path.stem}.png")
    (masks / "photo_0.png").unlink()
    Image.new("L", (3, 3), 255).save(masks / "photo_1.png")
    Image.new("L", (60, 40)).save(masks / "photo_2.png")
    report = run(studio, contents=photos, out=tmp_path / "out", styles=[styles / "style-0.png"], masks=masks)
    assert (report["done"], report["set_aside"]) == (3, 3)
    ledger = read_ledger(tmp_path / "out")
    reasons = " ".join(ledger[ledger["status"] != "done"]["reason"])
    assert "photo_0.png does not exist: every content needs its mask" in reasons
    assert "photo_1.png has 3 x 3 pixels where the picture has" in reasons
    assert "photo_2.png is black all over" in reasons
    painted, content = (cv2.imread(str(p)) for p in (tmp_path / "out/photo_4--style-0.png", photos / "photo_4.png"))
    assert (painted[:, 32:] == content[:, 32:]).all()
    assert not (painted[:, :32] == content[:, :32]).all()


def test_pictures_are_painted_by_optimisation_on_order(studio, photos, styles, tmp_path, teacher, monkeypatch):
    monkeypatch.setattr(stylize, "OptimisingPainter", functools.partial(stylize.OptimisingPainter, steps=1))
    (studio.root / "params.yaml").write_text(f"evaluation: {{teacher: {teacher}, judge: {teacher}, items: 4}}\n")
    fields = {"contents": photos, "out": tmp_path / "out", "styles": [styles / "style-0.png"]}
    report = run(studio, **fields, method="optimise", keep_colours=True)
    assert (report["done"], report["model"]) == (6, "optimisation by teacher.safetensors")
    assert read_ledger(tmp_path / "out")["record"][0]["model"]["name"] == "optimisation"
    assert run(studio, **fields)["done"] == 6, "another maker, other pictures"


def test_results_are_files_of_the_kind_that_is_ordered(studio, photos, styles, tmp_path):
    run(studio, contents=photos, out=tmp_path / "out", styles=[styles / "style-0.png"], format="jpg")
    assert len(list((tmp_path / "out").glob("*--style-0.jpg"))) == 6


JOB = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from tasks import stylize
from tasks.settings import Settings
from tasks.stylize_order import order
root, contents, out, style = sys.argv[1:]
from tasks.stylize_order import order
wanted = order(contents=contents, out=out, styles=[style])
stylize.run(Settings(root=Path(root)), wanted, lambda done, total, figures: print(done, flush=True))
"""


@pytest.mark.slow
def test_a_job_killed_at_ten_moments_ends_as_an_undisturbed_one(
    studio, photos, styles, tmp_path, make_painting, encode
):
    for number in range(60):
        (photos / f"more_{number}.png").write_bytes(encode(make_painting(100 + number, 200, 300)))
    command = [sys.executable, "-c", JOB, str(studio.root), str(photos)]
    subprocess.run([*command, str(tmp_path / "calm"), str(styles)], check=True, stdout=subprocess.DEVNULL)
    chance = random.Random(0)
    for _ in range(10):
        with subprocess.Popen([*command, str(tmp_path / "killed"), str(styles)], stdout=subprocess.PIPE) as job:
            assert job.stdout is not None
            job.stdout.readline()
            time.sleep(chance.uniform(0, 0.5))
            job.send_signal(signal.SIGKILL)
    subprocess.run([*command, str(tmp_path / "killed"), str(styles)], check=True, stdout=subprocess.DEVNULL)
    assert pixels(tmp_path / "killed") == pixels(tmp_path / "calm")
    assert read_ledger(tmp_path / "killed")["output"].is_unique
    assert not list((tmp_path / "killed").rglob("*.atelier-part"))
