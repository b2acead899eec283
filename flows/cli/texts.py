"""Commands that read."""

import json
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import ModelOption, app, pairs


@app.command()
def read(
    critiques: Annotated[list[Path], typer.Argument(help="Text files, folders of them, or CSV files.")],
    out: Annotated[Path, typer.Option(help="The job's folder: table, page, readings.")] = Path("out/readings"),
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="OURS=THEIRS", help="text or title, and its name in the CSV; may be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the readings as JSON, and nothing else.")] = False,
    model: ModelOption = "champion",
) -> None:
    """Read in written critiques which scores an expert would give the works, and from which words.

    Example: atelier read reviews.csv --column text=Comment --out out/readings
    """
    from flows.read import read as flow

    report = flow([str(path) for path in critiques], str(out), pairs(column, "--column"), model)
    if as_json:
        typer.echo(json.dumps(report["readings"], indent=2, ensure_ascii=False))
        return
    typer.echo(
        f"{report['done']} read by {report['model']}, {report['refused']} refused, in {report['seconds']} s; "
        f"{report['skipped']} of these were there already."
    )
    typer.echo(f"Table: {report['table']}")
    typer.echo(f"Page: {report['page']}")
