"""The advice job: a small real critic that was taught ratings, a real registry, a real style model."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from artmodels.bundle import save_bundle
from artmodels.critic.config import RATINGS
from artmodels.critic.critique import Estimated
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.images import INDEX, PackedImages
from tasks import advise, registry
from tasks.batch import read_ledger
from tasks.provenance.reading import Verifier
from tasks.settings import Settings


def rated(folder: Path, to: Path) -> Path:
    """Copy packed pictures; every work has a rating by its brightness."""
    to.mkdir()
    for file in folder.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    data, table = PackedImages(folder), pd.read_parquet(folder / INDEX)
    light = np.array([data[number].mean() for number in range(len(data))])
    ranks = light.argsort().argsort() / (len(light) - 1)
    table = table.assign(rating_mean=RATINGS[0] + (RATINGS[1] - RATINGS[0]) * ranks, rating_count=1)
    table.to_parquet(to / INDEX)
    return to


def critic_bundle(data: PackedImages, teacher: Path, folder: Path) -> Path:
    family = get_family("critic")
    options = family.configure({"side": 32, "places": 4, "codes": 3, "width": 8, "min_works": 2, "steps": 1})
    module, _ = family.training(options, data, teacher)
    module.on_fit_end()
    return save_bundle(folder, "critic", module.bundle_config(), module.bundle_state())


@pytest.fixture(scope="module")
def studio(open_studio, tmp_path_factory, watched_folder, teacher) -> Settings:
    """A registry whose champions are a small critic and a small style model."""
    folder = tmp_path_factory.mktemp("rated")
    packed = rated(watched_folder, folder / "packed")
    settings = open_studio(device="cpu")
    settings.prepared.symlink_to(folder)
    bundle = critic_bundle(PackedImages(packed), teacher, folder / "critic")
    run_id = registry.start_run(settings, "critic", "test", {}, {})
    version = registry.register(settings, get_family("critic"), run_id, bundle, {"data_md5": "0123.dir"})
    registry.connect(settings).set_registered_model_alias("critic", registry.CHAMPION, str(version.number))
    return settings


@pytest.fixture
def photographs(tmp_path, make_painting, encode) -> Path:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes(encode(make_painting(40 + number, 60, 80)))
    (folder / "words.jpg").write_text("not a picture")
    return folder


def run(studio: Settings, **fields: object) -> dict:
    return advise.run(studio, advise.order(**fields), lambda done, total, figures: None)


def test_every_suggestion_has_its_picture_and_its_row(studio, photographs, tmp_path, monkeypatch):
    monkeypatch.setattr(
        advise.AdviseRenderer, "_rating", lambda _, picture: Estimated(*[float(picture.mean()) / 25] * 3)
    )
    report = run(studio, pictures=[photographs], out=tmp_path / "out", styles=0)
    assert (report["done"], report["set_aside"]) == (3, 1)
    with Path(report["table"]).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["reason"] != "" for row in rows].count(True) == 1
    told = [row for row in rows if row["edit"]]
    assert {row["kind"] for row in told} >= {"exposure"}
    for row in told:
        assert 0 < float(row["low"]) <= float(row["change"]) <= float(row["high"])
        assert (
            np.asarray(Image.open(tmp_path / "out" / row["file"])).mean() > np.asarray(Image.open(row["path"])).mean()
        )
        verdict = Verifier(studio).verify(tmp_path / "out" / row["file"])
        assert (verdict.state, verdict.says["edit"]) == ("intact", row["edit"])
        assert verdict.says["source_type"] == "algorithmicallyEnhanced"
    page = (tmp_path / "out" / "gallery.html").read_text()
    assert "brighten by 0.6 stops" in page
    again = run(studio, pictures=[photographs], out=tmp_path / "out", styles=0)
    assert (again["done"], again["skipped"]) == (0, 3)


def test_styles_of_the_catalog_are_tried(studio, photographs, tmp_path, monkeypatch):
    tried = []

    def listen(small, edits, judge, count, least):
        tried.extend(edit for edit in edits if edit.kind == "style")
        return []

    monkeypatch.setattr(advise, "advise", listen)
    run(studio, pictures=[photographs / "0.png"], out=tmp_path / "out", styles=2)
    assert len(tried) == 2
    assert all(edit.words.startswith("repaint in the style of ") for edit in tried)
    painted = tried[0].apply(np.asarray(Image.open(photographs / "0.png")))
    assert painted.shape == (60, 80, 3)
    (record,) = read_ledger(tmp_path / "out")["record"]
    assert record["suggestions"] == []
    assert record["findings"]["suggestion"] == "none it is sure of"


def test_the_critic_itself_may_judge(studio, photographs, tmp_path):
    report = run(studio, pictures=[photographs / "1.png"], out=tmp_path / "out", styles=1, count=1)
    (record,) = read_ledger(tmp_path / "out")["record"]
    assert report["done"] == 1
    assert RATINGS[0] <= record["before"] <= RATINGS[1]
    assert len(record["suggestions"]) <= 1


def test_a_critic_without_ratings_gives_no_advice(open_studio, photographs, tmp_path, packed_folder, teacher):
    bundle = critic_bundle(PackedImages(packed_folder), teacher, tmp_path / "critic")
    studio = open_studio(bundle, "critic", device="cpu")
    with pytest.raises(AtelierError, match=r"critic v1 was not taught ratings.*`atelier rate CSV`"):
        run(studio, pictures=[photographs], out=tmp_path / "out", styles=0)
    assert not (tmp_path / "out").exists()


def test_styles_need_a_style_model(open_studio, photographs, tmp_path, watched_folder, teacher):
    packed = rated(watched_folder, tmp_path / "packed")
    bundle = critic_bundle(PackedImages(packed), teacher, tmp_path / "critic")
    studio = open_studio(bundle, "critic", device="cpu")
    with pytest.raises(AtelierError, match="No style model is registered yet"):
        run(studio, pictures=[photographs], out=tmp_path / "out")


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"pictures": []}, "pictures"), ({"count": 0}, "count"), ({"styles": -1}, "styles"), ({"extra": 1}, "extra")],
)
def test_an_order_that_is_not_accepted_names_its_field(tmp_path, fields, words):
    with pytest.raises(AtelierError, match=words):
        advise.order(**{"pictures": [tmp_path], "out": tmp_path, **fields})
