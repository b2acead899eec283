import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artmodels.errors import AtelierError
from artmodels.sequences import Sequences
from tasks.catalog import read_catalog
from tasks.ingest import ingest
from tasks.intake import take_in
from tasks.prepare import main, sequences
from tasks.sequences import ingest_sequences, read_sequences, row_of, write_sequences
from tasks.sources import open_source
from tasks.sources import sequences as source
from tasks.sources.sequences import SequenceCandidate, open_sequences

LICENCE = {"licence": "CC0-1.0"}


def candidate(where, content, **metadata):
    def fetch():
        if isinstance(content, AtelierError):
            raise content
        return content, {}

    return SequenceCandidate(where, LICENCE | metadata, fetch)


def steps(*numbers):
    return np.array(numbers, np.int16)[:, None]


def test_good_sequences_come_in_and_bad_ones_have_a_reason(settings):
    found = [
        candidate("a", steps(1, 2, 3)),
        candidate("b", AtelierError("there is no note in it")),
        candidate("c", steps(1, 2, 3)),
        candidate("d", steps(4), licence="all rights reserved"),
        candidate("e", steps()),
        candidate("f", np.array([[70_000]])),
        candidate("g", steps(5), split="holdout"),
        candidate("h", steps(6), author="Ada", title="two\nlines"),
    ]
    foreseen = ingest_sequences(found, "music", settings, dry_run=True)
    assert (foreseen.added, len(foreseen.refusals)) == (2, 6)
    assert not list(settings.data.glob("*.*")), "a dry run only tells"
    report = ingest_sequences(found, "music", settings)
    assert (report.added, report.rejected, report.already_known) == (2, 6, 0)
    reasons = pd.read_csv(report.rejected_file).set_index("where")["reason"]
    assert reasons["b"] == "there is no note in it"
    assert reasons["c"] == "the same as a"
    assert "is not accepted: CC0-1.0" in reasons["d"]
    assert reasons["e"] == "it is empty"
    assert "leave the range -32768 to 32767" in reasons["f"]
    assert "train, validation, test, or nothing" in reasons["g"]
    titles = read_sequences(settings.data / "music.parquet")["title"].to_pylist()
    assert sorted(titles) == ["", "two lines"]
    again = ingest_sequences(found, "music", settings)
    assert (again.added, again.already_known) == (0, 3)


def test_authors_who_opted_out_stay_out(settings):
    (settings.root / "opt-out.txt").write_text("Ada Lovelace\n")
    report = ingest_sequences([candidate("a", steps(1), author="ada lovelace")], "music", settings)
    assert (report.added, report.rejected) == (0, 1)


def test_published_splits_stay_and_groups_are_not_parted(project):
    published = [candidate(f"p{n}", steps(1, n), split="test") for n in range(20)]
    series = [candidate(f"s{n}", steps(2, n), group="one") for n in range(20)]
    single = [candidate(f"x{n}", steps(3, n)) for n in range(200)]
    ingest_sequences([*published, *series, *single], "drawing", project)
    sequences(project)
    dealt = Sequences(project.prepared / "sequences" / "drawing.parquet")
    first = np.array([dealt.array(number)[0, 0] for number in range(len(dealt))])
    splits = dealt.table["split"].to_numpy()
    assert set(splits[first == 1]) == {"test"}
    assert len(set(splits[first == 2])) == 1
    assert set(splits[first == 3]) == {"train", "validation", "test"}
    assert 0.6 < (splits[first == 3] == "train").mean() < 0.9


def test_a_house_without_pictures_has_an_empty_catalog(project, monkeypatch):
    ingest_sequences([candidate("a", steps(1))], "music", project)
    assert len(read_catalog(project.catalog)) == 0
    monkeypatch.chdir(project.root)
    assert [main([stage]) for stage in ("split", "pack", "sequences")] == [0, 0, 0]


def test_a_kind_that_is_gone_is_no_longer_prepared(project):
    ingest_sequences([candidate("a", steps(1))], "music", project)
    sequences(project)
    (project.data / "music.parquet").unlink()
    sequences(project)
    assert list((project.prepared / "sequences").iterdir()) == []


def test_a_damaged_file_is_named_and_stays(settings):
    path = settings.data / "music.parquet"
    path.parent.mkdir()
    path.write_bytes(b"PAR1 not really")
    with pytest.raises(AtelierError, match=r"music\.parquet is damaged"):
        ingest_sequences([candidate("a", steps(1))], "music", settings)
    assert path.read_bytes() == b"PAR1 not really"


def test_equal_rows_give_equal_bytes(tmp_path):
    rows = [row_of((steps(n, n + 1), {"b": 1.0, "a": 2.0}), LICENCE) for n in range(5)]
    write_sequences(tmp_path / "a.parquet", rows)
    write_sequences(tmp_path / "b.parquet", rows[::-1])
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_figures_must_be_finite():
    with pytest.raises(AtelierError, match="not all finite"):
        row_of(("words", {"total": float("nan")}), {})


@given(
    st.lists(st.lists(st.integers(-32768, 32767), min_size=2, max_size=2), min_size=1, max_size=20),
    st.dictionaries(st.text(max_size=5), st.floats(allow_nan=False, allow_infinity=False), max_size=3),
    st.text(min_size=1, max_size=30),
)
def test_any_sequence_survives_the_file(tmp_path_factory, numbers, figures, words):
    path = tmp_path_factory.mktemp("any") / "music.parquet"
    array = np.array(numbers)
    # A surrogate alone is no text that a file may hold.
    words = words.encode("utf-8", "replace").decode()
    write_sequences(path, [row_of((array, figures), {}), row_of((words, figures), {"split": "test"})])
    opened = Sequences(path)
    number, text = (int(opened.where(split)[0]) for split in ("", "test"))
    assert opened.array(number).tolist() == numbers
    assert opened.text(text) == words
    assert opened.figures(number) == figures


def read_numbers(path, columns, defaults):
    for number, line in enumerate(path.read_text().splitlines()):
        yield SequenceCandidate(f"{path}#{number}", defaults, lambda line=line: (steps(int(line)), {}))


def test_ingest_takes_sequences_of_a_known_kind(project, monkeypatch):
    monkeypatch.setitem(source.READERS, "music", f"{__name__}:read_numbers")
    (project.root / "numbers.txt").write_text("1\n2\n2\n")
    report = take_in(project, str(project.root / "numbers.txt"), "music", None, {}, LICENCE)
    assert (report["added"], report["rejected"]) == (2, 1)
    assert report["data_md5"].endswith(".dir")
    with pytest.raises(AtelierError, match="not with the kind 'music'"):
        take_in(project, str(project.root / "numbers.txt"), "music", "m.csv", {}, LICENCE)


def test_sources_that_are_none_are_named(settings, tmp_path, monkeypatch):
    monkeypatch.setitem(source.READERS, "music", f"{__name__}:read_numbers")
    with pytest.raises(AtelierError, match="'dance' is not accepted"):
        open_sequences(str(tmp_path), "dance", {}, {})
    with pytest.raises(AtelierError, match="'style' is not one of title, author"):
        open_sequences(str(tmp_path), "music", {}, {"style": "x"})
    with pytest.raises(AtelierError, match="no file or folder"):
        open_sequences(str(tmp_path / "none"), "music", {}, {})
    with pytest.raises(AtelierError, match=r"'dance' is not accepted: artwork, photograph, .*music"):
        open_source(str(tmp_path), settings, "dance")


def test_pictures_still_come_in_beside_them(settings, pictures):
    ingest_sequences([candidate("a", steps(1))], "music", settings)
    report = ingest(open_source(str(pictures), settings, defaults=LICENCE), settings)
    assert report.added == 8
    assert (settings.data / "music.parquet").is_file()
