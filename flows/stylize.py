"""Repaint a batch of pictures with a registered model."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="stylize", log_prints=True)
def stylize(
    contents: str,
    out: str,
    style: str,
    alpha: float = 1.0,
    size: int | None = None,
    model: str = "champion",
) -> dict[str, Any]:
    """Repaint every picture of a folder in every style; a job that is run again does only what is missing.

    Args:
        contents: a folder of pictures, or one picture.
        out: the job's folder: pictures, ledger, gallery.
        style: a picture, or a folder of them.
        alpha: strength of the style, from 0 to 1.
        size: the results' shorter side in pixels; None: as the content is.
        model: an alias or a version number.

    Returns:
        the job's report: done, skipped, set aside, seconds, gallery.
    """
    order = {"contents": contents, "out": out, "style": style, "alpha": alpha, "size": size, "model": model}
    return steps.stylize_pictures(order)
