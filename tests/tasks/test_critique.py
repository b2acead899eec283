"""The critique job and the ranking step: a small real critic, a real registry, pictures of all kinds."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from artmodels.bundle import save_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.images import INDEX, PackedImages
from tasks import critique
from tasks.batch import Item, find_damaged, item_key, read_ledger
from tasks.batch.encode import write_picture
from tasks.batch.ledger import Ledger
from tasks.critique_order import order
from tasks.critique_words import answers, evaluation, reasons
from tasks.keep_best import keep_best
from tasks.settings import Settings

TINY = {"side": 32, "codes": 3, "min_works": 2, "steps": 1, "width": 8, "places": 3}


def quiet(done: int, total: int, figures: dict[str, float]) -> None:
    """Show nothing."""


@pytest.fixture(scope="module")
def studio(open_studio, tmp_path_factory: pytest.TempPathFactory, watched_folder: Path, teacher: Path) -> Settings:
    """A registry whose champion is a small critic that knows styles, artists, years and ratings."""
    folder = tmp_path_factory.mktemp("critic")
    (folder / "images.bin").symlink_to(watched_folder / "images.bin")
    table = pd.read_parquet(watched_folder / INDEX)
    count = np.arange(len(table))
    table.assign(year=1800 + count, rating_mean=1.0 + count % 10, rating_count=5).to_parquet(folder / INDEX)
    family = get_family("critic")
    module, _ = family.training(family.configure(TINY), PackedImages(folder), teacher)
    module.on_fit_end()
    bundle = save_bundle(folder / "bundle", "critic", module.bundle_config(), module.bundle_state())
    return open_studio(bundle, "critic", device="cpu")


@pytest.fixture
def pictures(tmp_path: Path, make_painting, encode) -> Path:
    """Pictures of several kinds, and a file that is none."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.png").write_bytes(encode(make_painting(number, 60, 50)))
    (folder / "words.jpg").write_text("not a picture")
    (folder / "line.png").write_bytes(encode(make_painting(1, 1, 900)))
    (folder / "print.jpg").write_bytes(encode(Image.fromarray(make_painting(9, 50, 50)).convert("CMYK"), "JPEG"))
    return folder


def run(studio: Settings, **fields: object) -> dict:
    return critique.run(studio, order(**fields), quiet)


def table(out: Path) -> list[dict[str, str]]:
    with (out / "critiques.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_critique_or_one_sentence_for_every_picture(studio, pictures, tmp_path):
    report = run(studio, pictures=[pictures], out=tmp_path / "out")
    assert (report["done"], report["set_aside"]) == (6, 1)
    rows = table(tmp_path / "out")
    assert {Path(row["path"]).name for row in rows} == {path.name for path in pictures.iterdir()}
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4", "5", "6", ""]
    *done, aside = rows
    assert (Path(aside["path"]).name, aside["status"]) == ("words.jpg", "set aside")
    assert aside["reason"]
    marks = [float(row["evaluation"]) for row in done]
    assert marks == sorted(marks, reverse=True)
    for row in done:
        assert row["scale"] == "rating"
        assert 1 <= float(row["low"]) <= float(row["evaluation"]) <= float(row["high"]) <= 10
        assert row["known"] in ("True", "False")
        assert row["style"] in row["style_among"].split("; ")
        assert "of the works" in row["why"]


def test_json_has_the_same_order_and_the_maps(studio, pictures, tmp_path):
    report = run(studio, pictures=[pictures], out=tmp_path / "out")
    found = json.loads(Path(report["json"]).read_text())
    assert [one["path"] for one in found] == [row["path"] for row in table(tmp_path / "out") if row["rank"]]
    assert np.array(found[0]["attention"]).shape == np.array(found[0]["occlusion"]).shape == (3, 3)


def test_the_gallery_is_ranked_and_shows_where_it_looked(studio, pictures, tmp_path):
    report = run(studio, pictures=[pictures], out=tmp_path / "out")
    page = Path(report["gallery"]).read_text()
    best = Path(table(tmp_path / "out")[0]["path"]).stem
    cards = page.split('class="card"')[1:]
    assert len(cards) == 6
    assert f"<span>{best}</span>" in cards[0]
    assert "ranked by <b>critic v1</b>" in page
    shown = {
        Path(row["record"]["content"]["path"]).name: row for row in read_ledger(tmp_path / "out").to_dict("records")
    }
    assert (shown["0.png"]["width"], shown["0.png"]["height"]) == (3 * 50, 60)
    plain = run(studio, pictures=[pictures / "0.png"], out=tmp_path / "plain", reasons=False)
    assert plain["done"] == 1
    assert read_ledger(tmp_path / "plain")["width"].tolist() == [50]


def test_a_job_done_before_does_only_what_is_new(studio, pictures, tmp_path):
    options = {"pictures": [pictures, pictures / "0.png"], "out": tmp_path / "out"}
    run(studio, **options)
    (pictures / "twin").mkdir()
    shutil.copy(pictures / "0.png", pictures / "twin")
    report = run(studio, **options)
    assert (report["done"], report["skipped"]) == (1, 6)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"pictures": ["nowhere"]}, "pictures: nowhere does not exist"),
        ({"pictures": []}, r"pictures=\[\] is not accepted"),
        ({"model": "style@champion"}, "family 'style', wanted is 'critic'"),
        ({"model": "17"}, "no version or alias '17'"),
        ({"colour": 1}, "colour=1 is not accepted"),
    ],
)
def test_a_wrong_order_is_refused_in_words(studio, pictures, tmp_path, fields, words):
    with pytest.raises(AtelierError, match=words):
        run(studio, **({"pictures": [pictures], "out": tmp_path / "out"} | fields))
    assert not (tmp_path / "out").exists()


def test_a_critique_in_words():
    said = {
        "scale": "rating",
        "known": False,
        "belonging": 0.01,
        "heads": {
            "style": {"best": "Cubism", "probability": 0.42, "among": ["Cubism", "Rococo"]},
            "rating": {"value": 7.125, "low": 6.0, "high": 8.5},
        },
        "properties": {
            "warmth": {"value": 0.1, "percentile": 4.0},
            "contrast": {"value": 0.2, "percentile": 50.0},
            "detail": {"value": 0.2, "percentile": 93.0},
            "palette": {"value": 80.0, "percentile": 70.0},
        },
        "nearest": [{"title": "Nocturne", "artist": "whistler", "year": 1872}],
        "agreement": 0.05,
    }
    assert evaluation(said) == "7.1 (6.0 to 8.5)"
    assert answers(said)["style"] == "Cubism (42%; 1 more not ruled out)"
    told = reasons(said)
    assert told[0].startswith("unlike the works")
    assert told[1:5] == [
        *("bluer than 96 % of the works", "more detail than 93 % of the works", "more colours than 70 % of the works"),
        "read like Nocturne (whistler, 1872)",
    ]
    assert "disagree" in told[5]


def fill(out: Path, make_painting, count: int) -> None:
    """A finished job of other pictures."""
    out.mkdir()
    with Ledger(out) as ledger:
        for number in range(count):
            item = Item(item_key({"n": number}), f"{number}.png", {"seed": number, "findings": {"class": "any"}})
            ledger.add_done(item, write_picture(make_painting(number), out / item.output), 0.1)
        ledger.add_set_aside(Item("0" * 64, "bad.png", {}), "damaged")


def test_the_best_are_laid_out_by_rank(studio, tmp_path, make_painting):
    out = tmp_path / "job"
    fill(out, make_painting, 6)
    report = keep_best(studio, out, 2, "champion", quiet)
    assert (report["kept"], report["of"]) == (2, 6)
    best = out / "best"
    kept = read_ledger(best).to_dict("records")
    ranks = table(out / "critiques")
    for row, rank in zip(kept, ranks[:2], strict=True):
        source = Path(rank["path"])
        assert row["output"] == f"000{rank['rank']}-{source.name}"
        assert (best / row["output"]).read_bytes() == source.read_bytes()
        assert row["record"]["seed"] == int(source.stem)
        assert row["record"]["findings"]["evaluation"]
    assert find_damaged(best) == []
    assert len(list(out.glob("*.png"))) == 6
    assert "The best 2 of 6" in (best / "gallery.html").read_text()
    again = keep_best(studio, out, 4, "champion", quiet)
    assert again["kept"] == 4
    assert len(list(best.glob("0*.png"))) == 4
    assert keep_best(studio, out, 99, "champion", quiet)["kept"] == 6


def test_what_cannot_be_kept_is_said_in_words(studio, tmp_path, make_painting):
    out = tmp_path / "job"
    fill(out, make_painting, 2)
    with pytest.raises(AtelierError, match="keep_best=0 is not accepted"):
        keep_best(studio, out, 0, "champion", quiet)
    with pytest.raises(AtelierError, match="no version or alias '9'"):
        keep_best(studio, out, 1, "9", quiet)
    (out / "best").mkdir()
    (out / "best" / "mine.txt").write_text("keep")
    with pytest.raises(AtelierError, match="is in the way"):
        keep_best(studio, out, 1, "champion", quiet)
    assert (out / "best" / "mine.txt").read_text() == "keep"
    fill(tmp_path / "none", make_painting, 0)
    with pytest.raises(AtelierError, match="no finished picture"):
        keep_best(studio, tmp_path / "none", 1, "champion", quiet)
