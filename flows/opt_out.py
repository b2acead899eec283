"""Take artists out: of the data, and of what is believed of the models."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="opt-out", log_prints=True)
def opt_out(names: list[str] | None = None) -> dict[str, Any]:
    """Remove the works of artists from the data, make a version of it, and mark the models that learnt from them.

    Args:
        names: artists to put on the opt-out list; None: those who are on it already.

    Returns:
        who was put on the list, how many works of whom were removed, the data's new md5, which versions are marked.
    """
    return steps.take_artists_out(names or [])
