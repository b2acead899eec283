"""Repaint a video with a registered model."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="stylize-video", log_prints=True)
def stylize_video(
    clip: str,
    out: str,
    styles: list[str],
    alpha: float = 1.0,
    weights: list[float] | None = None,
    brush: float = 1.0,
    keep_colours: bool = False,
    size: int | None = None,
    model: str = "champion",
    steady: bool = True,
    frames_per_second: float | None = None,
) -> dict[str, Any]:
    """Repaint every frame of a video in a style, or in a mixture of several, with its sound, and without flicker.

    Args:
        clip: a video file, or a folder of numbered pictures.
        out: the video to write, .mp4, or a new folder for numbered PNG files.
        styles: a picture, or several that are mixed.
        alpha: strength of the style, from 0 to 1.
        weights: share of each style, in their order; None: equal ones.
        brush: size of the style's strokes, relative to what the model was taught.
        keep_colours: keep the video's colours.
        size: the result's shorter side in pixels; None: as the clip is.
        model: an alias or a version number.
        steady: paint each frame with the one before in mind, against flicker.
        frames_per_second: of a folder of pictures; None: 25.

    Returns:
        the video's record: content, styles, model, parameters, frames, flicker.
    """
    order = {
        **{"clip": clip, "out": out, "styles": styles, "alpha": alpha, "weights": weights or (), "brush": brush},
        **{"keep_colours": keep_colours, "size": size, "model": model, "steady": steady},
        "frames_per_second": frames_per_second,
    }
    return steps.stylize_clip(order)
