"""Paint new works with a registered generator."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="generate", log_prints=True)
def generate(
    out: str,
    seeds: str = "0-15",
    classes: list[str] | None = None,
    truncation: float = 1.0,
    format: str = "png",
    model: str = "champion",
) -> dict[str, Any]:
    """Paint a picture for each seed; run again, it does only what is missing.

    Args:
        out: the job's folder: pictures, ledger, gallery.
        seeds: seeds and ranges of them, such as `7,100-199`.
        classes: classes to paint, every seed in each; None: the seed decides.
        truncation: from 0, the typical picture, to 1, as varied as the works.
        format: `png`, `jpg` or `webp`.
        model: an alias or a version number.

    Returns:
        the job's report: done, skipped, set aside, seconds, gallery.
    """
    return steps.generate_pictures(
        {
            **{"out": out, "seeds": seeds, "classes": classes or [], "truncation": truncation},
            **{"format": format, "model": model},
        }
    )
