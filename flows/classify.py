"""Name a batch of pictures with a registered classifier."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="classify", log_prints=True)
def classify(pictures: list[str], out: str, maps: bool = False, model: str = "champion") -> dict[str, Any]:
    """Say of every picture its style, genre, artist and period; run again, it does only what is missing.

    Args:
        pictures: pictures, or folders of them.
        out: the job's folder: table, gallery, ledger.
        maps: show on each picture where the classifier looked.
        model: an alias or a version number.

    Returns:
        the job's report: done, skipped, set aside, seconds, table, gallery.
    """
    return steps.classify_pictures({"pictures": pictures, "out": out, "maps": maps, "model": model})
