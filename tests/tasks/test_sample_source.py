import csv

from PIL import Image

from artmodels.painter import SCHOOLS
from tasks.sources.sample import COLUMNS, paint_sample


def rows_of(file):
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_the_sample_is_what_its_tables_say(tmp_path):
    out = paint_sample(tmp_path / "sample", works=1, scenes=2)
    artworks, photographs = rows_of(out / "artworks.csv"), rows_of(out / "photographs.csv")
    assert [row["style"] for row in artworks] == list(SCHOOLS)
    assert len(photographs) == 2
    listed = {row["path"] for row in artworks + photographs}
    assert listed == {path.relative_to(out).as_posix() for path in out.rglob("*.jpg")}
    for row in artworks + photographs:
        assert tuple(row) == COLUMNS
        assert row["licence"] == "CC0-1.0"
        assert row["source"].startswith("atelier painter ")
        assert all(row[name] for name in COLUMNS if name != "series")
    for rows, size in ((artworks, (256, 256)), (photographs, (384, 288))):
        for row in rows:
            with Image.open(out / row["path"]) as picture:
                assert picture.size == size
