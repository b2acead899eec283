"""Commands that evaluate pictures."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import ModelOption, app


@app.command()
def critique(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures to evaluate, or folders of them.")],
    out: Annotated[Path, typer.Option(help="The job's folder: table, gallery, ledger.")] = Path("out/critiques"),
    reasons: Annotated[
        bool, typer.Option(help="Show where the critic looked, and what its answer depends on; takes longer.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the critiques as JSON, and nothing else.")] = False,
    model: ModelOption = "champion",
) -> None:
    """Evaluate pictures and rank them, with how sure the critic is and why; run again, it does only what is missing.

    Example: atelier critique paintings --out out/critiques
    """
    from flows.critique import critique as flow

    report = flow([str(path) for path in pictures], str(out), reasons, model)
    if as_json:
        typer.echo(Path(report["json"]).read_text(encoding="utf-8"), nl=False)
        return
    typer.echo(
        f"{report['done']} evaluated by {report['model']}, {report['skipped']} there already, "
        f"{report['set_aside']} set aside, in {report['seconds']} s."
    )
    typer.echo(f"Table: {report['table']}\nGallery: {report['gallery']}")
