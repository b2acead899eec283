"""The classifier's parts: labels, losses, calibration, code space, views, and the namer's faults."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from artmodels.bundle import Bundle, load_bundle
from artmodels.classifier.calibration import expected_calibration_error, fit_temperature
from artmodels.classifier.codes import CodeSpace
from artmodels.classifier.evaluation import evaluate_works, evaluation_works
from artmodels.classifier.labels import MISSING, labels_of, learn_classes, period_of
from artmodels.classifier.losses import class_weights, naming_losses
from artmodels.classifier.maps import overlay, where_it_looked
from artmodels.classifier.namer import Namer
from artmodels.classifier.readers import Likeness
from artmodels.classifier.views import seen_part, whole
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.fit import fit
from artmodels.images import INDEX, PackedImages
from artmodels.perception import load_perceptor

TINY = {"side": 32, "steps": 4, "batch_size": 2, "codes": 3, "min_works": 2}


@pytest.fixture
def data(packed_folder) -> PackedImages:
    return PackedImages(packed_folder)


@pytest.fixture
def bundle(data, teacher) -> Bundle:
    family = get_family("classifier")
    module, _ = family.training(family.configure(TINY), data, teacher)
    module.on_fit_end()
    return Bundle("classifier", module.bundle_config(), module.bundle_state())


@pytest.fixture
def namer(bundle) -> Namer:
    return Namer(bundle)


@pytest.mark.parametrize(
    ("year", "period"),
    [(1850, "1850 to 1899"), (1899, "1850 to 1899"), (1900, "1900 to 1949"), (-1, "-50 to -1"), (0, "0 to 49")],
)
def test_a_period_is_half_a_century(year, period):
    assert period_of(year) == period


def test_classes_need_works_and_heads_need_classes(data):
    classes = learn_classes(data, 2)
    assert classes == {name: [f"{name} 0", f"{name} 1"] for name in ("style", "artist")} | {
        "genre": ["genre 0", "genre 1", "genre 2"][: len(classes["genre"])]
    }
    # No year is known, so there is no head for periods.
    assert "period" not in classes
    with pytest.raises(AtelierError, match=r"Nothing to learn: .* two classes of min_works=50 artworks"):
        learn_classes(data, 50)


def test_labels_that_are_missing_or_not_learnt(data):
    labels = labels_of(data, {"style": ["style 1"], "period": ["1850 to 1899"]})
    assert set(labels["style"]) == {0, MISSING}
    assert set(labels["period"]) == {MISSING}


def test_a_missing_label_teaches_nothing():
    logits = {"style": torch.randn(4, 3, requires_grad=True)}
    weights = {"style": torch.ones(3)}
    some, none = torch.tensor([0, MISSING, 2, MISSING]), torch.full((4,), MISSING)
    naming_losses(logits, {"style": some}, weights, 0.1)["style"].backward()
    assert logits["style"].grad is not None
    assert (logits["style"].grad[[1, 3]] == 0).all()
    assert (logits["style"].grad[[0, 2]] != 0).any()
    assert naming_losses(logits, {"style": none}, weights, 0.1)["style"] == 0


def test_rare_classes_weigh_more_as_balance_grows():
    labels = torch.tensor([0] * 9 + [1] + [MISSING] * 5)
    assert torch.equal(class_weights(labels, 2, 0.0), torch.ones(2))
    full = class_weights(labels, 2, 1.0)
    assert full[1] / full[0] == pytest.approx(9)
    assert class_weights(labels, 2, 0.5)[labels[:10]].mean() == pytest.approx(1)


def test_the_temperature_undoes_overconfidence():
    chance = torch.Generator().manual_seed(0)
    honest = torch.randn(4000, 5, generator=chance) * 2
    labels = torch.multinomial(honest.softmax(1), 1, generator=chance)[:, 0]
    assert fit_temperature(honest * 3, labels) == pytest.approx(3, rel=0.1)
    before = expected_calibration_error((honest * 3).softmax(1), labels)
    assert expected_calibration_error(honest.softmax(1), labels) < 0.03 < before
    assert fit_temperature(honest * 3, torch.full((4000,), MISSING)) == 1


def test_strangeness_is_what_the_codes_leave_out():
    chance = torch.Generator().manual_seed(0)
    plane = torch.randn(200, 3, generator=chance) @ torch.randn(3, 20, generator=chance)
    space = CodeSpace.of_works(plane, codes=3, seed=0)
    codes, inside = space(plane)
    assert codes.square().sum(1).mean() == pytest.approx(1, rel=1e-3)
    _, outside = space(plane + 2 * torch.randn(200, 20, generator=chance))
    assert inside.max() < 0.1 * outside.median()


def test_likeness_is_largest_to_the_work_itself_and_components_keep_it():
    codes = torch.randn(12, 4, generator=torch.Generator().manual_seed(0))
    reader = Likeness.to_works(codes, most=50, sharpness=0.5, seed=0)
    alike = reader._alike(codes)
    assert torch.equal(alike.argmax(1), torch.arange(12))
    read = reader(codes, codes)
    assert torch.allclose(read @ read.T / 12, alike, atol=1e-3)
    assert len(Likeness.to_works(codes, most=5, sharpness=0.5, seed=0).works) == 5


@pytest.mark.parametrize(
    ("size", "shown"), [((1, 1), (32, 32)), ((3000, 2), (64, 32)), ((100, 80), (60, 48)), ((40, 300), (40, 80))]
)
def test_any_size_is_shown_within_bounds(size, shown):
    picture = np.zeros((*size, 3), np.uint8)
    assert whole(picture, 48).shape[:2] == shown
    rows, columns = seen_part(*size)
    assert picture[rows, columns].size > 0


@pytest.mark.parametrize("options", [{"network": "classic"}, {"tune": 0.1}, {"pretrained": False, "tune": 1.0}, {}])
def test_every_network_learns_and_serves(data, teacher, options, make_painting):
    family = get_family("classifier")
    config = family.configure(TINY | options)
    module, source = family.training(config, data, teacher)
    batch = torch.utils.data.default_collate([source.sample(number) for number in range(4)])
    optimizer = module.configure_optimizers()["optimizer"]
    module.log_dict = lambda figures: None
    module.training_step(batch, 0).backward()
    learns = {id(p) for group in optimizer.param_groups for p in group["params"]}
    assert all((p.grad is not None) == (id(p) in learns) for p in module.network.parameters())
    module.on_fit_end()
    namer = Namer(Bundle("classifier", module.bundle_config(), module.bundle_state()))
    named = namer.name(make_painting(1, 50, 40))
    assert named.heads.keys() == {"style", "genre", "artist"}
    for given in named.heads.values():
        assert sum(given.values()) == pytest.approx(1, abs=1e-5)
        assert list(given.values()) == sorted(given.values(), reverse=True)
    assert np.isfinite(named.strangeness)


def test_a_killed_training_ends_as_an_undisturbed_one(data, teacher, tmp_path):
    family = get_family("classifier")
    config = family.configure(TINY | {"checkpoint_steps": 2, "preview_steps": 3})

    def train(folder: Path, kill: bool) -> dict[str, torch.Tensor]:
        def on_preview(step: int, path: Path) -> None:
            if kill:
                raise InterruptedError

        module, source = family.training(config, data, teacher)
        options = {"report": lambda step, figures: None, "on_preview": on_preview, "accelerator": "cpu"}
        return load_bundle(fit("classifier", module, source, config, folder, **options)).tensors

    calm = train(tmp_path / "calm", kill=False)
    with pytest.raises(InterruptedError):
        train(tmp_path / "killed", kill=True)
    resumed = train(tmp_path / "killed", kill=False)
    assert all(torch.equal(calm[name], resumed[name]) for name in calm)
    assert calm["limit"].isfinite()


def test_half_precision_in_the_bundle_changes_little(data, teacher, make_painting):
    family = get_family("classifier")
    module, _ = family.training(family.configure(TINY), data, teacher)
    module.on_fit_end()
    whole_state = {key: value.clone() for key, value in module.network.state_dict().items()}
    for seed in range(3):
        small, full = (
            Namer(Bundle("classifier", module.bundle_config(), state)).name(make_painting(seed)).heads["style"]
            for state in (module.bundle_state(), whole_state)
        )
        assert small == pytest.approx(full, abs=0.02)


def test_the_answer_is_json_with_the_top_classes(namer, make_painting, encode):
    rows = pd.DataFrame({"picture": [encode(make_painting(3))]})
    answer = json.loads(namer.predict(rows, {"top": 1})[0])
    assert answer.keys() == {"known", "strangeness", "style", "genre", "artist"}
    assert len(answer["style"]) == 1
    with pytest.raises(AtelierError, match=r"top=0 is not accepted"):
        namer.predict(rows, {"top": 0})
    with pytest.raises(AtelierError, match="cannot be decoded"):
        namer.predict(pd.DataFrame({"picture": [b"words"]}), {})


def test_a_flat_picture_is_stranger_than_the_works(namer, data):
    seen = [namer.name(data[row]).strangeness for row in data.where(kind="artwork", split="train")]
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[::2] = 255
    assert namer.name(stripes).strangeness > max(seen)


def test_the_map_shows_where(namer, make_painting):
    picture = make_painting(5, 60, 200)
    style = namer.name(picture).best("style")
    heat = where_it_looked(namer, picture, "style", style)
    assert heat.shape == (60, 200)
    assert heat.dtype == np.float32
    assert heat.min() >= 0
    assert heat.max() <= 1
    # What is longer than twice the shorter side is not looked at.
    assert (heat[:, :40] == 0).all()
    shown = overlay(picture, heat)
    assert shown.shape == picture.shape
    assert shown.dtype == np.uint8


def test_the_map_finds_the_only_place_where_anything_is(namer):
    picture = np.full((64, 64, 3), 128, np.uint8)
    picture[8:24, 40:56] = np.random.default_rng(0).integers(0, 256, (16, 16, 3))
    totals = []
    for name in namer.classes["style"]:
        heat = where_it_looked(namer, picture, "style", name)
        totals.append(heat[4:28, 36:60].sum() / max(heat.sum(), 1e-9))
    # A seventh of the area, with the patch in its middle.
    assert max(totals) > 0.25


def test_judging_needs_styles(packed_folder, tmp_path, data, namer):
    (tmp_path / "images.bin").symlink_to(packed_folder / "images.bin")
    pd.read_parquet(packed_folder / INDEX).assign(style="").to_parquet(tmp_path / INDEX)
    with pytest.raises(AtelierError, match="artworks of two styles or more"):
        evaluation_works(PackedImages(tmp_path), 10)
    figures = evaluate_works(namer, data, evaluation_works(data, 10)).values
    assert figures["surprise"].shape == figures["style"].shape == (4,)
    assert set(np.unique(figures["known"])) <= {0.0, 1.0}
    assert "period" not in figures


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda config, tensors: config.pop("classes"), "lacks 'classes'"),
        (lambda config, tensors: tensors.pop("space.basis"), "lacks 'space.basis'"),
        (lambda config, tensors: config.update(side=-1), "configuration has side"),
        (lambda config, tensors: config.update(classes={"style": ["one"]}), "do not fit"),
    ],
)
def test_a_spoilt_bundle_is_refused_in_words(bundle, spoil, words):
    config, tensors = dict(bundle.config), dict(bundle.tensors)
    spoil(config, tensors)
    with pytest.raises(AtelierError, match=words):
        Namer(Bundle("classifier", config, tensors))


def test_an_encoder_that_is_not_there_is_named(data, teacher):
    family = get_family("classifier")
    with pytest.raises(AtelierError, match=r"nowhere\.safetensors is missing"):
        family.training(family.configure(TINY), data, Path("nowhere.safetensors"))
    assert load_perceptor(teacher).name == "compact"
