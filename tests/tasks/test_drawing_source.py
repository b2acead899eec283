"""Drawings on their way in: npz, ndjson, SVG, folders of them; and what is refused, in one sentence each."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artmodels.errors import AtelierError
from artmodels.sequences import Sequences
from artmodels.sketch.strokes import SIDE, fitted, to_strokes
from tasks.intake import take_in
from tasks.sequences import ingest_sequences, read_sequences
from tasks.sources.drawing import as_stroke3, read_drawing
from tasks.sources.simplify import simplified
from tasks.sources.svg import svg_strokes

LICENCE = {"licence": "CC-BY-4.0"}
SQUARE = [[0, 0, 0], [255, 0, 0], [0, 255, 0], [-255, 0, 0], [0, -255, 1]]
CROSS = [[0, 127, 0], [254, 0, 1], [-127, -127, 0], [0, 254, 1]]


def write_npz(path: Path, *drawings: list[list[float]], prefix: str = "", **more: object) -> Path:
    arrays = {f"{prefix}points": np.concatenate(drawings), f"{prefix}lengths": np.array([len(one) for one in drawings])}
    np.savez(path, **(arrays | more))
    return path


def fetched(path: Path, **columns: str) -> list[tuple[np.ndarray, dict[str, str]]]:
    return [(one.fetch()[0], dict(one.metadata)) for one in read_drawing(path, columns, LICENCE)]


def attempt(path: Path) -> tuple[list[tuple[np.ndarray, dict[str, str]]], str]:
    """Return the drawings of a file, or none and why."""
    try:
        return fetched(path), ""
    except AtelierError as error:
        return [], str(error)


def reason(path: Path, **columns: str) -> str:
    with pytest.raises(AtelierError) as said:
        fetched(path, **columns)
    return str(said.value)


def test_stroke3_arrays_come_in_as_they_are(tmp_path):
    path = write_npz(tmp_path / "a.npz", SQUARE, CROSS, label=np.array([1, 0]), classes=np.array(["cross", "square"]))
    (square, words), (cross, others) = fetched(path)
    assert (square.tolist(), cross.tolist()) == (SQUARE, CROSS)
    assert square.dtype == np.int16
    assert (words["label"], others["label"]) == ("square", "cross")
    assert words["licence"] == "CC-BY-4.0"


def test_published_splits_and_other_scales(tmp_path):
    tall = np.array(CROSS, np.float32) * [0.37, 0.37, 1]
    path = write_npz(
        tmp_path / "a.npz", tall, prefix="valid_", test_points=np.array(SQUARE), test_lengths=np.array([5])
    )
    (cross, words), (_, others) = fetched(path)
    assert (words["split"], others["split"]) == ("validation", "test")
    points = np.concatenate(to_strokes(cross))
    assert np.ptp(points, axis=0).max() == SIDE
    assert points.min(0).tolist() == [0, 0]


def test_lines_of_quick_draw(tmp_path):
    simple = {"word": "cross", "drawing": [[[0, 254], [127, 127]], [[127, 127], [0, 254]]], "recognized": True}
    time = list(range(50))
    raw = {"kind": "line", "drawing": [[[x * 9.5 for x in time], [x * 9.5 for x in time], time]]}
    path = tmp_path / "a.ndjson"
    path.write_text(f"{json.dumps(simple)}\n\n{json.dumps(raw)}\n")
    (cross, words), (line, others) = fetched(path)
    assert cross.tolist() == CROSS
    assert words["label"] == "cross"
    assert line.tolist() == [[0, 0, 0], [255, 255, 1]]
    assert "label" not in others
    assert fetched(path, label="kind")[1][1]["label"] == "line"


def test_shapes_and_curves_of_an_svg(tmp_path):
    path = tmp_path / "a.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200"><g transform="translate(50 50) scale(2)">'
        '<polyline points="0,0 10,10 20,0"/><path d="M0 0 C 0 20 40 20 40 0 M 5 5 L 6 5"/><circle r="9"/></g></svg>'
    )
    [(drawing, _)] = fetched(path)
    strokes = to_strokes(drawing)
    assert len(strokes) == 4
    assert np.ptp(np.concatenate(strokes), axis=0).max() == SIDE
    assert 4 <= len(strokes[1]) <= 14
    assert np.linalg.norm(strokes[3][0] - strokes[3][-1]) <= 1.5
    assert svg_strokes(path)[1] == 400


def test_a_folder_names_what_its_drawings_show_and_keeps_the_good_ones(settings, tmp_path):
    folder = tmp_path / "drawings"
    (folder / "cross").mkdir(parents=True)
    write_npz(folder / "cross" / "a.npz", CROSS)
    (folder / "cross" / "broken.npz").write_bytes(b"PK nothing")
    (folder / "cross" / "empty.svg").write_bytes(b"")
    (folder / "cross" / "notes.txt").write_text("not a drawing")
    write_npz(folder / "b.npz", SQUARE)
    report = ingest_sequences(read_drawing(folder, {}, LICENCE), "drawing", settings)
    assert (report.added, report.rejected) == (2, 2)
    assert sorted(read_sequences(settings.data / "drawing.parquet")["label"].to_pylist()) == ["", "cross"]
    reasons = pd.read_csv(report.rejected_file)["reason"].tolist()
    assert any("cannot be read as arrays" in one for one in reasons)
    assert any("cannot be read as SVG" in one for one in reasons)


def test_drawings_go_through_the_house(project, tmp_path):
    path = write_npz(tmp_path / "a.npz", SQUARE, [[0, 0, 0], [np.nan, 3, 1]], CROSS)
    report = take_in(project, str(path), "drawing", None, {}, LICENCE)
    assert (report["added"], report["rejected"]) == (2, 1)


BAD = {
    "one point": ([[3, 4, 1]], "it has 1 points: 2 to 10000"),
    "nowhere": ([[0, 0, 0], [0, 0, 1]], "all its points are in one place"),
    "not a number": ([[0, 0, 0], [np.nan, 3, 1]], "a coordinate is not a finite number"),
    "infinite": ([[0, 0, 0], [np.inf, 3, 1]], "a coordinate is not a finite number"),
    "too far": ([[0, 0, 0], [1e7, 3, 1]], "a stroke is out of range: coordinates from -100000 to 100000"),
    "another pen": ([[0, 0, 0], [5, 3, 2]], "the pen is 2: 0, it stays down, and 1, it lifts"),
}


@pytest.mark.parametrize(("drawing", "words"), BAD.values(), ids=BAD)
def test_a_bad_drawing_has_a_reason(tmp_path, drawing, words):
    assert words in reason(write_npz(tmp_path / "a.npz", drawing))


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"strokes": np.zeros((2, 3))}, "has no array `points` (or `train_points`, ...): it has strokes"),
        ({"points": np.zeros((2, 4)), "lengths": np.array([2])}, "points has the shape (2, 4): (points, 3)"),
        ({"points": np.zeros((2, 3))}, "lengths is missing or no list of whole numbers"),
        ({"points": np.zeros((2, 3)), "lengths": np.array([3])}, "lengths do not sum to the 2 rows of points"),
        ({"points": np.zeros((2, 3)), "lengths": np.array([-1, 3])}, "lengths do not sum"),
        (
            {"points": np.zeros((2, 3)), "lengths": np.array([2]), "label": np.array([7]), "classes": np.array(["a"])},
            "label names a class that is not one of the 1 in `classes`",
        ),
        ({"points": np.zeros((2, 3)), "lengths": np.array([2]), "label": np.array(["a", "b"])}, "one for each of 1"),
        ({"points": np.array([[1, 2, {}]], object), "lengths": np.array([1])}, "cannot be read as arrays"),
    ],
)
def test_arrays_that_are_no_drawings(tmp_path, arrays, words):
    np.savez(tmp_path / "a.npz", **arrays)
    assert words in reason(tmp_path / "a.npz")


def test_a_column_that_is_not_there(tmp_path):
    path = write_npz(tmp_path / "a.npz", SQUARE)
    assert "has no array 'word': it has points, lengths" in reason(path, label="word")
    assert "Column 'title' is not accepted" in reason(path, title="x")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("[1, 2]", "the line is no JSON object"),
        ("{", "the line is no JSON object"),
        ("[" * 100_000, "the line is no JSON object"),
        ("{}", "`drawing` is no list of strokes"),
        ('{"drawing": [[1], [2]]}', "`drawing` is no list of strokes"),
        ('{"drawing": [[[1, 2], [3]]]}', "`drawing` is no list of strokes"),
        ('{"drawing": []}', "it has 0 points"),
        ('{"drawing": [[[1, NaN], [3, 4]]]}', "not a finite number"),
        ('{"drawing": [[[1, "x"], [3, 4]]]}', "`drawing` is no list of strokes"),
    ],
)
def test_lines_that_are_no_drawings(tmp_path, line, words):
    path = tmp_path / "a.ndjson"
    path.write_text(line)
    assert words in reason(path)


BOMB = (
    '<!DOCTYPE svg [<!ENTITY a "1 1 ">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in ["ab", "bc", "cd", "de", "ef", "fg", "gh"])
    + "]><svg xmlns='http://www.w3.org/2000/svg'><polyline points='&h;'/></svg>"
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read as SVG"),
        ("<svg", "cannot be read as SVG"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "it shows no path, line or shape"),
        ("<svg xmlns='http://www.w3.org/2000/svg'><text>hi</text></svg>", "it shows no path, line or shape"),
        ("<svg xmlns='http://www.w3.org/2000/svg'><path d='M 1 1'/></svg>", "it has 1 points"),
        (BOMB, "cannot be read as SVG"),
    ],
)
def test_svg_without_a_drawing(tmp_path, text, words):
    path = tmp_path / "a.svg"
    path.write_text(text)
    assert words in reason(path)


def test_sources_that_hold_none(tmp_path):
    assert "holds no drawings: .npz, .ndjson, .svg files are accepted" in reason(tmp_path)
    path = tmp_path / "a.txt"
    path.write_text("x")
    assert "is no file of drawings" in reason(path)


@given(st.binary(max_size=300), st.sampled_from([".npz", ".ndjson", ".svg"]))
def test_any_bytes_are_drawings_or_one_sentence(tmp_path_factory, raw, suffix):
    path = tmp_path_factory.mktemp("any") / f"a{suffix}"
    path.write_bytes(raw)
    found, said = attempt(path)
    assert "\n" not in said
    assert all(len(drawing) >= 2 for drawing, _ in found)


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=6), st.booleans())
def test_a_damaged_file_of_arrays_is_one_sentence(tmp_path_factory, flips, cut):
    path = tmp_path_factory.mktemp("any") / "a.npz"
    np.savez_compressed(path, points=np.array(SQUARE * 20), lengths=np.array([5] * 20))
    raw = bytearray(path.read_bytes())
    for place, value in flips:
        raw[place % len(raw)] = value
    path.write_bytes(raw[: len(raw) // 2] if cut else raw)
    assert "\n" not in attempt(path)[1]


paths = st.text(st.sampled_from("MmLlHhVvCcSsQqTtAaZz 0123456789.-,eE"), max_size=60)


@given(paths)
def test_any_path_is_a_drawing_or_one_sentence(tmp_path_factory, path_data):
    path = tmp_path_factory.mktemp("any") / "a.svg"
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0 {path_data}"/></svg>')
    found, said = attempt(path)
    assert "\n" not in said
    assert all(np.ptp(np.concatenate(to_strokes(drawing)), axis=0).max() == SIDE for drawing, _ in found)


@given(
    st.lists(
        st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)), min_size=1, max_size=8), min_size=1, max_size=4
    )
)
def test_any_strokes_become_a_drawing_of_the_houses_size(strokes):
    arrays = [np.array(stroke) for stroke in strokes]
    try:
        drawing = as_stroke3(arrays)
    except AtelierError:
        return
    assert len(drawing) == sum(map(len, strokes))
    assert drawing[:, 2].sum() == len(strokes)
    assert np.abs(np.concatenate(to_strokes(drawing))).max() <= SIDE


@given(
    st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=2, max_size=12, unique=True), st.booleans()
)
def test_what_is_simplified_begins_and_ends_where_it_did(points, closed):
    stroke = np.array([*points, points[0]] if closed else points, np.float64)
    [less] = simplified([stroke])
    [whole] = fitted([stroke])
    assert np.allclose(less[[0, -1]], whole[[0, -1]], atol=1e-3)
    assert len(less) <= len(whole)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "count"),
    [("quickdraw_344x25", 8600), ("omniglot_mit", 32000), ("kanjivg_rdp100_ccbysa", 11458)],
)
def test_the_real_drawings_come_in(real_data, settings, name, count):
    path = real_data / "sketches" / f"{name}_stroke3.npz"
    report = ingest_sequences(read_drawing(path, {}, {"licence": "CC-BY-SA-3.0"}), "drawing", settings)
    assert report.added + report.rejected == count
    assert report.rejected < 0.01 * count
    assert len(Sequences(settings.data / "drawing.parquet")) == report.added
