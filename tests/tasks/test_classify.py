"""The classification job: a small real classifier, a real registry, pictures of all kinds."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artmodels.bundle import save_bundle
from artmodels.classifier.namer import UNKNOWN
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.images import PackedImages
from tasks import classify
from tasks.batch import read_ledger
from tasks.settings import Settings


@pytest.fixture(scope="module")
def studio(open_studio, tmp_path_factory: pytest.TempPathFactory, packed_folder: Path, teacher: Path) -> Settings:
    """A registry whose champion is a small classifier."""
    family = get_family("classifier")
    options = family.configure({"side": 32, "codes": 3, "min_works": 2, "steps": 1})
    module, _ = family.training(options, PackedImages(packed_folder), teacher)
    module.on_fit_end()
    folder = tmp_path_factory.mktemp("classifier")
    bundle = save_bundle(folder, "classifier", module.bundle_config(), module.bundle_state())
    return open_studio(bundle, "classifier", device="cpu")


@pytest.fixture
def odd_pictures(tmp_path: Path, make_painting, encode) -> Path:
    """Pictures that are hard to read, and files that are none."""
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "plain.png").write_bytes(encode(make_painting(2, 60, 50)))
    (folder / "words.jpg").write_text("not a picture")
    (folder / "empty.png").write_bytes(b"")
    (folder / "pixel.png").write_bytes(encode(make_painting(1, 1, 1)))
    (folder / "line.png").write_bytes(encode(make_painting(1, 1, 900)))
    deep = np.linspace(0, 65535, 60 * 40).reshape(60, 40).astype(np.uint16)
    (folder / "deep.png").write_bytes(encode(Image.fromarray(deep)))
    (folder / "print.jpg").write_bytes(encode(Image.fromarray(make_painting(4, 50, 50)).convert("CMYK"), "JPEG"))
    clear = Image.fromarray(make_painting(5, 50, 50)).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize((50, 50)))
    (folder / "clear.png").write_bytes(encode(clear))
    (folder / "grey.png").write_bytes(encode(Image.fromarray(make_painting(6, 50, 50)).convert("L")))
    return folder


def run(studio: Settings, **fields: object) -> dict:
    return classify.run(studio, classify.order(**fields), lambda done, total, figures: None)


def table(out: Path) -> dict[str, dict[str, str]]:
    with (out / "classes.csv").open(newline="") as file:
        return {Path(row["path"]).name: row for row in csv.DictReader(file)}


def test_a_result_or_one_sentence_for_every_picture(studio, odd_pictures, tmp_path):
    report = run(studio, pictures=[odd_pictures], out=tmp_path / "out")
    assert (report["done"], report["set_aside"]) == (7, 2)
    rows = table(tmp_path / "out")
    assert rows.keys() == {path.name for path in odd_pictures.iterdir()}
    for name in ("words.jpg", "empty.png"):
        assert rows[name]["status"] == "set aside"
        assert rows[name]["reason"]
        assert rows[name]["style_1"] == ""
    for name in rows.keys() - {"words.jpg", "empty.png"}:
        assert rows[name]["known"] in ("True", "False")
        assert rows[name]["style_1"] in ("style 0", "style 1")
        assert 0 < float(rows[name]["artist_1_probability"]) <= 1
    assert rows["pixel.png"]["known"] == "False"


def test_the_gallery_stands_by_class(studio, odd_pictures, tmp_path):
    run(studio, pictures=[odd_pictures], out=tmp_path / "out")
    ledger = read_ledger(tmp_path / "out")
    classes = {row["findings"]["class"] for row in ledger[ledger["status"] == "done"]["record"]}
    page = (tmp_path / "out" / "gallery.html").read_text()
    assert UNKNOWN in classes
    assert all(f"<h2>{name}</h2>" in page for name in classes)
    assert "in this class" in page
    assert "named by" in page


def test_maps_change_the_pictures_and_nothing_else(studio, odd_pictures, tmp_path):
    run(studio, pictures=[odd_pictures], out=tmp_path / "plain")
    run(studio, pictures=[odd_pictures], out=tmp_path / "maps", maps=True)
    assert table(tmp_path / "plain") == table(tmp_path / "maps")
    plain, maps = ({p.name: p.read_bytes() for p in (tmp_path / n).glob("*.jpg")} for n in ("plain", "maps"))
    assert plain.keys() == maps.keys()
    assert plain != maps


def test_a_job_done_before_does_only_what_is_new(studio, odd_pictures, tmp_path):
    options = {"pictures": [odd_pictures, odd_pictures / "plain.png"], "out": tmp_path / "out"}
    run(studio, **options)
    (odd_pictures / "twin").mkdir()
    shutil.copy(odd_pictures / "plain.png", odd_pictures / "twin")
    report = run(studio, **options)
    assert (report["done"], report["skipped"]) == (1, 7)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"pictures": ["nowhere"]}, "pictures: nowhere does not exist"),
        ({"pictures": []}, r"pictures=\[\] is not accepted"),
        ({"model": "style@champion"}, "family 'style', wanted is 'classifier'"),
        ({"model": "17"}, "no version or alias '17'"),
        ({"colour": 1}, "colour=1 is not accepted"),
    ],
)
def test_a_wrong_order_is_refused_in_words(studio, odd_pictures, tmp_path, fields, words):
    with pytest.raises(AtelierError, match=words):
        run(studio, **({"pictures": [odd_pictures], "out": tmp_path / "out"} | fields))
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_is_refused_in_words(studio, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(AtelierError, match=r"pictures: .*empty holds no picture"):
        run(studio, pictures=[tmp_path / "empty"], out=tmp_path / "out")
