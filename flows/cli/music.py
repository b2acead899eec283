"""Commands that make music."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import DryRunOption, JsonOption, ModelOption, done_by, foretell, tell


def compose(
    out: Annotated[Path, typer.Argument(help="The job's folder: piano rolls, MIDI files, scores, ledger, gallery.")],
    count: Annotated[int, typer.Option(help="How many pieces.")] = 16,
    seed: Annotated[int, typer.Option(help="Seed of the first piece; the others follow it.")] = 0,
    temperature: Annotated[float, typer.Option(help="Below 1 likelier notes, above 1 bolder ones.")] = 0.9,
    phrase: Annotated[Path | None, typer.Option(help="A MIDI file that every piece begins with.")] = None,
    soprano: Annotated[
        Path | None, typer.Option(help="A MIDI file whose highest notes every piece has on top: harmonise it.")
    ] = None,
    frames: Annotated[
        int | None, typer.Option(help="Frames of a piece at most; 64 if not said, or as many as the soprano has.")
    ] = None,
    tempo: Annotated[float, typer.Option(help="Quarter notes a minute.")] = 80,
    model: ModelOption = "champion",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compose music, a piece a seed.

    Run again, it does only what is missing.

    Example: atelier compose out/chorales --count 16 --temperature 0.9

    Voices below a melody: atelier compose out/settings --soprano melody.mid --count 4
    """
    wanted: dict[str, Any] = {
        "out": str(out),
        "count": count,
        "seed": seed,
        "temperature": temperature,
        "phrase": str(phrase) if phrase else None,
        "soprano": str(soprano) if soprano else None,
        "frames": frames,
        "beats_per_minute": tempo,
        "model": model,
    }
    if dry_run:
        from tasks.foresee import foresee_job

        foretell(foresee_job, "compose", wanted, as_json=as_json)
        return
    from flows.compose import compose as flow
    from tasks.audio import NONE

    report = flow(**wanted)
    silent = "" if report["audio"] else NONE
    tell(report, as_json, done_by(report, "composed"), silent, f"Gallery: {report['gallery']}")
