"""Steps from a configuration to a registered, judged version."""

from pathlib import Path
from typing import Any

from prefect import task

from tasks.settings import load_settings
from tasks.steps.retries import is_worth_retrying


@task
def check_options(family: str, config: dict[str, Any]) -> None:
    """Refuse options that a family does not accept, before minutes go into the data."""
    from artmodels.family import get_family

    get_family(family).configure(config)


@task
def open_training(family: str, config: dict[str, Any], trigger: str, start: str | None) -> str:
    """Find the unfinished training of exactly this data, code and configuration, or begin one; return its folder."""
    from tasks import runs

    return str(runs.open_training(load_settings(), family, config, trigger, start))


@task(retries=3, retry_delay_seconds=2, retry_condition_fn=is_worth_retrying)
def train_model(folder: str) -> str:
    """Run the trainer, and again from its last checkpoint where it was killed; return the bundle's folder."""
    from tasks import runs
    from tasks.gpus import hold_gpus

    settings = load_settings()
    with hold_gpus(settings, settings.train_processes) as gpus, runs.showing(Path(folder)) as show:
        return str(runs.train(settings, Path(folder), show, print, gpus))


@task
def probe_training(family: str, config: dict[str, Any]) -> str:
    """Take the first steps of a training for nothing; return in words what all of it would take."""
    from tasks import probe

    return str(probe.probe(load_settings(), family, config))


@task
def check_sweep(wanted: dict[str, Any]) -> None:
    """Refuse an order that is not accepted, before minutes go into the data."""
    from tasks import sweep

    sweep.order(**wanted)


@task
def sweep_option(wanted: dict[str, Any]) -> dict[str, Any]:
    """Try values of an option by short trainings; return the best."""
    from tasks import sweep

    return sweep.run(load_settings(), sweep.order(**wanted), print)


@task
def unchanged_version(family: str, config: dict[str, Any]) -> int | None:
    """Return the newest version if it was trained from this very data, code and configuration."""
    from tasks import runs

    return runs.unchanged_version(load_settings(), family, config)


@task
def evaluate_model(family: str, bundle: str) -> str:
    """Judge a bundle on the pinned evaluation set; return the file of its figures."""
    from tasks import evaluation

    judged = evaluation.evaluate_bundle(load_settings(), family, Path(bundle))
    return str(evaluation.save_evaluation(judged, Path(bundle).with_name("evaluation.json")))


@task
def register_model(folder: str, evaluation_file: str) -> int:
    """Register a finished training as the challenger; return the version's number."""
    from tasks import runs

    return runs.register(load_settings(), Path(folder), Path(evaluation_file)).number


@task
def register_starter(family: str) -> int:
    """Register the model that ships as the challenger, unless it is registered; return the version's number."""
    from tasks import starters

    return starters.adopt(load_settings(), family).number


@task
def evaluate_version(family: str, reference: str) -> dict[str, Any]:
    """Judge a registered version and record its figures with it; return them."""
    from tasks import evaluation

    return evaluation.evaluate_version(load_settings(), family, reference)
