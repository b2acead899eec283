"""Which value of an option trains best: few trials at a small budget, of which the bad ones are stopped early.

Optuna proposes the values and decides who is stopped; the trials are trainings like any other, one process each. The
study is kept, so that a sweep that was killed goes on, and one that is asked for again adds to what is known.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from typing import Any

import optuna
from optuna.trial import Trial, TrialState
from pydantic import BaseModel, ConfigDict, Field

from artmodels.accept import accept
from artmodels.bundle import ADVICE
from artmodels.errors import AtelierError, StoppedError
from artmodels.family import Family, get_family
from tasks import versions
from tasks.registry import finish_run, start_run
from tasks.runs import training_spec
from tasks.settings import Settings
from tasks.training import TrainingProgress, follow_trainer

FAMILIES = {"gan": "kernel_distance"}
"""Families whose trainings are diagnosed as they go, and the figure that decides, the lowest."""


class SweepOrder(BaseModel):
    """What a person orders."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    family: str = Field("gan", description="The model family.")
    option: str = Field("learning_rate", description="The option whose value is sought.")
    low: float = Field(5e-5, gt=0, description="Lowest value.")
    high: float = Field(1e-3, gt=0, description="Highest value; they are tried on a logarithmic scale.")
    trials: int = Field(8, ge=1, le=1000, description="Trials, those of an earlier sweep for the same included.")
    steps: int = Field(1000, ge=2, description="Steps of a trial.")
    checks: int = Field(5, ge=1, le=100, description="Diagnoses of a trial, after each of which it may be stopped.")
    config: dict[str, Any] = Field({}, description="The family's other options.")


def order(**fields: Any) -> SweepOrder:
    """Check an order.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    wanted = accept(SweepOrder, fields)
    if wanted.family not in FAMILIES:
        raise AtelierError(f"family={wanted.family!r} is not accepted: {', '.join(FAMILIES)} can be swept.")
    if not wanted.low < wanted.high:
        raise AtelierError(f"low={wanted.low:g} is not accepted: it must be below high={wanted.high:g}.")
    if wanted.checks > wanted.steps:
        raise AtelierError(f"checks={wanted.checks} is not accepted: a trial has steps={wanted.steps}.")
    for value in (wanted.low, wanted.high):
        _options(wanted, value)
    return wanted


def foresee_sweep(settings: Settings, wanted: SweepOrder) -> dict[str, Any]:
    """Tell how many trials are missing; return it, and begin none.

    Raises:
        AtelierError: the data is not tracked.
    """
    ended = 0
    if (settings.scratch / _STUDIES).is_file():
        studies = optuna.get_all_study_names(_storage(settings))
        if (name := _name(settings, wanted)) in studies:
            ended = len(optuna.load_study(study_name=name, storage=_storage(settings)).get_trials(states=_ENDED))
    return {"dry_run": True, "trials": wanted.trials, "to_do": max(0, wanted.trials - ended)}


def run(settings: Settings, wanted: SweepOrder, tell: Callable[[str], None]) -> dict[str, Any]:
    """Do the trials that are missing; return the best value and what each trial came to.

    Raises:
        AtelierError: the data is not fit for training, or no trial came to a figure.
    """
    study = _study(settings, wanted)
    # A trial that was under way when the last sweep was killed is none.
    for cut_off in study.get_trials(states=[TrialState.RUNNING]):
        study.tell(cut_off.number, state=TrialState.FAIL)
    while len(study.get_trials(states=_ENDED)) < wanted.trials:
        trial = study.ask()
        value = trial.suggest_float(wanted.option, wanted.low, wanted.high, log=True)
        figure = _train(settings, wanted, trial, value)
        study.tell(trial, figure, TrialState.COMPLETE if figure is not None else TrialState.PRUNED)
        tell(f"{wanted.option}={value:.3g}: " + (f"{figure:.4g}" if figure is not None else "stopped early"))
    done = study.get_trials(states=[TrialState.COMPLETE])
    if not done:
        raise AtelierError("No trial came to its end: allow other values, or more trials.")
    return {
        "best": study.best_params[wanted.option],
        "figure": study.best_value,
        "trials": [
            {wanted.option: one.params[wanted.option], "figure": one.value, "state": one.state.name.lower()}
            for one in study.get_trials(states=_ENDED)
        ],
    }


_STUDIES = "sweeps.db"

_ENDED = (TrialState.COMPLETE, TrialState.PRUNED)


def _study(settings: Settings, wanted: SweepOrder) -> optuna.Study:
    """The study of everything that decides what a trial comes to, but for its value and how many there are."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    settings.scratch.mkdir(parents=True, exist_ok=True)
    return optuna.create_study(
        storage=_storage(settings),
        study_name=_name(settings, wanted),
        sampler=optuna.samplers.TPESampler(seed=0),
        # The first three show what is usual.
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3),
        load_if_exists=True,
    )


def _name(settings: Settings, wanted: SweepOrder) -> str:
    decided = [wanted.model_dump(exclude={"trials"}), versions.data_md5(settings), versions.code_revision(settings)]
    key = hashlib.sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest()[:12]
    return f"{wanted.family}-{wanted.option}-{key}"


def _storage(settings: Settings) -> str:
    return f"sqlite:///{settings.scratch / _STUDIES}"


class _TooBadError(Exception):
    """Optuna would rather spend the time on another value."""


def _train(settings: Settings, wanted: SweepOrder, trial: Trial, value: float) -> float | None:
    """Train with a value; return the lowest figure of its diagnoses, or None where it was stopped."""
    folder = settings.scratch / "sweeps" / f"{trial.study.study_name}-{trial.number}"
    options = _options(wanted, value)
    run_id = start_run(settings, wanted.family, folder.name, options, {"sweep": trial.study.study_name})
    seen, lowest = [0], list[float]()

    def on_progress(progress: TrainingProgress) -> None:
        if progress.checked_at <= seen[-1]:
            return
        seen.append(progress.checked_at)
        lowest.append(min([progress.check[FAMILIES[wanted.family]], *lowest]))
        # Numbered, since steps that differ by one would not be compared.
        trial.report(lowest[-1], len(lowest))
        if trial.should_prune():
            raise _TooBadError

    try:
        follow_trainer(training_spec(settings, wanted.family, options, folder, run_id), on_progress)
        if (folder / ADVICE).is_file():
            return None
    except (_TooBadError, StoppedError):
        return None
    finally:
        finish_run(settings, run_id)
        shutil.rmtree(folder, ignore_errors=True)
    return lowest[-1] if lowest else None


def _options(wanted: SweepOrder, value: float) -> dict[str, Any]:
    """A trial's options, checked."""
    own = {"steps": wanted.steps, "check_steps": max(1, wanted.steps // wanted.checks), "preview_steps": wanted.steps}
    family: Family = get_family(wanted.family)
    return family.configure({**wanted.config, **own, wanted.option: value}).model_dump(mode="json")
