"""Commands that make music."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import ModelOption, app


@app.command()
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
) -> None:
    """Compose music, a piece a seed; run again, it does only what is missing.

    Example: atelier compose out/chorales --count 16 --temperature 0.9

    Voices below a melody: atelier compose out/settings --soprano melody.mid --count 4
    """
    from flows.compose import compose as flow

    begun, sung = (str(path) if path else None for path in (phrase, soprano))
    report = flow(str(out), count, seed, temperature, begun, sung, frames, tempo, model)
    typer.echo(
        f"{report['done']} composed by {report['model']}, {report['skipped']} there already, in {report['seconds']} s."
    )
    if not report["audio"]:
        from tasks.audio import NONE

        typer.echo(NONE)
    typer.echo(f"Gallery: {report['gallery']}")
