"""The generation job: a small real generator, a real registry, a real ledger."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from artmodels.bundle import save_bundle
from artmodels.errors import AtelierError
from artmodels.gan.config import GanConfig
from artmodels.gan.module import GanModule
from tasks import generate
from tasks.batch import find_damaged, read_ledger
from tasks.settings import Settings

CLASSES = ["Ukiyo-e", "cubism"]


@pytest.fixture(scope="module")
def studio(open_studio, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A registry whose champion is a small untrained generator of two classes."""
    module = GanModule(GanConfig(resolution=16, width=4, widest=8, latent=4, classes="style"), CLASSES)
    folder = tmp_path_factory.mktemp("gan")
    bundle = save_bundle(folder, "gan", module.bundle_config(), module.bundle_state())
    return open_studio(bundle, "gan", device="cpu")


def run(studio: Settings, **fields: object) -> dict:
    return generate.run(studio, generate.order(**fields), lambda done, total, figures: None)


def pixels(folder: Path) -> dict[str, np.ndarray]:
    return {path.name: np.asarray(Image.open(path)) for path in sorted(folder.glob("*.png"))}


def test_seeds_become_pictures_once(studio, tmp_path):
    report = run(studio, out=tmp_path / "out", seeds="3,5-7")
    assert (report["done"], report["skipped"]) == (4, 0)
    made = pixels(tmp_path / "out")
    assert list(made) == [f"{seed:010d}.png" for seed in (3, 5, 6, 7)]
    ledger = read_ledger(tmp_path / "out")
    assert [record["seed"] for record in ledger["record"]] == [3, 5, 6, 7]
    assert find_damaged(tmp_path / "out") == []
    assert "Painted by" in Path(report["gallery"]).read_text()
    more = run(studio, out=tmp_path / "out", seeds="0-7")
    assert (more["done"], more["skipped"]) == (4, 4)


def test_a_seed_is_the_same_picture_in_any_job(studio, tmp_path):
    torch.manual_seed(1)
    run(studio, out=tmp_path / "many", seeds="0-9")
    torch.manual_seed(2)
    run(studio, out=tmp_path / "few", seeds="9,4")
    many, few = pixels(tmp_path / "many"), pixels(tmp_path / "few")
    assert len(few) == 2
    assert all(np.array_equal(picture, many[name]) for name, picture in few.items())


def test_classes_are_painted_side_by_side(studio, tmp_path):
    report = run(studio, out=tmp_path / "out", seeds="0-1", classes=CLASSES, truncation=0.5)
    assert report["done"] == 4
    made = pixels(tmp_path / "out")
    assert sorted(made) == sorted(f"{name}-{seed:010d}.png" for name in ("Ukiyo_e", "cubism") for seed in (0, 1))
    records = read_ledger(tmp_path / "out")["record"]
    assert {record["findings"]["class"] for record in records} == set(CLASSES)
    assert all(record["parameters"] == {"truncation": 0.5} for record in records)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"seeds": "9-3"}, "seeds='9-3' is not accepted: 9-3 is empty, or goes beyond 4294967295"),
        ({"seeds": ""}, "seeds='' is not accepted: write numbers and ranges"),
        ({"seeds": "1;2"}, "seeds='1;2' is not accepted: write numbers and ranges"),
        ({"seeds": "4294967296"}, "goes beyond 4294967295"),
        ({"seeds": "0-4294967295"}, "at most 1000000 pictures a job"),
        ({"truncation": 1.1}, "truncation=1.1 is not accepted"),
        ({"classes": ["Rococo"]}, "class='Rococo' is not accepted; accepted are Ukiyo-e, cubism"),
        ({"model": "best"}, "There is no version or alias 'best' of gan"),
    ],
)
def test_a_wrong_order_is_refused_in_words_and_nothing_is_written(studio, tmp_path, fields, words):
    with pytest.raises(AtelierError, match=words):
        run(studio, out=tmp_path / "out", **fields)
    assert not (tmp_path / "out").exists()


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 50)), min_size=1, max_size=5))
def test_seeds_are_read_as_they_are_written(ranges):
    ranges = [(first, min(first + more, 2**32 - 1)) for first, more in ranges]
    text = ",".join(f"{first}-{last}" if last > first else str(first) for first, last in ranges)
    wanted = dict.fromkeys(seed for first, last in ranges for seed in range(first, last + 1))
    assert generate.read_seeds(text) == list(wanted)
