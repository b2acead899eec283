from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
import torch
from pydantic import ValidationError
from torch.utils.data import default_collate

from artmodels.bundle import Bundle, load_bundle
from artmodels.errors import AtelierError
from artmodels.family import FAMILIES, Family, TrainConfig, get_family
from artmodels.fit import Trainable, fit
from artmodels.images import PackedImages
from artmodels.sequences import Sequences

TINY: dict[str, dict[str, int | str]] = {
    "style": {"depth": 1, "code": 16, "blocks": 1, "crop": 32, "batch_size": 2, "steps": 4, "precision": "32-true"},
    "gan": {"resolution": 16, "width": 4, "widest": 8, "latent": 4, "batch_size": 2, "steps": 4, "check_samples": 16},
    "classifier": {"side": 32, "steps": 4, "batch_size": 2, "codes": 3, "min_works": 2},
    "music": {"hidden": 8, "embedding": 8, "chain": 8, "channels": 2, "batch_size": 2, "steps": 4, "check_steps": 2},
    "sketch": {"latent": 4, "encoder": 4, "decoder": 8, "mixture": 2, "naming": 2, "batch_size": 2, "steps": 4},
    "reader": {"embedding": 4, "hidden": 3, "batch_size": 2, "steps": 4},
    "critic": {"side": 32, "steps": 4, "batch_size": 2, "codes": 3, "min_works": 2, "width": 8, "places": 3},
}
"""Options that make each family small enough for a test."""


@pytest.fixture(params=FAMILIES)
def family(request) -> Family:
    return get_family(request.param)


@pytest.fixture
def data(watched_folder, family) -> PackedImages | Sequences:
    return family.open_data(watched_folder.parent)


def test_a_family_says_what_it_is(family):
    assert FAMILIES[family.name].startswith("artmodels.")
    assert family.__doc__
    assert family.deciding.better in ("lower", "higher")
    assert np.isfinite(family.deciding.baseline)
    for figure in (family.deciding, *family.guards):
        assert all(value != "" for value in asdict(figure).values())
    assert all(guard.most >= 1 for guard in family.guards)
    assert isinstance(family.inputs, Mapping)
    assert set(family.inputs.values()) <= {"binary", "binaries", "string", "double"}
    assert all(isinstance(value, float | int | str) for value in family.params.values())


def test_every_option_is_described_and_has_a_default(family):
    assert issubclass(family.Config, TrainConfig)
    for name, field in family.Config.model_fields.items():
        assert field.description, name
        assert not field.is_required(), name
    config = family.configure({})
    assert family.configure(config.model_dump(mode="json")) == config
    with pytest.raises(ValidationError, match="frozen"):
        config.steps = 3


def test_options_out_of_range_are_named(family):
    for name in family.Config.model_fields:
        with pytest.raises(AtelierError) as caught:
            family.configure({name: "nonsense"})
        assert str(caught.value).startswith(f"{family.name}: {name}='nonsense' is not accepted: ")
    for name, value in {"steps": 0, "learning_rate": -1, "ema_decay": 1, "workers": 65, "seed": -1}.items():
        with pytest.raises(AtelierError, match=f"^{family.name}: {name}={value} is not accepted: Input should be"):
            family.configure({name: value})


def test_an_unknown_option_lists_the_known(family):
    words = r"stepz=3 is not accepted: unknown option \(did you mean 'steps'\?\); known are .*steps.*"
    with pytest.raises(AtelierError, match=words) as caught:
        family.configure({"stepz": 3})
    assert all(name in str(caught.value) for name in family.Config.model_fields)


def test_an_unknown_family_lists_the_known():
    with pytest.raises(AtelierError, match=r"family 'stile' \(did you mean 'style'\?\); known are style, classifier"):
        get_family("stile")


def test_training_offers_what_fit_asks_for(family, data, teacher):
    module, source = family.training(family.configure(TINY[family.name]), data, teacher)
    assert isinstance(module, Trainable)
    for number in (0, 5, 10**7):
        sample, again = source.sample(number), source.sample(number)
        assert sample.keys() == again.keys()
        assert all(torch.equal(sample[name], again[name]) for name in sample)
    with torch.no_grad():
        preview = module.eval().preview()
    assert preview.dtype == np.uint8
    assert preview.ndim == 3
    assert preview.shape[2] == 3


def test_the_seed_decides_the_first_weights_and_the_samples(family, data, teacher):
    def begin(seed: int) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        module, source = family.training(family.configure(TINY[family.name] | {"seed": seed}), data, teacher)
        return module.bundle_state(), default_collate([source.sample(n) for n in range(4)])

    first = begin(1)
    torch.manual_seed(99)
    for one, same, other in zip(first, begin(1), begin(2), strict=True):
        assert all(torch.equal(one[name], same[name]) for name in one)
        assert not all(torch.equal(one[name], other[name]) for name in one)


def test_a_bundle_becomes_a_model_that_serves_and_is_judged(family, data, teacher, make_painting, encode):
    config = family.configure(TINY[family.name])
    module, _ = family.training(config, data, teacher)
    model = family.load(Bundle(family.name, module.bundle_config(), module.bundle_state()))
    values = {"binary": encode(make_painting(1, 40, 30)), "string": "a tree", "double": 0.5}
    rows = pd.DataFrame([{name: values[kind] for name, kind in family.inputs.items() if kind in values}] * 2)
    answers = model.predict(rows, dict(family.params))
    assert [type(answer) for answer in answers] == [bytes, bytes]
    assert answers[0] == answers[1] == model.predict(rows[:1], {})[0]
    assert model.predict(rows[:0], {}) == []
    assert model.exercise() > 0
    judged = family.evaluate(model, data, teacher, 4).values
    again = family.evaluate(model, data, teacher, 4).values
    assert family.deciding.name in judged
    for name, items in judged.items():
        assert items.ndim == 1
        assert len(items) >= 4
        assert np.isfinite(items).all()
        assert np.array_equal(items, again[name])


@pytest.mark.slow
def test_previews_change_nothing_that_a_family_learns(family, data, teacher, tmp_path, monkeypatch):
    def train(often: int) -> dict[str, torch.Tensor]:
        config = family.configure({**TINY[family.name], "preview_steps": often})
        module, source = family.training(config, data, teacher)
        if often > config.steps:
            # The last step is looked at all the same.
            monkeypatch.setattr(module, "preview", lambda: np.zeros((8, 8, 3), np.uint8))
        folder, quiet = tmp_path / str(often), {"report": lambda *_: None, "on_preview": lambda *_: None}
        bundle = fit(family.name, module, source, config, folder, accelerator="cpu", **quiet)
        assert len(list((folder / "previews").iterdir())) == (4 if often == 1 else 1)
        return load_bundle(bundle).tensors

    watched, alone = train(1), train(100)
    assert watched.keys() == alone.keys()
    assert all(torch.equal(watched[name], alone[name]) for name in watched)
