"""Critiques from a CSV: columns, scales, groups."""

import csv
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artmodels.errors import AtelierError
from artmodels.reader.figures import FIGURES, fault_of
from tasks.sequences import ingest_sequences, read_sequences
from tasks.sources.near_texts import group_texts
from tasks.sources.sequences import open_sequences

LICENCE = {"licence": "CC-BY-4.0"}
LONG = "the light falls softly on the old houses by the river and the colours are warm and calm"


def write(path: Path, header: list[str], *rows: list[str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def test_rows_come_in_with_their_scores_and_bad_ones_have_a_reason(settings, tmp_path):
    file = write(
        tmp_path / "said.csv",
        ["Critique", "total", "Colour", "mood", "title"],
        ["Calm and clear.", "71.5", "8", "", "A"],
        ["Dull, and too dark.", "", "2.5", "3", "B"],
        ["  ", "50", "5", "5", "C"],
        ["Good.", "101", "5", "5", "D"],
        ["Good enough.", "60", "-1", "5", "E"],
        ["Fair.", "sixty", "", "", "F"],
        ["Fair, too.", "nan", "", "", "G"],
        ["Nothing said in numbers.", "", "", "", "H"],
    )
    found = open_sequences(str(file), "critique", {"text": "Critique", "colour": "Colour"}, LICENCE)
    report = ingest_sequences(found, "critique", settings)
    assert (report.added, report.rejected) == (2, 6)
    rows = read_sequences(settings.data / "critique.parquet").to_pylist()
    assert {row["title"]: dict(row["figures"]) for row in rows} == {
        "A": {"total": 71.5, "colour": 8.0},
        "B": {"colour": 2.5, "mood": 3.0},
    }
    reasons = pd.read_csv(report.rejected_file)
    reasons = dict(zip(reasons["where"].str[-2], reasons["reason"], strict=True))
    assert reasons["C"] == "there is no text"
    assert reasons["D"] == "total=101 leaves its scale, 0 to 100"
    assert reasons["E"] == "colour=-1 leaves its scale, 0 to 10"
    assert reasons["F"] == "total='sixty' is no number"
    assert reasons["G"] == "total='nan' is no number"
    assert reasons["H"].startswith("there is no score: name a column with one of total, theme, ")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({}, r"has no column 'text'; it has words, total: name it with text=COLUMN\.$"),
        ({"text": "prose"}, r"has no column 'prose' \(for 'text'\)"),
        ({"text": "words", "beauty": "total"}, r"Column 'beauty' is not one of text, total, theme, .*, split\.$"),
    ],
)
def test_columns_that_are_not_there_are_named(tmp_path, columns, message):
    file = write(tmp_path / "said.csv", ["words", "total"], ["Calm.", "60"])
    with pytest.raises(AtelierError, match=message):
        list(open_sequences(str(file), "critique", columns, LICENCE))


def test_a_folder_is_no_csv(tmp_path):
    with pytest.raises(AtelierError, match="is a folder: critiques are read from a CSV"):
        list(open_sequences(str(tmp_path), "critique", {}, LICENCE))


def test_texts_that_are_nearly_the_same_share_a_group():
    texts = [LONG, LONG.upper() + "!", LONG.replace("calm", "cold"), "Something else is said here, of a horse", LONG]
    groups = group_texts(texts, [""] * 5)
    assert len({groups[0], groups[1], groups[2], groups[4]}) == 1
    assert groups[3] != groups[0]


def test_critiques_of_one_work_share_a_group():
    groups = group_texts(["Calm and clear.", "Too dark for me.", "Who knows."], ["work 1", "work 1", "work 2"])
    assert groups[0] == groups[1] != groups[2]


def test_texts_without_words_do_not_tie_works_together(tmp_path):
    rows = [["Calm and clear.", "A"], ["", "A"], ["", "B"], ["Too dark for me.", "B"]]
    file = write(tmp_path / "said.csv", ["text", "group", "total"], *[[*row, "50"] for row in rows])
    found = list(open_sequences(str(file), "critique", {}, LICENCE))
    assert found[0].metadata["group"] != found[3].metadata["group"]


@pytest.mark.real_data
def test_the_critiques_of_apddv2(real_data):
    columns = {"text": "Language Comment", "total": "Total aesthetic score", "colour": "Color", "mood": "Mood"}
    file = real_data / "other" / "apddv2_scores_comments.csv"
    found = list(open_sequences(str(file), "critique", columns, LICENCE))
    texts = [one for one in found if one.metadata["group"]]
    assert (len(found), len(texts), len({one.metadata["group"] for one in texts})) == (8468, 4136, 2661)
    said = [one.fetch()[0] for one in texts]
    parted = {
        text: {one.metadata["group"] for one, own in zip(texts, said, strict=True) if own == text} for text in said[:50]
    }
    assert all(len(groups) == 1 for groups in parted.values())


@given(st.lists(st.text(max_size=40), min_size=1, max_size=12))
def test_the_order_of_texts_does_not_change_their_groups(texts):
    there = dict(zip(texts, group_texts(texts, [""] * len(texts)), strict=True))
    back = dict(zip(texts[::-1], group_texts(texts[::-1], [""] * len(texts)), strict=True))
    assert there == back


@given(st.sampled_from(FIGURES), st.floats(allow_nan=False))
def test_a_figure_is_within_its_scale_or_named(name, value):
    fault = fault_of(name, value)
    assert (fault is None) == (0 <= value <= (100 if name == "total" else 10))
    assert fault is None or fault.startswith(f"{name}=")
