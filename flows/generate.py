"""Paint new works with a registered generator."""

from typing import Any

from prefect import flow

from flows.parameters import Kept
from tasks import steps


@flow(name="generate", log_prints=True)
def generate(
    out: str,
    seeds: str = "",
    count: int | None = None,
    classes: list[str] | None = None,
    truncation: float = 1.0,
    surfaces: str = "",
    directions: dict[int, float] | None = None,
    like: list[str] | None = None,
    format: str = "png",
    model: str = "champion",
    keep_best: Kept | None = None,
    critic: str = "champion",
) -> dict[str, Any]:
    """Paint a picture for each seed; run again, it does only what is missing.

    Args:
        out: the job's folder: pictures, ledger, gallery.
        seeds: seeds and ranges of them, such as `7,100-199`; empty: from 0 on.
        count: how many of the seeds; None: all, and 16 where none are named.
        classes: classes to paint, every seed in each; None: the seed decides.
        truncation: from 0, the typical picture, to 1, as varied as the works.
        surfaces: seeds whose surfaces each picture gets in turn; empty: each its own.
        directions: how far to go in which of the model's directions: see the flow `directions`.
        like: pictures that are liked: of the seeds, the `count` most like them.
        format: `png`, `jpg` or `webp`.
        model: an alias or a version number.
        keep_best: also lay out the best so many in `OUT/best`, ranked by the critic; None: no ranking.
        critic: alias or version number of the critic that ranks.

    Returns:
        the job's report: done, skipped, set aside, seconds, gallery, grid; with `keep_best` also `best`.
    """
    wanted = {"out": out, "seeds": seeds, "count": count, "classes": classes or [], "truncation": truncation}
    steered = {"surfaces": surfaces, "directions": directions or {}, "like": like or []}
    report = steps.generate_pictures({**wanted, **steered, "format": format, "model": model})
    return report if keep_best is None else report | {"best": steps.keep_best_pictures(out, keep_best, critic)}
