"""Looking through the catalog."""

import pyarrow as pa
import pytest

from artmodels.errors import AtelierError
from tasks.catalog import SCHEMA, write_catalog
from tasks.studio.works import Filters, choices, find_work, find_works, one_of_each, works

ROWS = [
    ("Dunes I", "Ada", "cubist", 1910, "CC0-1.0", 7.0),
    ("Dunes II", "Ada", "cubist", 1920, "own work", None),
    ("Harbour", "Grace", "ink", None, "CC0-1.0", 9.0),
    ("Łódź by night", "Grace", "", 1935, "CC0-1.0", None),
]


def row(number: int, title: str, artist: str, style: str, year: int | None, licence: str, rating: float | None) -> dict:
    digest = f"{number:064x}"
    empty = dict.fromkeys(SCHEMA.names)
    words = {"title": title, "artist": artist, "style": style, "genre": "", "licence": licence, "source": "a book"}
    facts = {"width": 9, "height": 9, "phash": "0" * 16, "year": year, "rating_mean": rating}
    return {**empty, **words, **facts, "id": digest, "group": digest, "kind": "artwork", "file": f"{number}.png"}


@pytest.fixture
def table() -> pa.Table:
    return pa.Table.from_pylist([row(number, *words) for number, words in enumerate(ROWS)], schema=SCHEMA)


def titles(found: pa.Table) -> list[str]:
    return found["title"].to_pylist()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filters(), [0, 1, 2, 3]),
        (Filters(kind="photograph"), []),
        (Filters(artist="Ada"), [0, 1]),
        (Filters(artist="Ada", licence="own work"), [1]),
        (Filters(style="ink"), [2]),
        (Filters(first=1920), [1, 3]),
        (Filters(first=1910, last=1920), [0, 1]),
        (Filters(text="dunes"), [0, 1]),
        (Filters(text="ada DUNES ii"), [1]),
        (Filters(text="łódź"), [3]),
        (Filters(text=".* ["), []),
        (Filters(text="BOOK", order="title"), [0, 1, 2, 3]),
        (Filters(order="rating"), [2, 0, 1, 3]),
        (Filters(order="year"), [0, 1, 3, 2]),
    ],
)
def test_filters(table, wanted, found):
    assert titles(find_works(table, wanted)) == [ROWS[number][0] for number in found]


def test_what_there_is_to_choose_from(table):
    assert choices(table, "style") == ["cubist", "ink"]
    assert [one["title"] for one in one_of_each(table, "title", 2)] == ["Dunes I", "Harbour"]


def test_a_catalog_that_changes_is_read_again(settings, table):
    write_catalog(table, settings.catalog)
    assert find_work(settings, f"{1:064x}")["title"] == "Dunes II"
    write_catalog(table.slice(0, 1), settings.catalog)
    assert len(works(settings)) == 1
    with pytest.raises(AtelierError, match=r"There is no work '000000000000' in the catalog\."):
        find_work(settings, f"{1:064x}")


def test_no_catalog_is_a_sentence(settings):
    with pytest.raises(AtelierError, match=r"No catalog at .*: run `dvc pull` or `atelier ingest`"):
        works(settings)
