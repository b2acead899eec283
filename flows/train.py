"""Train a model of any family and register it as the challenger."""

from typing import Any

from prefect import flow

from flows.parameters import Who
from tasks import steps


@flow(name="estimate", log_prints=True)
def estimate(family: str = "style", config: dict[str, Any] | None = None) -> str:
    """Tell what a training would take, by taking its first steps.

    Args:
        family: name of the model family.
        config: options of the family that differ from their defaults.

    Returns:
        speed, time, and, where `ATELIER_PRICE_PER_HOUR` is set, cost, in words.
    """
    steps.check_options(family, config or {})
    steps.pull_data()
    steps.prepare_data()
    return steps.probe_training(family, config or {})


@flow(name="train", log_prints=True, flow_run_name="train {family}: {trigger}")
def train(
    family: str = "style",
    config: dict[str, Any] | None = None,
    trigger: Who = "a person",
    start: str | None = None,
) -> int:
    """Pull the data, bring what is derived from it up to date, train, evaluate, register.

    Args:
        family: name of the model family.
        config: options of the family that differ from their defaults.
        trigger: who or what asked; recorded with the version.
        start: alias or number of the version whose weights it begins with; None: drawn by chance.

    Returns:
        the number of the new version.
    """
    steps.check_options(family, config or {})
    steps.pull_data()
    steps.prepare_data()
    folder = steps.open_training(family, config or {}, trigger, start)
    bundle = steps.train_model(folder)
    evaluation = steps.evaluate_model(family, bundle)
    version = steps.register_model(folder, evaluation)
    steps.report_training(family, version)
    return version
