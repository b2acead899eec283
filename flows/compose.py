"""Compose music with a registered model."""

from typing import Any

from prefect import flow

from tasks import steps


@flow(name="compose", log_prints=True)
def compose(
    out: str,
    count: int = 16,
    seed: int = 0,
    temperature: float = 0.9,
    phrase: str | None = None,
    soprano: str | None = None,
    frames: int | None = None,
    beats_per_minute: float = 80,
    model: str = "champion",
) -> dict[str, Any]:
    """Compose a piece for each seed; run again, it does only what is missing.

    Args:
        out: the job's folder: piano rolls, MIDI files, scores, ledger, gallery.
        count: how many pieces.
        seed: of the first piece; the others follow it.
        temperature: below 1 likelier notes, above 1 bolder ones.
        phrase: a MIDI file that every piece begins with; None: from nothing.
        soprano: a MIDI file whose highest notes every piece has on top; None: the model's own.
        frames: of a piece at most; None: 64, or as many as the soprano has.
        beats_per_minute: of the MIDI files and scores.
        model: an alias or a version number.

    Returns:
        the job's report: done, skipped, set aside, seconds, gallery, and whether there is audio.
    """
    wanted = {"out": out, "count": count, "seed": seed, "temperature": temperature, "frames": frames, "model": model}
    given = {"phrase": phrase, "soprano": soprano, "beats_per_minute": beats_per_minute}
    return steps.compose_pieces({**wanted, **given})
