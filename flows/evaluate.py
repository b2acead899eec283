"""Judge a registered version on the pinned evaluation set."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="evaluate", log_prints=True)
def evaluate(family: str = "style", model: str = "champion") -> dict[str, Any]:
    """Return the version's figures with their intervals, and record them with it.

    Args:
        family: name of the model family.
        model: an alias or a version number.
    """
    steps.pull_data()
    steps.prepare_data()
    report = steps.evaluate_version(family, model)
    steps.report_evaluation(family, report["version"])
    return report
