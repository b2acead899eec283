"""Training of the GAN: samples, gradients, resume, what is handed on."""

import numpy as np
import pytest
import torch

from artmodels.bundle import Bundle, load_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.fit import fit
from artmodels.gan.config import GanConfig
from artmodels.gan.module import GanModule
from artmodels.gan.painter import GanPainter
from artmodels.gan.samples import Works, learn_classes
from artmodels.images import PackedImages

TINY = {"resolution": 16, "width": 4, "widest": 8, "latent": 4, "batch_size": 2, "steps": 4, "check_samples": 16}
KINDS = ("light", "modern", "classic")


def tiny(**options: object) -> GanConfig:
    return GanConfig(**{**TINY, **options})


def bundle_of(module: GanModule) -> Bundle:
    return Bundle("gan", module.bundle_config(), module.bundle_state())


@pytest.fixture
def data(watched_folder) -> PackedImages:
    return PackedImages(watched_folder)


def test_samples_show_each_class_as_often(data):
    config = tiny(classes="style", min_works=2)
    classes = learn_classes(data, config)
    assert classes == ["style 0", "style 1"]
    works = Works(data, classes, config)
    samples = [works.sample(number) for number in range(12)]
    assert sum(int(sample["label"]) for sample in samples) == 6
    assert all(sample["picture"].shape == (3, 16, 16) for sample in samples)
    assert all(sample["picture"].min() >= -1 and sample["picture"].max() <= 1 for sample in samples)
    assert torch.equal(samples[7]["picture"], Works(data, classes, config).sample(7)["picture"])
    assert "label" not in Works(data, [], tiny()).sample(0)


def test_too_few_works_are_refused_in_words(data):
    with pytest.raises(AtelierError, match="has 6 artworks, and a batch shows batch_size=32 different ones"):
        Works(data, [], tiny(batch_size=32))
    with pytest.raises(AtelierError, match=r"needs two classes of min_works=12 artworks .*, and 0 has as many"):
        learn_classes(data, tiny(classes="style"))


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_of_each_loss_reach_its_own_network_alone(data, kind, monkeypatch):
    config = tiny(network=kind)
    module = GanModule(config, [])
    monkeypatch.setattr(module, "log_dict", lambda figures: None)
    monkeypatch.setattr(GanModule, "global_step", 0, raising=False)
    torch.manual_seed(0)
    works = Works(data, [], config)
    batch = {"picture": torch.stack([works.sample(number)["picture"] for number in range(4)])}
    seen = {}
    for silent in ("_against", "_discriminate"):
        module.zero_grad()
        real = getattr(module, silent)
        with monkeypatch.context() as patch:
            if silent == "_against":
                patch.setattr(module, silent, lambda own, other: 0 * own.sum())
            else:
                patch.setattr(
                    module, silent, lambda *given, real=real: {**real(*given), "loss": 0 * real(*given)["loss"]}
                )
            module.training_step(batch, 0).backward()
        seen[silent] = {
            name: sum(float(p.grad.abs().sum()) for p in network.parameters() if p.grad is not None)
            for name, network in (("generator", module.generator), ("discriminator", module.discriminator))
        }
    assert seen["_against"]["generator"] == 0 < seen["_against"]["discriminator"]
    assert seen["_discriminate"]["discriminator"] == 0 < seen["_discriminate"]["generator"]


@pytest.mark.parametrize("options", [{}, {"network": "classic", "steps": 60}, {"classes": "style", "min_works": 2}])
def test_a_few_steps_make_a_generator_that_paints(tmp_path, data, teacher, options):
    family = get_family("gan")
    config = family.configure({**TINY, "steps": 3, "penalty_every": 2, **options})
    module, source = family.training(config, data, teacher)
    folder = fit(
        "gan",
        module,
        source,
        config,
        tmp_path,
        report=lambda *_: None,
        on_preview=lambda *_: None,
        accelerator="cpu",
    )
    assert module.preview().shape == ((len(module.classes) or 4) * 16, 8 * 16, 3)
    painter = GanPainter(load_bundle(folder, "gan"))
    first = painter.generate(7)
    assert first.shape == (16, 16, 3)
    assert np.array_equal(first, painter.generate(7))
    assert not np.array_equal(first, painter.generate(8))
    assert np.array_equal(painter.generate(7, truncation=0), painter.generate(8, truncation=0)) or painter.classes
    again, _ = family.training(config, data, teacher)
    again.start_from(load_bundle(folder, "gan"))
    assert np.array_equal(GanPainter(bundle_of(again)).generate(7), first)


class PowerCut(Exception):  # noqa: N818 - says what happens
    """Stands for a kill."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_that_was_cut_off_ends_with_the_same_generator(tmp_path, data, teacher, kind):
    family = get_family("gan")
    config = family.configure({**TINY, "network": kind, "steps": 7, "checkpoint_steps": 2, "preview_steps": 5})

    def train(name: str, cut: bool = False) -> dict[str, torch.Tensor]:
        def on_preview(step: int, path: object) -> None:
            if cut:
                raise PowerCut

        module, source = family.training(config, data, teacher)
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        quiet = {"report": lambda *_: None, "accelerator": "cpu"}
        return load_bundle(fit("gan", module, source, config, folder, on_preview=on_preview, **quiet)).tensors

    calm = train("calm")
    with pytest.raises(PowerCut):
        train("cut", cut=True)
    resumed = train("cut")
    assert all(torch.equal(calm[name], resumed[name]) for name in calm)


@pytest.mark.parametrize(
    ("network", "advice"),
    [("light", "step 5: lower learning_rate"), ("modern", r"step 5: raise gamma \(now 0\.0625\), or")],
)
def test_a_training_that_diverges_ends_with_advice(monkeypatch, network, advice):
    module = GanModule(tiny(network=network), [])
    monkeypatch.setattr(GanModule, "global_step", 5, raising=False)
    with torch.no_grad():
        next(module.generator.parameters()).fill_(float("nan"))
    with pytest.raises(AtelierError, match=advice):
        module.training_step({"picture": torch.zeros(2, 3, 16, 16)}, 0)


def test_a_discriminator_is_handed_on(data, teacher):
    family = get_family("gan")
    config = tiny(network="modern")
    trained, _ = family.training(config, data, teacher)
    other, _ = family.training(tiny(network="modern", seed=1), data, teacher)
    bundle = bundle_of(trained)
    other.start_from(Bundle("gan", bundle.config, bundle.tensors, trained.bundle_companion()))
    for own, handed in zip(trained.discriminator.parameters(), other.discriminator.parameters(), strict=True):
        assert torch.equal(own.bfloat16().float(), handed)
