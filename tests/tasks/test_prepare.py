import numpy as np
import pandas as pd
import pytest

from artmodels.errors import AtelierError
from artmodels.images import PackedImages
from tasks.ingest import ingest
from tasks.pack import pack_images
from tasks.prepare import main, pack, read_params, split
from tasks.sources import open_source


@pytest.fixture
def ingested(project, pictures, encode, make_painting):
    """A project with pictures of many shapes, one described in full; no DVC stage has run."""
    for number, (height, width) in enumerate([(300, 300), (400, 1700), (1200, 270), (64, 500), (64, 64)]):
        (pictures / f"shape-{number}.png").write_bytes(encode(make_painting(100 + number, height, width)))
    (pictures / "m.csv").write_text("path,title,artist,year,rating_count\nshape-0.png,Square,Ada,1910,7\n")
    source = open_source(str(pictures), project, metadata="m.csv", defaults={"licence": "CC0-1.0"})
    assert ingest(source, project).added == 13
    return project


def test_the_stages_pack_what_the_catalog_holds(ingested):
    split(ingested)
    pack(ingested)
    images = PackedImages(ingested.prepared / "packed")
    shapes = sorted(images[number].shape[:2] for number in range(len(images)))
    assert shapes == sorted([(96, 120)] * 8 + [(256, 256), (256, 512), (512, 256), (64, 500), (64, 64)])
    square = images.table[images.table["title"] == "Square"].iloc[0]
    assert (square["year"], square["rating_count"], square["artist"]) == (1910, 7, "Ada")
    assert images.table["year"].isna().sum() == 12
    splits = pd.read_parquet(ingested.prepared / "splits.parquet").set_index("id")["split"]
    assert (images.table.set_index("id")["split"] == splits).all()
    assert images.table["id"].is_monotonic_increasing


def test_packing_averages_areas_and_cuts_the_ends(tmp_path, encode):
    stripes = np.zeros((128, 600, 3), np.uint8)
    stripes[:, ::2] = 200
    stripes[:, :20] = 255
    (tmp_path / "a.png").write_bytes(encode(stripes))
    columns = dict.fromkeys(("style", "genre", "artist", "title", "licence"), "")
    rows = pd.DataFrame(
        [{"id": "a", "kind": "artwork", "split": "train", "file": "a.png", "height": 128, "width": 600}]
    )
    rows = rows.assign(**columns, year=None, rating_mean=None, rating_count=None)
    pack_images(rows, tmp_path, tmp_path / "packed", 64, 128)
    image = PackedImages(tmp_path / "packed")[0]
    assert image.shape == (64, 128, 3)
    assert np.abs(image.astype(int) - 100).max() <= 1
    with pytest.raises(AtelierError, match=r"at least pack\.size"):
        pack_images(rows, tmp_path, tmp_path / "packed", 64, 32)


def test_packing_again_gives_the_same_bytes(ingested):
    split(ingested)
    packed = ingested.prepared / "packed"
    contents = []
    for _ in range(2):
        pack(ingested)
        contents.append({path.name: path.read_bytes() for path in packed.iterdir()})
    assert contents[0] == contents[1]
    assert [path.name for path in ingested.prepared.iterdir() if path.name.startswith(".")] == []


def test_a_lost_or_damaged_picture_is_named(ingested):
    split(ingested)
    picture = next(ingested.data.glob("artworks/*/*.png"))
    picture.write_bytes(picture.read_bytes()[:60])
    with pytest.raises(AtelierError, match=f"{picture.name}.*run `dvc checkout`"):
        pack(ingested)
    picture.unlink()
    with pytest.raises(AtelierError, match=f"{picture.name}.*run `dvc checkout`"):
        pack(ingested)
    assert not (ingested.prepared / "packed").exists()


def test_pack_needs_splits_and_split_needs_a_catalog(project, capsys, monkeypatch):
    monkeypatch.chdir(project.root)
    with pytest.raises(AtelierError, match="No splits at"):
        pack(project)
    assert main(["split"]) == 1
    assert "No catalog at" in capsys.readouterr().err
    assert main(["paint"]) == 2
    assert "usage: python -m tasks.prepare split|pack|sequences" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("split: {}\npack: {size: 256, longest: 512}", r"params\.yaml, split\.fractions: Field required"),
        (
            "split: {fractions: {}, seed: 0}\npack: {size: 1, longest: 512}",
            r"pack\.size: .*greater than or equal to 16",
        ),
        ("split: {fractions: {}, seed: 0, sed: 1}\npack: {size: 64, longest: 512}", r"split\.sed: Extra inputs"),
        ("split: [", "is not YAML"),
        ("", "params.yaml"),
    ],
)
def test_params_are_checked(tmp_path, text, message):
    path = tmp_path / "params.yaml"
    with pytest.raises(AtelierError, match="cannot be read"):
        read_params(path)
    path.write_text(text)
    with pytest.raises(AtelierError, match=message):
        read_params(path)


def test_other_sections_of_the_params_are_left_to_others(project):
    with (project.root / "params.yaml").open("a") as file:
        file.write("\nanother: {section: 1}\n")
    assert read_params(project.root / "params.yaml").pack.size == 256
