"""Suggest edits of pictures that a registered critic would rate higher."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="advise", log_prints=True)
def advise(pictures: list[str], out: str, count: int = 3, styles: int = 4, model: str = "champion") -> dict[str, Any]:
    """Try edits on every picture and keep those that the critic is sure of; run again, it does only what is missing.

    Args:
        pictures: pictures, or folders of them.
        out: the job's folder: edited pictures, table, gallery, ledger.
        count: most suggestions a picture.
        styles: catalogued works that are tried as styles, with the style model in use; 0: none.
        model: an alias or a version number of the critic.

    Returns:
        the job's report: done, skipped, set aside, seconds, table, gallery.
    """
    return steps.advise_pictures({"pictures": pictures, "out": out, "count": count, "styles": styles, "model": model})
