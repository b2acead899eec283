from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from artmodels.bundle import Bundle, load_bundle
from artmodels.errors import AtelierError
from artmodels.fit import fit
from artmodels.images import INDEX, PackedImages
from artmodels.perception import load_perceptor
from artmodels.pictures import centre_square
from artmodels.stream import stream
from artmodels.style.config import StyleConfig
from artmodels.style.evaluation import evaluate_pairs, evaluation_pairs
from artmodels.style.losses import LIMIT, StyleLoss
from artmodels.style.module import StyleModule
from artmodels.style.painter import StylePainter
from artmodels.style.palette import Palette
from artmodels.style.preview import CONTENTS, SIDE, STYLES, preview_grid, preview_pictures
from artmodels.style.samples import StylePairs

CONFIG = StyleConfig(
    depth=1, code=16, blocks=1, crop=32, batch_size=2, steps=16, precision="32-true", learning_rate=0.001, ema_decay=0
)


@pytest.fixture
def data(packed_folder) -> PackedImages:
    return PackedImages(packed_folder)


@pytest.fixture
def module(data, teacher) -> StyleModule:
    return StyleModule(CONFIG, load_perceptor(teacher), data)


def without(packed_folder: Path, folder: Path, kind: str) -> PackedImages:
    """Return the packed pictures as if one kind had another name."""
    (folder / "images.bin").symlink_to(packed_folder / "images.bin")
    table = pd.read_parquet(packed_folder / INDEX)
    table.replace({"kind": {kind: "sketch"}}).to_parquet(folder / INDEX)
    return PackedImages(folder)


class Always:
    """The same sample, whatever its number: a problem that a few steps should make easier."""

    def __init__(self, source: StylePairs) -> None:
        self.samples = [source.sample(number) for number in range(2)]

    def sample(self, number: int) -> dict[str, torch.Tensor]:
        return self.samples[number % 2]


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_the_loss_falls_in_a_few_steps(tmp_path, data, module, precision):
    losses = []

    class Listening(StyleModule):
        def training_step(self, batch: dict[str, torch.Tensor], number: int) -> torch.Tensor:
            loss = super().training_step(batch, number)
            losses.append(loss.item())
            return loss

    config = CONFIG.model_copy(update={"precision": precision, "preview_steps": 100})
    listening = Listening(config, module._loss[0].perceptor, data)
    bundle = fit(
        "style",
        listening,
        Always(StylePairs(data, 32, 0)),
        config,
        tmp_path,
        report=lambda *_: None,
        on_preview=lambda *_: None,
        accelerator="cpu",
    )
    assert len(losses) == 16
    # A random teacher says little, and says it quietly.
    assert np.mean(losses[-3:]) < np.mean(losses[:2])
    content = np.zeros((9, 11, 3), np.uint8)
    painter = StylePainter(load_bundle(bundle, "style"))
    assert painter.paint([content], [painter.encode(content)])[0].shape == content.shape


def test_the_last_pair_of_a_batch_is_a_picture_and_itself(module, data):
    shown: list[tuple[torch.Tensor, ...]] = []
    loss = module._loss[0]

    class Spy:
        perceptor = loss.perceptor

        def __call__(self, *pictures: torch.Tensor) -> dict[str, torch.Tensor]:
            shown.append(pictures)
            return loss(*pictures)

    logged: dict[str, torch.Tensor] = {}
    module._loss = (Spy(),)
    module.log_dict = logged.update
    (batch,) = islice(stream(StylePairs(data, 32, 0), 3, 0, 0), 1)
    total = module.training_step(batch, 0)
    painted, content, style = shown[0]
    assert torch.equal(style[-1], content[-1])
    assert torch.equal(style[:-1], batch["style"][:-1])
    assert logged["identity"] == (painted[-1] - content[-1]).abs().mean()
    assert logged.keys() == {"content", "texture", "moments", "identity", "loss"}
    assert total == logged["loss"]


def test_losses_are_0_for_what_they_ask_for(teacher):
    loss = StyleLoss(load_perceptor(teacher), 3.0, 1.5)
    content, style = torch.rand(2, 2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert loss(content, content, style)["content"] == 0
    carried = loss(style, content, style)
    assert carried["texture"] == carried["moments"] == 0
    assert loss(content, content, content)["loss"] == 0
    terms = loss(content, content.flip(3), style)
    assert terms["loss"] == pytest.approx(
        (terms["content"] + 3 * terms["texture"] + 1.5 * terms["moments"]).item(), abs=1e-5
    )
    plain = loss(content, content, torch.full_like(style, 0.5))
    assert plain["texture"] <= LIMIT
    assert torch.isfinite(plain["loss"])


def test_a_second_look_is_taken_where_pictures_are_large_enough(teacher):
    eye = load_perceptor(teacher)
    chance = torch.Generator().manual_seed(0)
    for side, differ in ((64, False), (128, True)):
        content, style = torch.rand(2, 1, 3, side, side, generator=chance)
        once, twice = (StyleLoss(eye, 3.0, 1.5, looks)(content, content, style) for looks in (1, 2))
        assert (once["texture"] != twice["texture"]) == differ
    coarse = torch.nn.functional.interpolate(content, scale_factor=0.5, mode="area")
    half = StyleLoss(eye, 3.0, 1.5, 1)(
        coarse, coarse, torch.nn.functional.interpolate(style, scale_factor=0.5, mode="area")
    )
    assert twice["texture"].item() == pytest.approx((once["texture"] + half["texture"]).item() / 2, rel=1e-5)


def test_a_tint_that_a_grey_style_lacks_weighs_as_much_as_light_and_dark():
    chance = torch.Generator().manual_seed(0)
    grey = torch.rand(1, 1, 32, 32, generator=chance).expand(1, 3, 32, 32)
    palette = Palette.of(grey)
    assert [float(distance) for distance in palette.distances(grey)] == pytest.approx([0, 0], abs=1e-5)
    tinted, darker = grey + torch.tensor([0.1, 0, -0.1]).view(1, 3, 1, 1), grey - 0.1
    assert palette.distances(tinted)[1] > 5 * palette.distances(darker)[1]
    speckled = grey + 0.1 * torch.randn(1, 3, 32, 32, generator=chance)
    assert palette.distances(speckled)[0] > 5 * palette.distances(0.5 * grey)[0]


def test_the_frozen_encoder_is_not_in_the_bundle(module):
    assert all(name.startswith("network.") for name in module.state_dict())
    assert module.bundle_state().keys() == module.network.state_dict().keys()


@given(st.integers(1, 60), st.floats(0.001, 0.999))
@example(1, 0.05)
@example(9, 0.1)
@example(19, 0.05)
def test_the_rate_rises_and_falls_whatever_the_number_of_steps(steps, warmup):
    config = CONFIG.model_copy(update={"steps": steps, "warmup": warmup, "learning_rate": 0.5})

    class Bare(StyleModule):
        def __init__(self) -> None:
            super(StyleModule, self).__init__()
            self.config = config
            self.network = torch.nn.Module()
            self.network.encoder, self.network.decoder = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)

    configured = Bare().configure_optimizers()
    optimizer, schedule = configured["optimizer"], configured["lr_scheduler"]["scheduler"]
    rates = []
    for _ in range(steps):
        encoder, rest = (group["lr"] for group in optimizer.param_groups)
        assert encoder == pytest.approx(config.encoder_rate * rest)
        rates.append(rest)
        optimizer.step()
        schedule.step()
    assert all(0 < rate <= 0.5 for rate in rates)
    assert optimizer.param_groups[1]["lr"] <= 0.5


def test_samples_are_pairs_of_crops(data):
    source = StylePairs(data, 32, seed=5)
    for number in range(6):
        sample = source.sample(number)
        assert sample.keys() == {"content", "style"}
        for crop in sample.values():
            assert crop.shape == (3, 32, 32)
            assert crop.dtype == torch.float32
            assert 0 <= crop.min() <= crop.max() <= 1
    assert not torch.equal(source.sample(0)["content"], StylePairs(data, 32, seed=6).sample(0)["content"])


@pytest.mark.parametrize("kind", ["photograph", "artwork"])
def test_a_kind_that_is_missing_is_named(tmp_path, packed_folder, kind):
    lacking = without(packed_folder, tmp_path, kind)
    with pytest.raises(AtelierError, match=f"No {kind} in the training split: .*--kind {kind}"):
        StylePairs(lacking, 32, 0)
    with pytest.raises(AtelierError, match=f"No {kind} in the test split: .*--kind {kind}"):
        evaluation_pairs(lacking, 4)


def test_the_preview_is_a_grid_of_the_same_pictures(data, module):
    contents, styles = preview_pictures(data)
    assert len(contents) <= CONTENTS
    assert len(styles) <= STYLES
    trained_on = {centre_square(data[row], SIDE).tobytes() for row in data.where(split="train")}
    assert not trained_on & {picture.tobytes() for picture in contents + styles}
    with torch.no_grad():
        grid = module.eval().preview()
        assert np.array_equal(module.preview(), grid)
    assert grid.shape == ((1 + len(contents)) * SIDE, (1 + len(styles)) * SIDE, 3)
    assert grid.dtype == np.uint8
    assert np.array_equal(grid[SIDE:, :SIDE], np.vstack(contents))
    assert np.array_equal(grid[:SIDE, SIDE:], np.hstack(styles))
    assert (grid[:SIDE, :SIDE] == 255).all()


@pytest.mark.parametrize("kind", ["photograph", "artwork"])
def test_a_preview_of_nothing_is_no_fault(tmp_path, packed_folder, module, kind):
    contents, styles = preview_pictures(without(packed_folder, tmp_path, kind))
    grid = preview_grid(module.network, contents, styles, torch.device("cpu"))
    assert grid.shape == ((1 + len(contents)) * SIDE, (1 + len(styles)) * SIDE, 3)


class Shelf:
    """So many test pictures of each kind, of which only the numbers are asked for."""

    def __init__(self, photographs: int, artworks: int) -> None:
        self.rows = {"photograph": np.arange(photographs), "artwork": 1000 + np.arange(artworks)}

    def where(self, kind: str, split: str) -> np.ndarray:
        assert split == "test"
        return self.rows[kind]


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 40))
def test_pairs_are_pinned_and_each_picture_is_used_about_equally_often(photographs, artworks, count):
    shelf = Shelf(photographs, artworks)
    pairs = evaluation_pairs(shelf, count)
    assert pairs == evaluation_pairs(shelf, count)
    assert len(pairs) == len(set(pairs)) == min(count, photographs * artworks)
    assert all(content < photographs and style >= 1000 for content, style in pairs)
    if count <= min(photographs, artworks):
        assert all(set(Counter(used).values()) == {1} for used in zip(*pairs, strict=True))


def test_pairs_use_pictures_about_equally_often():
    for photographs, artworks, count in ((40, 60, 96), (10, 10, 50), (3, 200, 96)):
        pairs = evaluation_pairs(Shelf(photographs, artworks), count)
        for column, size in enumerate((photographs, artworks)):
            used = Counter(pair[column] for pair in pairs)
            assert max(used.values()) <= 1.6 * count / size + 2
            assert len(used) >= min(size, count) * 0.9


class DoNothing:
    """A painter that shows one of the two pictures it is given."""

    device = "cpu"

    def __init__(self, shown: str) -> None:
        self.shown = shown

    def encode(self, picture: np.ndarray) -> np.ndarray:
        return picture

    def paint(self, contents: list[np.ndarray], styles: list[np.ndarray]) -> list[np.ndarray]:
        return contents if self.shown == "content" else styles


def test_doing_nothing_scores_exactly_1(data, teacher):
    pairs = evaluation_pairs(data, 6)
    left = evaluate_pairs(DoNothing("content"), data, teacher, pairs)
    assert left["ideal_distance"].tolist() == left["style"].tolist() == [1] * 6
    assert left["content"].tolist() == [0] * 6
    replaced = evaluate_pairs(DoNothing("style"), data, teacher, pairs)
    assert replaced["ideal_distance"].tolist() == replaced["content"].tolist() == [1] * 6
    assert replaced["style"].tolist() == [0] * 6


def test_figures_are_finite_and_the_same_each_time(data, teacher, module):
    painter = StylePainter(module_bundle(module))
    pairs = evaluation_pairs(data, 4)
    values = evaluate_pairs(painter, data, teacher, pairs)
    again = evaluate_pairs(painter, data, teacher, pairs[::-1])
    for name, items in values.items():
        assert items.shape == (4,)
        assert (items > 0).all()
        assert np.isfinite(items).all()
        assert np.array_equal(items, again[name][::-1])
    assert np.allclose(values["ideal_distance"] ** 2, values["content"] ** 2 + values["style"] ** 2)


def module_bundle(module: StyleModule) -> Bundle:
    return Bundle("style", module.config.model_dump(mode="json"), module.bundle_state())


class OnePlain:
    """A plain picture and a busy one."""

    def __init__(self, busy: np.ndarray) -> None:
        self.pictures = [np.full_like(busy, 90), busy]

    def __getitem__(self, number: int) -> np.ndarray:
        return self.pictures[number]


def test_plain_pictures_score_finite_figures(teacher, module, make_painting):
    painter = StylePainter(module_bundle(module))
    values = evaluate_pairs(painter, OnePlain(make_painting(3, 70, 70)), teacher, [(0, 1), (1, 0)])
    assert all(np.isfinite(items).all() for items in values.values())


class Plain:
    """Pictures without anything in them."""

    def __getitem__(self, number: int) -> np.ndarray:
        return np.full((64, 64, 3), 60 * number, np.uint8)


def test_plain_pictures_score_as_if_nothing_were_done(teacher):
    scores = evaluate_pairs(DoNothing("content"), Plain(), teacher, [(1, 1)])
    assert np.isfinite(scores["ideal_distance"]).all()
