"""Commands about where pictures come from, and what models learnt from."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import app

NOT_INTACT = 3
"""Exit code where a picture is not as a known signer signed it."""


@app.command()
def verify(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures, films, or folders of pictures.")],
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON, one object a line.")] = False,
) -> None:
    """Tell of pictures by which model, of what data and inputs they were made, by whom, and whether they were altered.

    Exit code 3: one of them is not as a known signer signed it. Nothing is fetched from the network.

    Example: atelier verify out/spring/boat--nocturne.png
    """
    from tasks.provenance.reading import Verifier
    from tasks.provenance.words import as_line, told
    from tasks.settings import load_settings
    from tasks.stylize_order import find_pictures

    verifier, sound = Verifier(load_settings()), True
    for given in pictures:
        for picture in find_pictures(given, "pictures") if given.is_dir() else [given]:
            verdict = verifier.verify(picture)
            sound &= verdict.state == "intact"
            typer.echo(as_line(verdict) if as_json else "\n".join(told(verdict)))
    if not sound:
        raise typer.Exit(NOT_INTACT)
