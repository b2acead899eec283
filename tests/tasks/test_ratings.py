"""Ratings: from a CSV of people's choices into the catalog, or one sentence and nothing changed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artmodels.errors import AtelierError
from tasks import versions
from tasks.catalog import read_catalog
from tasks.ingest import ingest
from tasks.ratings import foresee_rating, rate, read_ratings
from tasks.settings import Settings
from tasks.sources import open_source

IDS = ["a" * 64, "b" * 64, "ab" * 32]


@pytest.fixture
def catalogued(settings: Settings, pictures: Path, monkeypatch) -> Settings:
    """Eight works in a catalog, without DVC."""
    ingest(open_source(str(pictures), settings, defaults={"licence": "CC0-1.0"}), settings)
    monkeypatch.setattr(versions, "track", lambda settings: "0123.dir")
    return settings


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["user,work,rating", *lines]) + "\n")
    return path


def test_ratings_become_means_and_counts(catalogued, pictures):
    before = read_catalog(catalogued.catalog)
    ids = before["id"].to_pylist()
    file = pictures / "Rococo" / "0.png"
    ratings = write(
        pictures / "ratings.csv",
        *(
            f"Ada,{ids[0]},7",
            f"Bob,{ids[0][:8].upper()},8.5",
            f"Ada,{ids[1]},1",
            "Bob,Rococo/0.png,10",
            f"Eve,{file},9",
        ),
    )
    foreseen = foresee_rating(catalogued, ratings)
    assert (foreseen["ratings"], foreseen["people"]) == (5, 3)
    assert read_catalog(catalogued.catalog) == before, "it only tells"
    report = rate(catalogued, ratings)
    assert report["ratings"] == 5
    assert report["people"] == 3
    rows = {row["id"]: row for row in read_catalog(catalogued.catalog).to_pylist()}
    found = {one: (row["rating_mean"], row["rating_count"]) for one, row in rows.items() if row["rating_count"]}
    assert sum(count for _, count in found.values()) == 5
    assert len(found) == report["works"]
    if ids[0] in found and found[ids[0]][1] == 2:
        assert found[ids[0]][0] == 7.75
    # What was known otherwise is as it was.
    unrated = before.drop_columns(["rating_mean", "rating_count"])
    assert read_catalog(catalogued.catalog).drop_columns(["rating_mean", "rating_count"]).equals(unrated)
    # A later file is the whole of what is known of the works it names.
    rate(catalogued, write(pictures / "later.csv", f"Ada,{ids[0]},2"))
    row = read_catalog(catalogued.catalog).to_pylist()[0]
    assert (row["rating_mean"], row["rating_count"]) == (2.0, 1)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["Ada,{0},11"], r"line 2: the rating '11' is not accepted: a number from 1 to 10"),
        (["Ada,{0},0.5"], "the rating '0.5' is not accepted"),
        (["Ada,{0},good"], "the rating 'good' is not accepted"),
        (["Ada,{0},nan"], "the rating 'nan' is not accepted"),
        (["Ada,{0},"], "the rating '' is not accepted"),
        (["Ada,{0},5", "Ada,{0},6"], r"line 3: 'Ada' rates .* twice"),
        ([",{0},5"], "no user is named"),
        (["Ada,nothing,5"], "'nothing' names no work"),
        (["Ada,,5"], "'' names no work"),
        ([], "holds no ratings"),
    ],
)
def test_a_fault_is_one_sentence_and_changes_nothing(catalogued, tmp_path, lines, words):
    before = catalogued.catalog.read_bytes()
    work = read_catalog(catalogued.catalog)["id"][0].as_py()
    path = write(tmp_path / "ratings.csv", "Bob," + work + ",5", *(line.format(work) for line in lines))
    if not lines:
        path.write_text("user,work,rating\n")
    with pytest.raises(AtelierError, match=words.replace("line 2", "line 3").replace("line 3: 'Ada'", "line 4: 'Ada'")):
        rate(catalogued, path)
    assert catalogued.catalog.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"user,work\nAda,x\n", "no column 'rating'"),
        (b"", "no column 'user'"),
        (b"user,work,rating\n\xff\xfe,x,1\n", "is not UTF-8"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_csv_of_ratings(tmp_path, content, words):
    path = tmp_path / "ratings.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AtelierError, match=words):
        read_ratings(path, IDS)


def test_a_picture_that_was_not_ingested(catalogued, tmp_path, make_painting, encode):
    (tmp_path / "new.png").write_bytes(encode(make_painting(99)))
    with pytest.raises(AtelierError, match=r"new.png is not in the catalog: ingest it first"):
        rate(catalogued, write(tmp_path / "ratings.csv", "Ada,new.png,5"))


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(IDS), st.floats(1, 10)), unique_by=lambda one: one[:2])
)
def test_any_ratings_on_the_scale_are_read_as_they_are(tmp_path_factory, given):
    path = write(tmp_path_factory.mktemp("r") / "r.csv", *(f"{user},{work},{rating!r}" for user, work, rating in given))
    if not given:
        with pytest.raises(AtelierError, match="holds no ratings"):
            read_ratings(path, IDS)
        return
    found = read_ratings(path, IDS)
    assert {(user, work, rating) for work, own in found.items() for user, rating in own.items()} == set(given)


def test_a_manifest_with_another_scale_is_refused_by_row(settings, pictures):
    table = pictures / "m.csv"
    table.write_text("path,rating_mean,rating_count\nRococo/0.png,7.5,3\nRococo/2.png,73,3\n")
    report = ingest(open_source(str(pictures), settings, metadata="m.csv", defaults={"licence": "CC0-1.0"}), settings)
    assert (report.added, report.rejected) == (7, 1)
    assert "the rating '73' is not accepted: a number from 1 to 10" in report.rejected_file.read_text()
    assert 7.5 in read_catalog(settings.catalog)["rating_mean"].to_pylist()
