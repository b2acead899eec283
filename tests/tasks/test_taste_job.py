"""The taste job: people who like dark or bright pictures, real files, a small encoder."""

import csv
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from artmodels.errors import AtelierError
from tasks import taste
from tasks.foresee import foresee_ranking
from tasks.settings import Settings
from tasks.taste_file import folder_name, people, read_opinions


@pytest.fixture
def album(tmp_path: Path, make_painting, encode) -> Path:
    """Pictures from dark to bright, in their order, and one that is none."""
    folder = tmp_path / "album"
    folder.mkdir()
    for number in range(12):
        dimmed = (make_painting(number) * (0.15 + 0.07 * number)).astype(np.uint8)
        (folder / f"p{number:02d}.png").write_bytes(encode(dimmed))
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


def write(path: Path, header: str, *rows: str) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.fixture
def choices(tmp_path: Path) -> Path:
    """Ada prefers what is brighter, Bo what is darker."""
    pairs = [(0, 6), (1, 9), (2, 11), (3, 8), (5, 10), (4, 7), (0, 11), (2, 7), (1, 5), (3, 10)]
    rows = [f"Ada,p{bright:02d}.png,p{dark:02d}.png" for dark, bright in pairs]
    rows += [f"Bo/..,p{dark:02d}.png,album/p{bright:02d}.png" for dark, bright in pairs]
    return write(tmp_path / "said.csv", "user,preferred,other", *rows)


def run(house: Settings, **fields: object) -> list[dict]:
    return taste.run(house, taste.order(**fields), lambda done, total, figures: None)


def ranking(report: dict) -> list[dict[str, str]]:
    with Path(report["ranking"]).open(newline="") as file:
        return list(csv.DictReader(file))


def test_each_person_has_a_ranking_of_their_own(house, album, choices, tmp_path):
    wanted = {"pictures": [album], "choices": choices, "out": tmp_path / "out", "ask": 3}
    assert foresee_ranking(house, wanted)["to_make"] == 13
    assert not (tmp_path / "out").exists()
    ada, bo = run(house, **wanted)
    order = {row["path"]: number for number, row in enumerate(ranking(ada)) if row["rank"]}
    assert len(order) == 12
    bright = [order[str(album / f"p{number:02d}.png")] for number in (9, 10, 11)]
    dark = [order[str(album / f"p{number:02d}.png")] for number in (0, 1, 2)]
    assert max(bright) < min(dark)
    assert ranking(bo)[0]["path"] in {str(album / f"p{number:02d}.png") for number in range(5)}
    broken = ranking(ada)[-1]
    assert (Path(broken["path"]).name, broken["rank"]) == ("broken.png", "")
    assert broken["reason"].startswith("undecodable")
    assert all(float(row["deviation"]) > 0 for row in ranking(ada)[:12])
    assert (tmp_path / "out" / folder_name("Ada") / "best.jpg").is_file()
    with Path(ada["questions"]).open(newline="") as file:
        asked = list(csv.DictReader(file))
    assert len({frozenset((row["first"], row["second"])) for row in asked}) == 3
    assert {path.parent for path in (tmp_path / "out").rglob("ranking.csv")} == {
        tmp_path / "out" / folder_name(name) for name in ("Ada", "Bo/..")
    }


def test_a_taste_is_kept_and_ranks_other_pictures(house, album, choices, tmp_path, make_painting, encode):
    run(house, pictures=[album], choices=choices, out=tmp_path / "out")
    assert people(house) == ["Ada", "Bo/.."]
    others = tmp_path / "others"
    others.mkdir()
    for name, share in {"night": 0.15, "noon": 1.0}.items():
        (others / f"{name}.png").write_bytes(encode((make_painting(50) * share).astype(np.uint8)))
    (report,) = run(house, pictures=[others], person="Ada", out=tmp_path / "later")
    assert [Path(row["path"]).stem for row in ranking(report)] == ["noon", "night"]
    assert report["learnt_from"] == 10
    kept = house.scratch / "tastes" / folder_name("Ada")
    (kept / "taste.json").write_text("{}")
    with pytest.raises(AtelierError, match=r"taste\.json is damaged"):
        run(house, pictures=[others], person="Ada", out=tmp_path / "later")


def test_ratings_on_a_scale(house, album, tmp_path):
    rows = [f"Ada,p{number:02d}.png,{1 + number // 3}" for number in range(12)]
    file = write(tmp_path / "rated.csv", "user,work,rating", *rows)
    (report,) = run(house, pictures=[album], choices=file, scale=(1, 5), out=tmp_path / "out")
    ranked = [int(Path(row["path"]).stem[1:]) for row in ranking(report)[:12]]
    assert np.mean(ranked[:4]) > np.mean(ranked[-4:]) + 4
    assert (
        report["learnt_from"],
        load_file(house.scratch / "tastes" / folder_name("Ada") / "taste.safetensors")["mean"].ndim,
    ) == (12, 1)


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        ("user,preferred,other", ["Ada,p00.png,p01.png"] * 3, "^Ada has made 3 choices: a taste needs 8 or more"),
        ("user,work,rating", ["Ada,p00.png,7"] * 2, "^Ada has made 2 ratings: a taste needs 8 or more"),
        ("user,work,rating", ["Ada,p00.png,7"] * 9, "^Ada has rated all works the same"),
        ("user,work,rating", ["Ada,p00.png,11"], r"row 1: rating='11' leaves the scale, 0 to 10 \(--scale\)"),
        ("user,work,rating", ["Ada,p00.png,"], r"row 1: rating='' leaves the scale"),
        ("user,preferred,other", ["Ada,p00.png,p00.png"], "row 1: p00.png cannot be preferred to itself"),
        ("user,preferred,other", ["Ada,p00.png,"], "row 1: give user, work and rating, or user, preferred and other"),
        ("user,preferred,other", [",p00.png,p01.png"], "row 1: the column user is empty"),
        ("person,work", ["Ada,p00.png"], "has no column 'user'"),
        ("user,preferred,other", ["Ada,p00.png,gone.png"] * 9, "The work 'gone.png' is not among the pictures"),
        ("user,preferred,other,work,rating", ["Ada,a,b,,", "Ada,,,c,3"], "Ada has both ratings and choices"),
    ],
)
def test_what_cannot_be_learnt_from_is_named(house, album, tmp_path, header, rows, message):
    file = write(tmp_path / "said.csv", header, *rows)
    with pytest.raises(AtelierError, match=message):
        run(house, pictures=[album], choices=file, out=tmp_path / "out")
    assert not (house.scratch / "tastes").exists()


def test_people_who_are_not_known_are_named(house, album, choices, tmp_path):
    with pytest.raises(AtelierError, match=r"No taste of 'Cy' is known \(known: nobody yet\)"):
        run(house, pictures=[album], person="Cy", out=tmp_path / "out")
    with pytest.raises(AtelierError, match=r"says nothing of 'Cy'; it speaks of Ada, Bo/\.\.\."):
        run(house, pictures=[album], choices=choices, person="Cy", out=tmp_path / "out")
    with pytest.raises(AtelierError, match="Say whose taste is wanted"):
        taste.order(pictures=[album], out=tmp_path)


def test_a_name_that_several_pictures_have(house, album, tmp_path):
    twin = album / "more"
    twin.mkdir()
    (twin / "p00.png").write_bytes((album / "p00.png").read_bytes())
    file = write(tmp_path / "said.csv", "user,preferred,other", *["Ada,p00.png,p01.png"] * 9)
    with pytest.raises(AtelierError, match=r"'p00\.png' could be any of 2 pictures"):
        run(house, pictures=[album], choices=file, out=tmp_path / "out")


def test_opinions_of_many(choices):
    said = read_opinions(choices, (0, 10))
    assert list(said) == ["Ada", "Bo/.."]
    assert len(said["Ada"]) == 10
    assert said["Ada"].choices[0] == ("p06.png", "p00.png")
