"""Take people's ratings of works in."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="rate", log_prints=True)
def rate(ratings: str) -> dict[str, Any]:
    """Aggregate ratings into the catalog, and track the data in DVC.

    Args:
        ratings: a CSV with the columns user, work and rating, from 1 to 10.

    Returns:
        how many works, ratings and people; the data's new md5.
    """
    report = steps.rate_works(ratings)
    steps.tell_data(report)
    return report
