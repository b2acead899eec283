"""Steps that watch the models in use."""

from typing import Any

from prefect import task

from artmodels.errors import AtelierError
from tasks.settings import load_settings


@task
def families_in_use(families: list[str] | None) -> list[str]:
    """Return the families, or, where none are named, those that have a model in use."""
    from tasks import drift

    return families if families is not None else drift.families_in_use(load_settings())


@task
def measure_drift(family: str) -> dict[str, Any]:
    """Judge the model in use on works that are new to it; return what is said, and the figures if it can be told."""
    from dataclasses import asdict

    from tasks import drift, events

    try:
        found = drift.measure(load_settings(), family)
    except AtelierError as error:
        print(f"{family}: {error}")
        return {"family": family, "said": str(error), "drifted": False}
    if found.drifted:
        events.tell_drift(family, found.version, str(found))
    print(f"{found}: {'drifted' if found.drifted else 'no drift'}.")
    return asdict(found) | {"said": f"{found}: {'drifted' if found.drifted else 'no drift'}."}


@task
def show_drift(reports: list[dict[str, Any]]) -> None:
    """Show what was found as a table in Prefect's pages."""
    from prefect.artifacts import create_table_artifact

    columns = ("family", "version", "metric", "works", "known", "fresh", "recorded", "drifted", "said")
    rows = [{name: report.get(name, "") for name in columns} for report in reports]
    create_table_artifact(rows, key="drift", description="The models in use, on works that are new to them.")
