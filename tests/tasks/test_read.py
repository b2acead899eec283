"""The reading job: a small real reader, a real registry, texts of all kinds."""

import csv
import json
from pathlib import Path

import pytest

from artmodels.bundle import save_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.sequences import Sequences
from tasks import read
from tasks.foresee import foresee_readings
from tasks.read_texts import find_texts
from tasks.settings import Settings

CALM = "The light is calm and the colours glow, form."
STIFF = "The lines are stiff and the colours are dull, mood."


@pytest.fixture(scope="module")
def studio(open_studio, tmp_path_factory: pytest.TempPathFactory, packed_folder: Path) -> Settings:
    """A registry whose champion is a small reader."""
    family = get_family("reader")
    data = Sequences(packed_folder.parent / "sequences" / "critique.parquet")
    module, _ = family.training(family.configure({"embedding": 4, "hidden": 3, "share": 0.2}), data, Path())
    module.on_fit_end()
    folder = tmp_path_factory.mktemp("reader")
    return open_studio(
        save_bundle(folder, "reader", module.bundle_config(), module.bundle_state()), "reader", device="cpu"
    )


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "calm.txt").write_text(CALM)
    (folder / "stiff.md").write_text("\ufeff" + STIFF, encoding="utf-8")
    (folder / "empty.txt").write_text(" \n")
    (folder / "other.txt").write_text("Das Bild ist sehr schön.")
    (folder / "latin.txt").write_bytes("Très beau".encode("latin-1"))
    (folder / "picture.png").write_bytes(b"")
    return folder


def run(studio: Settings, **fields: object) -> dict:
    return read.run(studio, read.order(**fields), lambda done, total, figures: None)


def table(out: Path) -> dict[str, dict[str, str]]:
    with (out / "readings.csv").open(newline="", encoding="utf-8") as file:
        return {Path(row["where"]).name: row for row in csv.DictReader(file)}


def test_a_reading_or_one_sentence_for_every_text(studio, texts, tmp_path):
    wanted = {"critiques": [texts], "out": tmp_path / "out"}
    assert foresee_readings(studio, wanted)["to_make"] == 5
    assert not (tmp_path / "out").exists()
    report = run(studio, **wanted)
    assert (report["done"], report["refused"], report["skipped"]) == (2, 3, 0)
    assert (foresee_readings(studio, wanted)["to_make"], foresee_readings(studio, wanted)["there_already"]) == (0, 5)
    rows = table(tmp_path / "out")
    assert set(rows) == {"calm.txt", "stiff.md", "empty.txt", "other.txt", "latin.txt"}
    assert rows["empty.txt"]["reason"] == "there are no words in it"
    assert "in another language" in rows["other.txt"]["reason"]
    assert rows["latin.txt"]["reason"] == "it is not UTF-8"
    assert float(rows["calm.txt"]["total"]) > float(rows["stiff.md"]["total"])
    assert float(rows["calm.txt"]["total_low"]) <= float(rows["calm.txt"]["total_high"])
    assert rows["calm.txt"]["familiar"] == "True"
    assert rows["calm.txt"]["mood"] == ""
    assert {"calm", "glow"} & set(rows["calm.txt"]["spoke_for"].split())
    assert {"stiff", "dull", "lines"} & set(rows["stiff.md"]["spoke_against"].split())


def test_run_again_it_reads_only_what_is_new(studio, texts, tmp_path, monkeypatch):
    run(studio, critiques=[texts], out=tmp_path / "out")
    before = (tmp_path / "out" / "readings.csv").read_bytes()
    asked = []
    reading = read._reading
    monkeypatch.setattr(read, "_reading", lambda reader, text: asked.append(text.where) or reading(reader, text))
    report = run(studio, critiques=[texts], out=tmp_path / "out")
    assert (report["done"], report["skipped"], asked) == (2, 5, [])
    assert (tmp_path / "out" / "readings.csv").read_bytes() == before
    (texts / "calm.txt").write_text(CALM + " Calm!")
    run(studio, critiques=[texts], out=tmp_path / "out")
    assert [Path(where).name for where in asked] == ["calm.txt"]


def test_a_line_that_was_cut_off_is_read_again(studio, texts, tmp_path):
    run(studio, critiques=[texts], out=tmp_path / "out")
    path, before = tmp_path / "out" / "readings.jsonl", (tmp_path / "out" / "readings.csv").read_bytes()
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    report = run(studio, critiques=[texts], out=tmp_path / "out")
    assert report["skipped"] == 4
    assert path.read_bytes() == whole
    assert (tmp_path / "out" / "readings.csv").read_bytes() == before
    path.write_bytes(b"no reading\n" + whole)
    with pytest.raises(AtelierError, match=r"readings\.jsonl is damaged: delete it"):
        run(studio, critiques=[texts], out=tmp_path / "out")


def test_a_csv_of_texts(studio, tmp_path):
    file = tmp_path / "said.csv"
    file.write_text(f'name,Comment\n=A,"{CALM}"\nB,"{STIFF}"\nC,\nA,"{CALM}"\n')
    wanted = {"critiques": [file], "out": tmp_path / "out", "columns": {"text": "Comment", "title": "name"}}
    report = run(studio, **wanted)
    assert (report["done"], report["refused"]) == (3, 1)
    assert [one["status"] for one in report["readings"]] == ["done", "done", "refused", "done"]
    assert report["readings"][0]["scores"] == report["readings"][3]["scores"]
    assert json.loads(json.dumps(report["readings"]))[1]["scores"]["total"]["value"] > 0
    with pytest.raises(AtelierError, match="no column 'text'; it has name, Comment"):
        run(studio, critiques=[file], out=tmp_path / "out")


def test_the_page_colours_words_and_shows_text_as_text(studio, tmp_path):
    file = tmp_path / "<b>said.txt"
    file.write_text("The light is calm <script>glow()</script> and the colours glow.")
    other = tmp_path / "none.txt"
    other.write_text("???")
    report = run(studio, critiques=[file, other], out=tmp_path / "out")
    page = Path(report["page"]).read_text()
    assert "<script>" not in page
    assert "&lt;" in page
    assert "&lt;b&gt;said" in page
    assert 'class="for"' in page
    assert "none.txt: there are no words in it" in page


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone.txt", "There is no file or folder .*gone.txt"),
        ("nothing", "There is no text in .*nothing"),
        ("a.pdf", r"a\.pdf is not accepted: critiques are read from \.txt, \.md and \.csv files"),
    ],
)
def test_what_is_no_text_is_named(tmp_path, name, message):
    (tmp_path / "nothing").mkdir()
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(AtelierError, match=message):
        find_texts([tmp_path / name], {})


def test_an_order_without_critiques_is_not_accepted(tmp_path):
    with pytest.raises(AtelierError, match=r"critiques=\[\] is not accepted"):
        read.order(critiques=[], out=tmp_path)
