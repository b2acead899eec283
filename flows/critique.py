"""Evaluate a batch of pictures with a registered critic."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="critique", log_prints=True)
def critique(pictures: list[str], out: str, reasons: bool = True, model: str = "champion") -> dict[str, Any]:
    """Evaluate every picture and rank them all; run again, it does only what is missing.

    Args:
        pictures: pictures, or folders of them.
        out: the job's folder: table, gallery, ledger.
        reasons: show on each picture where the critic looked, and what its answer depends on.
        model: an alias or a version number.

    Returns:
        the job's report: done, skipped, set aside, seconds, table, json, gallery.
    """
    return steps.critique_pictures({"pictures": pictures, "out": out, "reasons": reasons, "model": model})
