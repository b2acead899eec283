"""Repaint a batch of pictures with a registered model."""

from typing import Any

from prefect import flow

from flows.parameters import Kept
from tasks import steps


@flow(name="stylize", log_prints=True)
def stylize(
    contents: str,
    out: str,
    styles: list[str],
    alpha: float = 1.0,
    weights: list[float] | None = None,
    brush: float = 1.0,
    keep_colours: bool = False,
    masks: str | None = None,
    size: int | None = None,
    format: str = "png",
    method: str = "network",
    model: str = "champion",
    keep_best: Kept | None = None,
    critic: str = "champion",
) -> dict[str, Any]:
    """Repaint every picture of a folder in every style; a job that is run again does only what is missing.

    Args:
        contents: a folder of pictures, or one picture.
        out: the job's folder: pictures, ledger, gallery.
        styles: pictures, or folders of them.
        alpha: strength of the style, from 0 to 1.
        weights: the share of each style, summing to 1: all styles are mixed in each picture.
        brush: size of the style's strokes, relative to what was taught.
        keep_colours: take the brushwork only.
        masks: a folder of masks, named as the contents: where the style is wanted; for several styles, a region each.
        size: the results' shorter side in pixels; None: as the content is.
        format: `png`, `jpg` or `webp`.
        method: `network`, the model in use; or `optimise`, the slow reference.
        model: an alias or a version number.
        keep_best: also lay out the best so many in `OUT/best`, ranked by the critic; None: no ranking.
        critic: alias or version number of the critic that ranks.

    Returns:
        the job's report: done, skipped, set aside, seconds, gallery; with `keep_best` also `best`.
    """
    report = steps.stylize_pictures(
        {
            "contents": contents,
            "out": out,
            "styles": styles,
            "alpha": alpha,
            "weights": weights or [],
            "brush": brush,
            "keep_colours": keep_colours,
            "masks": masks,
            "size": size,
            "format": format,
            "method": method,
            "model": model,
        }
    )
    return report if keep_best is None else report | {"best": steps.keep_best_pictures(out, keep_best, critic)}
