import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artmodels.errors import AtelierError
from tasks.catalog import KINDS, SCHEMA, YEARS, check, read_catalog, write_catalog


def row(number: int = 1, **changes: object) -> dict[str, object]:
    work = f"{number:064x}"
    return {
        "id": work,
        "file": f"artworks/00/{work}.png",
        "kind": "artwork",
        "title": "Untitled",
        "artist": "Ada",
        "style": "Cubism",
        "genre": "",
        "licence": "CC0-1.0",
        "source": "",
        "group": work,
        "width": 100,
        "height": 80,
        "phash": "0123456789abcdef",
    } | changes


def table(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
rows = st.builds(
    row,
    st.integers(0, 16**64 - 1),
    kind=st.sampled_from(KINDS),
    title=words,
    artist=words,
    year=st.none() | st.integers(*YEARS),
    series=st.none() | words,
    note=st.none() | words,
    rating_mean=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    rating_count=st.none() | st.integers(0, 2**31 - 1),
)


@given(works=st.lists(rows, max_size=6, unique_by=lambda work: work["id"]))
def test_what_is_written_is_read_sorted(tmp_path_factory, works):
    path = tmp_path_factory.mktemp("catalog") / "catalog.parquet"
    write_catalog(table(*works), path)
    expected = table(*sorted(works, key=lambda work: work["id"]))
    assert read_catalog(path).equals(expected)


def test_equal_tables_give_equal_bytes(tmp_path):
    first, second = tmp_path / "a.parquet", tmp_path / "b.parquet"
    write_catalog(table(row(1), row(2), row(3)), first)
    write_catalog(pa.concat_tables([table(row(3)), table(row(1)), table(row(2))]), second)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "abc"),
        ("id", "A" * 64),
        ("kind", "sculpture"),
        ("licence", " "),
        ("year", YEARS[1] + 1),
        ("width", 0),
        ("height", -1),
        ("phash", "0123"),
        ("group", ""),
        ("near_duplicate_of", "x"),
        ("rating_mean", float("nan")),
        ("rating_count", -1),
        ("title", None),
        *(("file", file) for file in ("", "/etc/passwd", "../a.png", "a/../../b", "a\\b", "C:/a", "a//b", "a/")),
    ],
)
def test_each_rule_names_its_column(column, value):
    with pytest.raises(AtelierError, match=f"column '{column}', row 1"):
        check(table(row(1), row(2, **{column: value})))


def test_ids_are_unique():
    with pytest.raises(AtelierError, match=r"'id'.*more than one row"):
        check(table(row(1), row(1, file="artworks/other.png")))


def test_columns_are_those_of_the_schema():
    with pytest.raises(AtelierError, match="missing: note; unknown: remark"):
        check(table(row()).rename_columns({"note": "remark"}))
    wrong = table(row()).set_column(SCHEMA.get_field_index("year"), "year", pa.array(["1900"]))
    with pytest.raises(AtelierError, match="'year' holds string; accepted: int32"):
        check(wrong)


def test_a_refused_table_leaves_the_file_alone(tmp_path):
    path = tmp_path / "catalog.parquet"
    write_catalog(table(row(1)), path)
    with pytest.raises(AtelierError):
        write_catalog(table(row(2, kind="?")), path)
    assert len(read_catalog(path)) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_missing_and_damaged_catalogs_say_what_to_do(tmp_path):
    path = tmp_path / "catalog.parquet"
    with pytest.raises(AtelierError, match=r"No catalog at .*: run `dvc pull` or `atelier ingest`"):
        read_catalog(path)
    write_catalog(table(row()), path)
    for damaged in (b"", b"PAR1", path.read_bytes()[:-50], path.read_bytes()[:-9] + b"\xff" * 9):
        path.write_bytes(damaged)
        with pytest.raises(AtelierError, match="damaged"):
            read_catalog(path)
