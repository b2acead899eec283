import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import artmodels.fit as fitting
from artmodels.bundle import ADVICE, Bundle, load_bundle, take_over
from artmodels.errors import StoppedError
from artmodels.family import TrainConfig
from artmodels.fit import CHECKPOINT, Trainable, fit

CONFIG = TrainConfig(
    steps=10, batch_size=2, checkpoint_steps=3, preview_steps=1, ema_decay=0.9, precision="32-true", learning_rate=0.1
)


class Line(Trainable):
    """Learns a line, with momentum, a schedule and dropout: all that a resumed run must not lose."""

    def __init__(self, config: TrainConfig = CONFIG) -> None:
        super().__init__()
        self.config = config
        self.layer = nn.Linear(8, 1)
        nn.init.zeros_(self.layer.weight)
        nn.init.zeros_(self.layer.bias)
        self.seen: list[list[float]] = []
        self.history: list[Tensor] = []

    def training_step(self, batch: dict[str, Tensor], _: int) -> Tensor:
        self.seen.append(batch["number"].tolist())
        kept = nn.functional.dropout(batch["x"], 0.3, self.training)
        loss = (self.layer(kept)[:, 0] - batch["x"].sum(1)).square().mean()
        self.log("loss", loss)
        return loss

    def on_train_batch_end(self, *_: object) -> None:
        self.history.append(self.layer.weight.detach().clone())

    def configure_optimizers(self) -> dict:
        optimizer = torch.optim.Adam(self.parameters(), self.config.learning_rate)
        schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def bundle_config(self) -> dict[str, Any]:
        return CONFIG.model_dump(mode="json")

    def bundle_state(self) -> dict[str, Tensor]:
        return dict(self.layer.state_dict())

    def start_from(self, bundle: Bundle) -> None:
        take_over(self.layer, bundle.tensors, bundle.config)

    def preview(self) -> np.ndarray:
        assert not self.training
        return np.full((8, 8, 3), 200, np.uint8)


class Numbers:
    """Sample n: eight numbers made from n."""

    def sample(self, number: int) -> dict[str, Tensor]:
        return {"x": torch.randn(8, generator=torch.Generator().manual_seed(number)), "number": torch.tensor(number)}


class PowerCut(Exception):  # noqa: N818 - says what happens
    """Stands for a kill."""


def nothing(*_: object) -> None:
    """Hear nothing."""


@pytest.fixture(autouse=True)
def _a_preview_each_step(monkeypatch) -> None:
    """Look at every `preview_steps`, so that a training can be cut short at any step."""
    monkeypatch.setattr(fitting, "preview_moments", lambda first, last: [*range(first, last, first), last])


def cut_at(step: int) -> Callable[[int, Path], None]:
    def on_preview(now: int, _: Path) -> None:
        if now == step:
            raise PowerCut

    return on_preview


def run(folder: Path, module: Line | None = None, config: TrainConfig = CONFIG, **hooks: object) -> dict[str, Tensor]:
    hooks = {"report": nothing, "on_preview": nothing} | hooks
    bundle = fit("line", module or Line(config), Numbers(), config, folder, accelerator="cpu", **hooks)
    return load_bundle(bundle, "line").tensors


def assert_equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def calm(tmp_path_factory) -> dict[str, Tensor]:
    """The weights of a run that nothing disturbed."""
    return run(tmp_path_factory.mktemp("calm"))


@pytest.mark.parametrize("step", range(1, 11))
def test_a_run_cut_short_at_any_step_ends_as_if_nothing_had_happened(tmp_path, calm, step):
    with pytest.raises(PowerCut):
        run(tmp_path, on_preview=cut_at(step))
    # Nothing of the process survives a kill, so neither may its chance.
    torch.manual_seed(random.Random(step).randrange(10**6))
    resumed = Line()
    assert_equal(run(tmp_path, resumed), calm)
    first = (step - 1) // 3 * 3
    assert resumed.seen == [[2 * number, 2 * number + 1] for number in range(first, 10)]


def test_a_run_cut_short_many_times_ends_the_same(tmp_path, calm):
    for step in (2, 4, 5, 7, 9):
        with pytest.raises(PowerCut):
            run(tmp_path, on_preview=cut_at(step))
    assert_equal(run(tmp_path), calm)


def test_a_run_cut_short_after_its_last_step_still_saves_the_averaged_weights(tmp_path, monkeypatch):
    config = CONFIG.model_copy(update={"steps": 9})
    calm = run(tmp_path / "calm", config=config)

    def fail(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "save_bundle", fail)
        with pytest.raises(PowerCut):
            run(tmp_path / "cut", config=config)
    resumed = Line(config)
    assert_equal(run(tmp_path / "cut", resumed, config), calm)
    assert resumed.seen == []


def test_a_finished_run_may_be_asked_for_again(tmp_path, calm):
    for _ in range(2):
        assert_equal(run(tmp_path), calm)


def test_the_bundle_holds_the_moving_average(tmp_path):
    module = Line()
    saved = run(tmp_path, module)["weight"]
    average = module.history[0]
    for weight in module.history[1:]:
        average = average.lerp(weight, 0.1)
    assert torch.allclose(saved, average, atol=1e-6)
    assert not torch.allclose(saved, module.history[-1], atol=1e-3)


def test_the_bundle_says_what_it_was_trained_with(tmp_path):
    run(tmp_path)
    written = json.loads((tmp_path / "bundle" / "config.json").read_text())
    assert written == {"format": 1, "family": "line", "config": CONFIG.model_dump(mode="json")}


def test_the_seed_decides_what_a_module_draws(tmp_path, calm):
    other = run(tmp_path, config=CONFIG.model_copy(update={"seed": 1}))
    assert not torch.equal(other["weight"], calm["weight"])


def test_dropout_is_drawn_afresh_each_step(tmp_path):
    drawn = []

    class Drawing(Line):
        def training_step(self, batch: dict[str, Tensor], number: int) -> Tensor:
            drawn.append(torch.rand(()).item())
            return super().training_step(batch, number)

    run(tmp_path, Drawing())
    assert len(set(drawn)) == 10


def test_figures_and_previews_are_reported(tmp_path):
    reports: list[tuple[int, dict[str, float]]] = []
    previews: list[tuple[int, Path]] = []
    config = CONFIG.model_copy(update={"preview_steps": 4})
    run(
        tmp_path,
        config=config,
        report=lambda step, figures: reports.append((step, figures)),
        on_preview=lambda step, path: previews.append((step, path)),
    )
    assert reports[-1][0] == 10
    assert set(reports[-1][1]) >= {"loss"}
    assert [step for step, _ in previews] == [4, 8, 10]
    for step, path in previews:
        assert path == tmp_path / "previews" / f"{step:07d}.jpg"
        with Image.open(path) as picture:
            assert picture.size == (8, 8)


class Painter(Line):
    """Shows its weights, and keeps the steps at which it did."""

    def __init__(self, fault: int | None = None) -> None:
        super().__init__()
        self.fault, self.painted = fault, []

    def preview(self) -> np.ndarray:
        if self.global_step == self.fault:
            raise PowerCut
        self.painted.append(self.global_step)
        return np.frombuffer(self.layer.weight.detach().numpy().tobytes(), np.uint8)[:30].reshape(5, 2, 3)


class Gambler(Painter):
    """Draws from all there is to draw from, when it learns and when it is looked at."""

    def training_step(self, batch: dict[str, Tensor], number: int) -> Tensor:
        return super().training_step(batch, number) * self._draw()

    def preview(self) -> np.ndarray:
        self._draw()
        return super().preview()

    def _draw(self) -> float:
        return random.random() + np.random.rand() + torch.rand(()).item()


def test_previews_change_nothing_that_is_learnt(tmp_path):
    never = CONFIG.model_copy(update={"preview_steps": 10})
    watched, alone = Gambler(), Gambler()
    assert_equal(run(tmp_path / "watched", watched), run(tmp_path / "alone", alone, never))
    assert all(torch.equal(one, other) for one, other in zip(watched.history, alone.history, strict=True))
    assert (watched.painted, alone.painted) == (list(range(1, 11)), [10])


def test_a_resumed_training_neither_loses_a_preview_nor_paints_one_twice(tmp_path):
    calm, told = Painter(), []
    run(tmp_path / "calm", calm)
    with pytest.raises(PowerCut):
        run(tmp_path / "cut", Painter(fault=6))
    resumed = Painter()
    run(tmp_path / "cut", resumed, on_preview=lambda step, path: told.append(step))
    assert resumed.painted == [6, 7, 8, 9, 10], "4 and 5, which follow the checkpoint, lie there"
    assert told == [4, 5, 6, 7, 8, 9, 10], "but whoever listens may not have heard of them"
    names = [f"{step:07d}.jpg" for step in range(1, 11)]
    for folder in (tmp_path / "calm", tmp_path / "cut"):
        assert sorted(path.name for path in (folder / "previews").iterdir()) == names
    for name in names:
        pictures = [(tmp_path / folder / "previews" / name).read_bytes() for folder in ("calm", "cut")]
        assert pictures[0] == pictures[1], name


def test_a_training_that_begins_afresh_does_not_take_anothers_previews_for_its_own(tmp_path):
    with pytest.raises(PowerCut):
        run(tmp_path, Painter(fault=3))
    afresh = Painter()
    run(tmp_path, afresh)
    assert afresh.painted == list(range(1, 11))


def test_a_slow_run_reports_its_speed_and_saves_by_the_clock(tmp_path):
    config = CONFIG.model_copy(update={"checkpoint_steps": 1000, "checkpoint_minutes": 1e-9})
    reports: list[dict[str, float]] = []

    class Clock:
        now = 0.0

        def monotonic(self) -> float:
            self.now += 1.0
            return self.now

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "time", Clock())
        with pytest.raises(PowerCut):
            run(tmp_path, config=config, report=lambda _, figures: reports.append(figures), on_preview=cut_at(5))
    assert reports[0] == {}, "where this process begins"
    assert all(figures["samples_per_second"] > 0 for figures in reports[2:])
    checkpoint = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert checkpoint["global_step"] == 4


def test_a_checkpoint_replaces_the_former_one_whole(tmp_path, monkeypatch, calm):
    with pytest.raises(PowerCut):
        run(tmp_path, on_preview=cut_at(5))
    before = (tmp_path / CHECKPOINT).read_bytes()

    def half(_: object, path: Path, *__: object) -> None:
        Path(path).write_bytes(b"half")
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(lightning.Trainer, "save_checkpoint", half)
        with pytest.raises(PowerCut):
            run(tmp_path)
    assert (tmp_path / CHECKPOINT).read_bytes() == before
    assert_equal(run(tmp_path), calm)


class Watched(Line):
    """Is diagnosed: by figures that are given, or a fault."""

    choosing, check_steps = "distance", 2

    def __init__(self, figures: list[float], config: TrainConfig = CONFIG) -> None:
        super().__init__(config)
        self.figures = figures
        self.looked: list[Tensor] = []

    def check(self, former: Sequence[dict[str, float]]) -> dict[str, float]:
        assert not self.training
        self.looked.append(self.layer.weight.detach().clone())
        if len(former) == len(self.figures):
            raise StoppedError("They have become alike.")
        return {"distance": self.figures[len(former)]}

    def bundle_companion(self) -> dict[str, Tensor]:
        return {"double": 2 * self.layer.weight}


def train_watched(module: Watched, folder: Path, **options: Any) -> Path:
    hooks = {"report": nothing, "on_preview": nothing} | options
    return fit("line", module, Numbers(), CONFIG, folder, accelerator="cpu", **hooks)


def test_the_best_moment_by_the_diagnosis_is_kept_with_averaged_weights(tmp_path):
    module, told = Watched([3.0, 1.0, 2.0, 5.0, 4.0]), []
    bundle = load_bundle(train_watched(module, tmp_path, on_check=lambda *heard: told.append(heard)), companion=True)
    best = [3.0, 1.0, 1.0, 1.0, 1.0]
    assert told == [(2 * n, {"distance": value}, best[n - 1]) for n, value in enumerate([3.0, 1.0, 2.0, 5.0, 4.0], 1)]
    assert torch.equal(bundle.tensors["weight"], module.looked[1])
    assert torch.equal(bundle.companion["double"], 2 * module.looked[1])
    assert not torch.equal(module.looked[1], module.history[3]), "the average is not the last step's weight"


def test_a_diagnosis_does_not_change_the_training(tmp_path):
    watched, plain = Watched([5.0, 4.0, 3.0, 2.0, 1.0]), Line()
    train_watched(watched, tmp_path / "watched")
    train_watched(plain, tmp_path / "plain")
    assert all(torch.equal(one, other) for one, other in zip(watched.history, plain.history, strict=True))


def test_a_training_that_goes_wrong_ends_with_its_best_moment_and_advice(tmp_path):
    module = Watched([3.0, 1.0])
    folder = train_watched(module, tmp_path)
    assert torch.equal(load_bundle(folder).tensors["weight"], module.looked[1])
    assert (tmp_path / ADVICE).read_text() == "They have become alike.\n"
    again = Watched([])
    assert train_watched(again, tmp_path) == folder, "asked for again, it is not trained again"
    assert not again.history


def test_a_training_that_goes_wrong_at_once_is_a_fault(tmp_path):
    with pytest.raises(StoppedError, match="They have become alike"):
        train_watched(Watched([]), tmp_path)


def test_a_resumed_training_remembers_its_best_moment(tmp_path):
    figures = [1.0, 3.0, 4.0, 5.0, 6.0]
    first = Watched(figures)
    with pytest.raises(PowerCut):
        train_watched(first, tmp_path, on_preview=cut_at(5))
    told: list[float | None] = []
    again = train_watched(Watched(figures), tmp_path, on_check=lambda step, figures, best: told.append(best))
    assert torch.equal(load_bundle(again).tensors["weight"], first.looked[0])
    assert set(told) == {1.0}
