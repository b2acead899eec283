"""Steps about the data: fetched, derived, taken in, taken out."""

from typing import Any

from prefect import task

from tasks.settings import load_settings
from tasks.steps.retries import is_worth_retrying


@task(retries=2, retry_delay_seconds=5, retry_condition_fn=is_worth_retrying)
def pull_data() -> str:
    """Fetch the data of this revision from the DVC remote; return its md5."""
    from tasks import versions

    settings = load_settings()
    versions.pull(settings)
    return versions.data_md5(settings)


@task
def prepare_data() -> list[str]:
    """Bring what `dvc.yaml` derives up to date; return the stages that ran."""
    from tasks import versions

    return sorted(versions.reproduce(load_settings()))


@task
def ingest_source(
    source: str, kind: str, metadata: str | None, columns: dict[str, str], defaults: dict[str, str]
) -> dict[str, Any]:
    """Take artworks in and track them in DVC; return the report."""
    from tasks import intake

    return intake.take_in(load_settings(), source, kind, metadata, columns, defaults)


def tell_data(report: dict[str, Any]) -> None:
    """Tell Prefect's automations of a new version of the data, if what was taken in made one."""
    from tasks import events

    events.tell_data(report)


@task
def rate_works(ratings: str) -> dict[str, Any]:
    """Aggregate people's ratings into the catalog; return the report."""
    from tasks.paths import given_path
    from tasks.ratings import rate

    return rate(load_settings(), given_path(ratings, "ratings"))


@task
def take_artists_out(names: list[str]) -> dict[str, Any]:
    """Put artists on the opt-out list, and carry it out; return the report."""
    from tasks.rights.opt_out import opt_out

    return opt_out(load_settings(), names)


@task
def choose_sample(photographs: int, styles: int) -> tuple[str, str]:
    """Lay out held-out photographs and artworks for the demonstration; return the two folders."""
    from tasks import sample

    return sample.choose_order(load_settings(), photographs, styles)
