"""Both families of CNNs on real works: what a few minutes of training with a real encoder must show."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from artmodels.bundle import load_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.fit import fit
from artmodels.images import COLUMNS, PackedImages
from tasks.pack import pack_images

pytestmark = [pytest.mark.real_data, pytest.mark.timeout(1800)]

STYLES = ("Ukiyo-e", "Rococo", "Suprematism", "Impressionism")


@pytest.fixture
def works(real_data: Path, tmp_path: Path) -> PackedImages:
    """Sixty paintings of each of four styles at most, and the photographs, dealt by turns."""
    labels = pd.read_csv(real_data / "paintings" / "labels.csv").rename(columns={"path": "file"})
    chosen = labels[labels["style"].isin(STYLES)].groupby("style").head(60)
    assert set(chosen["style"]) == set(STYLES), sorted(set(labels["style"]))
    art = chosen.assign(kind="artwork", id=chosen["sha256"], file="paintings/" + chosen["file"])
    files = sorted((real_data / "photos").rglob("*.jpg")) + sorted((real_data / "photos").rglob("*.png"))
    photos = pd.DataFrame({"file": [str(file.relative_to(real_data)) for file in files], "kind": "photograph"})
    table = pd.concat([art, photos.assign(id=photos["file"])], ignore_index=True)
    parts = np.array(["train", "train", "train", "validation", "test"])
    table = table.assign(split=parts[np.arange(len(table)) % 5], licence="public domain")
    table = table.reindex(columns=[*(name for name in COLUMNS if name != "offset"), "file"])
    table[["style", "genre", "artist", "title"]] = (
        table[["style", "genre", "artist", "title"]].astype(object).fillna("")
    )
    table[["year", "rating_count"]] = table[["year", "rating_count"]].astype("Int32")
    pack_images(table, real_data, tmp_path / "packed", 128, 256)
    return PackedImages(tmp_path / "packed")


def train(family: str, works: PackedImages, encoder: Path, folder: Path, **options: object):
    kind = get_family(family)
    config = kind.configure({"preview_steps": 10**6, **options})
    module, source = kind.training(config, works, encoder)
    bundle = fit(
        family,
        module,
        source,
        config,
        folder,
        report=lambda *_: None,
        on_preview=lambda *_: None,
        accelerator="cpu",
    )
    return kind.load(load_bundle(bundle, family))


def test_styles_are_named_far_better_than_by_chance(works, real_data, tmp_path):
    encoder = real_data / "weights" / "squeezenet1_1_imagenet_rgb.safetensors"
    model = train("classifier", works, encoder, tmp_path / "run", side=128, codes=32, steps=100, views=1)
    found = get_family("classifier").evaluate(model, works, encoder, 64).values
    assert found["style"].mean() > 0.6, "one in four is chance"
    assert found["surprise"].mean() < 0.8
    naming = model.name(works[int(works.where(kind="artwork", split="test")[0])])
    assert sum(naming.heads["style"].values()) == pytest.approx(1, abs=1e-3)


def test_a_real_teacher_teaches_more_than_doing_nothing(works, real_data, tmp_path):
    teacher = real_data / "weights" / "vgg19_16x_collabdistill_wct.safetensors"
    judge = real_data / "weights" / "squeezenet1_1_imagenet_rgb.safetensors"
    model = train("style", works, teacher, tmp_path / "run", depth=4, crop=96, steps=150, ema_decay=0.9)
    found = get_family("style").evaluate(model, works, judge, 12).values
    assert found["ideal_distance"].mean() < 0.95
    photo = next(iter(sorted((real_data / "photos").rglob("*.jpg"))))
    content = np.asarray(Image.open(photo).convert("RGB").resize((96, 64)))
    (painted,) = model.paint([content], [model.encode(works[0])])
    assert painted.shape == content.shape
    assert painted.std() > 10


def test_weights_of_no_encoder_are_refused(works, tmp_path):
    (tmp_path / "none.safetensors").write_bytes(b"nothing")
    with pytest.raises(AtelierError, match=r"is not a readable \.safetensors file"):
        train("classifier", works, tmp_path / "none.safetensors", tmp_path / "run")
