"""Find the value of an option that trains best."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="sweep", log_prints=True)
def sweep(
    family: str = "gan",
    option: str = "learning_rate",
    low: float = 5e-5,
    high: float = 1e-3,
    trials: int = 8,
    train_steps: int = 1000,
    checks: int = 5,
    config: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Train shortly with several values, stop the bad ones early, and tell the best.

    Args:
        family: name of the model family: `gan`.
        option: the option whose value is sought.
        low: lowest value.
        high: highest value; between them values are tried on a logarithmic scale.
        trials: how many; those of an earlier sweep for the same count.
        train_steps: steps of a trial.
        checks: diagnoses of a trial, after each of which it may be stopped.
        config: the family's other options that differ from their defaults.

    Returns:
        `{"best": value, "figure": kernel distance, "trials": [...]}`.
    """
    wanted = {"family": family, "option": option, "low": low, "high": high, "trials": trials}
    wanted |= {"steps": train_steps, "checks": checks, "config": config or {}}
    steps.check_sweep(wanted)
    steps.pull_data()
    steps.prepare_data()
    return steps.sweep_option(wanted)
