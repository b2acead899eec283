"""Watch the models in use: do they do worse on works that came in after their training?"""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="watch", log_prints=True)
def watch(families: list[str] | None = None) -> list[dict[str, Any]]:
    """Measure drift, show the figures as an artifact, and tell Prefect's automations of each model that has drifted.

    Args:
        families: names of model families; None: all that have a model in use.

    Returns:
        a report for each: the family, what is said of it, whether it has drifted, and the figures if it can be told.
    """
    steps.pull_data()
    steps.prepare_data()
    reports = [steps.measure_drift(family) for family in steps.families_in_use(families)]
    steps.show_drift(reports)
    return reports
