"""Draw with a registered model: new drawings, begun ones finished, given ones varied, what lies between two."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="draw", log_prints=True)
def draw(
    out: str,
    classes: list[str] | None = None,
    seeds: str = "",
    seed: int = 0,
    count: int = 16,
    temperature: float = 0.4,
    begun: str = "",
    vary: str = "",
    between: list[str] | None = None,
    between_steps: int = 8,
    size: int = 512,
    model: str = "champion",
) -> dict[str, Any]:
    """Make a drawing for each seed, as PNG and SVG; run again, it does only what is missing.

    Args:
        out: the job's folder: drawings, ledger, gallery.
        classes: what to draw, every seed of each; None: the seed decides.
        seeds: seeds and ranges of them, such as `7,100-199`; empty: `count` of them from `seed` on.
        seed: the first seed where `seeds` names none.
        count: how many seeds from `seed` on.
        temperature: from 0.01, what is likeliest, to 1, as varied as the model can.
        begun: a drawing to finish, once for each seed: an SVG, or `FILE#NUMBER` of a file of many.
        vary: a drawing to draw again, once for each seed.
        between: two drawings or seeds; what lies between them is drawn in `between_steps`.
        between_steps: drawings from one to the other, both included.
        size: side of the pictures, in pixels.
        model: an alias or a version number.

    Returns:
        the job's report: done, skipped, set aside, seconds, gallery.
    """
    wanted = {"out": out, "classes": classes or [], "seeds": seeds, "seed": seed, "count": count}
    given = {"begun": begun, "vary": vary, "between": between or [], "between_steps": between_steps}
    return steps.draw_sketches({**wanted, **given, "temperature": temperature, "size": size, "model": model})
