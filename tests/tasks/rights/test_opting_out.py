import csv
import json
import shutil

import pyarrow.parquet as pq
import pytest

from artmodels.errors import AtelierError
from artmodels.family import get_family
from tasks import registry, runs, versions
from tasks.catalog import read_catalog
from tasks.ingest import ingest
from tasks.rights import opt_out as module
from tasks.rights.marks import TAG
from tasks.rights.opt_out import add_names, foresee_opt_out, opt_out, take_out
from tasks.rights.report import rights
from tasks.sequences import row_of, write_sequences
from tasks.sources import open_source


@pytest.fixture
def catalogued(settings, tmp_path, encode, make_painting):
    """A house with works of two artists and one that looks like another's, taken in but not tracked."""
    fill(settings, tmp_path / "works", encode, make_painting)
    return settings


def fill(settings, folder, encode, make_painting):
    folder.mkdir()
    artists = ["Ada Example", "Eve", "ADA  EXAMPLE", "Eve", "Ada Example"]
    with (folder / "labels.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "artist"])
        for number, artist in enumerate(artists):
            # The second of Eve's is all but the first of Ada's.
            image = make_painting(0 if number == 3 else number)
            (folder / f"{number}.png").write_bytes(encode(image, compress_level=number))
            writer.writerow([f"{number}.png", artist])
    metadata = str(folder / "labels.csv")
    ingest(open_source(str(folder), settings, "artwork", metadata, {}, {"licence": "own work"}), settings)


def test_the_works_of_an_artist_leave_the_catalog_and_the_disk(catalogued):
    before = read_catalog(catalogued.catalog).to_pylist()
    theirs = [row for row in before if row["artist"] != "Eve"]
    assert any(row["near_duplicate_of"] in {one["id"] for one in theirs} for row in before if row["artist"] == "Eve")
    foreseen = foresee_opt_out(catalogued, ["ada example", "Evy"])
    assert foreseen["removed"] == {"Ada Example": 2, "ADA EXAMPLE": 1}
    assert foreseen["nearest"] == {"Evy": ["Eve"]}
    assert not (catalogued.root / "opt-out.txt").exists(), "it only tells"
    (catalogued.root / "opt-out.txt").write_text("ada example\n")
    removed, left = take_out(catalogued)
    assert dict(removed) == {"Ada Example": 2, "ADA EXAMPLE": 1}
    assert left == {"Eve"}
    after = read_catalog(catalogued.catalog).to_pylist()
    assert [row["artist"] for row in after] == ["Eve", "Eve"]
    assert {row["near_duplicate_of"] for row in after} == {None}
    assert not any((catalogued.data / row["file"]).exists() for row in theirs)
    assert all((catalogued.data / row["file"]).is_file() for row in after)
    refused = (catalogued.data / "rejected.csv").read_text()
    assert refused.count("taken out: the artist") == 3
    assert dict(take_out(catalogued)[0]) == {}


def test_one_who_was_killed_on_the_way_is_finished_by_the_next(catalogued, monkeypatch):
    (catalogued.root / "opt-out.txt").write_text("Ada Example\n")

    def killed(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_catalog", killed)
        with pytest.raises(KeyboardInterrupt):
            take_out(catalogued)
    assert sum(take_out(catalogued)[0].values()) == 3
    assert len(list((catalogued.data / "artworks").rglob("*.png"))) == 2


def test_music_and_texts_are_taken_out_too(settings):
    words = {"licence": "own work", "title": "no. 1"}
    rows = [row_of((f"A text by {name}", {}), words | {"author": name}) for name in ("Ada", "Eve")]
    write_sequences(settings.data / "critique.parquet", rows)
    (settings.root / "opt-out.txt").write_text("Ada\n")
    assert dict(take_out(settings)[0]) == {"Ada": 1}
    assert pq.read_table(settings.data / "critique.parquet")["author"].to_pylist() == ["Eve"]


def test_a_name_is_put_on_the_list_once(settings):
    path = settings.root / "opt-out.txt"
    path.write_text("# who asked\nEve", encoding="utf-8")
    assert add_names(settings, ["Édouard Manet", "eve", "EDOUARD MANET"]) == ["Édouard Manet"]
    assert path.read_text(encoding="utf-8") == "# who asked\nEve\nÉdouard Manet\n"


@pytest.mark.parametrize("name", ["", " ", "...", "Ada # Eve", "Ada\nEve#"])
def test_what_is_no_name_is_refused(settings, name):
    with pytest.raises(AtelierError, match="an artist's name"):
        add_names(settings, ["Ada", name])
    assert not (settings.root / "opt-out.txt").exists()


@pytest.mark.slow
def test_an_artist_opts_out(project, bundle, empty_registry, encode, make_painting, tmp_path):
    """The whole of it, with real DVC: a version of the data, marked models, and a retraining that would differ."""
    fill(project, tmp_path / "works", encode, make_painting)
    then = versions.track(project)
    project.scratch.mkdir(exist_ok=True)
    shutil.copy(empty_registry, project.scratch / "mlflow.db")
    lineage = runs.lineage(project, "style", {})
    run_id = registry.start_run(project, "style", "test", {}, {})
    registry.register(project, get_family("style"), run_id, bundle, lineage)
    assert runs.unchanged_version(project, "style", {}) == 1

    report = opt_out(project, ["ada éxample", "Eva"])
    assert report["listed"] == ["ada éxample", "Eva"]
    assert report["removed"] == {"Ada Example": 2, "ADA EXAMPLE": 1}
    assert report["data_md5"] == versions.data_md5(project) != then
    assert report["nearest"] == {"Eva": ["Eve"]}
    (marked,) = report["marked"]
    assert marked.startswith("style v1 learnt from 3 works of artists who have opted out")
    assert json.loads(registry.find(project, "style", "1").tags[TAG]) == {"Ada Example": 2, "ADA EXAMPLE": 1}
    told = rights(project, "style", "1")
    assert (told["works"], told["data_md5"]) == (5, then)
    assert runs.unchanged_version(project, "style", {}) is None, "retrain makes one without them"

    assert opt_out(project, []) | {"marked": []} == {
        **{"listed": [], "removed": {}, "data_md5": None, "marked": [], "untold": [], "nearest": {}}
    }
