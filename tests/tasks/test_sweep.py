"""A sweep: real trainings, as small as can be, a real study."""

from pathlib import Path

import pytest
from optuna.trial import TrialState

from artmodels.errors import AtelierError, StoppedError
from tasks import sweep
from tasks.settings import Settings
from tasks.training import TrainingProgress, TrainingSpec

TINY = {"resolution": 16, "width": 4, "widest": 8, "latent": 4, "batch_size": 2, "check_samples": 16}


@pytest.fixture
def studio(house: Settings, watched_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (house.prepared / "packed").unlink()
    (house.prepared / "packed").symlink_to(watched_folder)
    monkeypatch.setattr(sweep.versions, "code_revision", lambda settings: "0123")
    return house


class Trainer:
    """Stands for trainings: the nearer the rate is to 0.1, the better; 1 and more diverge."""

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.checks = 0

    def follow(self, spec: TrainingSpec, on_progress) -> Path:
        rate = spec.config["learning_rate"]
        self.rates.append(rate)
        if rate > 0.5:
            raise StoppedError("Training diverged.")
        for check in range(1, 4):
            self.checks += 1
            figure = abs(rate - 0.1) * 100 + 3 - check
            for step in (2 * check, 2 * check + 1):
                progress = TrainingProgress(step=step, steps=6, check={"kernel_distance": figure}, checked_at=2 * check)
                on_progress(progress)
        return spec.folder / "bundle"


def rates(**fields: object) -> sweep.SweepOrder:
    return sweep.order(**{"option": "learning_rate", "low": 1e-3, "high": 1, "steps": 6, "checks": 3, **fields})


def test_a_sweep_finds_the_best_value_and_stops_bad_trials_early(studio, monkeypatch):
    trainer, told = Trainer(), []
    monkeypatch.setattr(sweep, "follow_trainer", trainer.follow)
    assert sweep.foresee_sweep(studio, rates(trials=12))["to_do"] == 12
    found = sweep.run(studio, rates(trials=12), told.append)
    assert sweep.foresee_sweep(studio, rates(trials=14))["to_do"] == 2
    assert len(found["trials"]) == len(trainer.rates) == len(told) == 12
    assert found["best"] == min(trainer.rates, key=lambda rate: abs(rate - 0.1))
    states = [trial["state"] for trial in found["trials"]]
    assert 0 < states.count("pruned") < 12
    assert trainer.checks < 3 * sum(rate <= 0.5 for rate in trainer.rates), "some were stopped before their end"
    assert not list((studio.scratch / "sweeps").glob("*"))


def test_a_sweep_that_was_cut_off_goes_on(studio, monkeypatch):
    trainer = Trainer()

    def cut(spec: TrainingSpec, on_progress) -> Path:
        if len(trainer.rates) == 2:
            raise KeyboardInterrupt
        return trainer.follow(spec, on_progress)

    monkeypatch.setattr(sweep, "follow_trainer", cut)
    with pytest.raises(KeyboardInterrupt):
        sweep.run(studio, rates(trials=4), lambda words: None)
    monkeypatch.setattr(sweep, "follow_trainer", trainer.follow)
    assert len(sweep.run(studio, rates(trials=4), lambda words: None)["trials"]) == 4
    assert len(trainer.rates) == 4
    assert len(sweep.run(studio, rates(trials=5), lambda words: None)["trials"]) == 5
    assert len(trainer.rates) == 5, "a larger sweep adds to the smaller one"
    study = sweep._study(studio, rates())
    assert [trial.state for trial in study.trials].count(TrialState.FAIL) == 1


@pytest.mark.slow
def test_trials_are_trainings_like_any_other(studio):
    wanted = sweep.order(
        option="gamma", low=0.05, high=5, trials=2, steps=2, checks=2, config={**TINY, "network": "modern"}
    )
    found = sweep.run(studio, wanted, lambda words: None)
    assert 0.05 <= found["best"] <= 5
    assert found["figure"] == min(trial["figure"] for trial in found["trials"] if trial["figure"] is not None)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"family": "style"}, "family='style' is not accepted: gan can be swept"),
        ({"option": "gama"}, "gan: gama=0.001 is not accepted: unknown option"),
        ({"low": 2}, "low=2 is not accepted: it must be below high=1"),
        ({"checks": 9}, "checks=9 is not accepted: a trial has steps=6"),
        ({"high": 3}, "gan: learning_rate=3.0 is not accepted"),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused(fields, words):
    with pytest.raises(AtelierError, match=words):
        rates(**fields)


def test_a_sweep_whose_trials_all_end_early_says_so(studio, monkeypatch):
    monkeypatch.setattr(sweep, "follow_trainer", Trainer().follow)
    with pytest.raises(AtelierError, match="No trial came to its end"):
        sweep.run(studio, rates(low=0.6, trials=2), lambda words: None)
