"""Commands that evaluate pictures."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import DryRunOption, JsonOption, ModelOption, done_by, foretell, tell


def critique(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures to evaluate, or folders of them.")],
    out: Annotated[Path, typer.Option(help="The job's folder: table, gallery, ledger.")] = Path("out/critiques"),
    reasons: Annotated[
        bool, typer.Option(help="Show where the critic looked, and what its answer depends on; takes longer.")
    ] = True,
    model: ModelOption = "champion",
    dry_run: DryRunOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the critiques as JSON, and nothing else.")] = False,
) -> None:
    """Evaluate pictures, rank them, and say why.

    It is told how sure the critic is. Run again, it does only what is missing.

    Example: atelier critique paintings --out out/critiques
    """
    wanted: dict[str, Any] = {
        "pictures": [str(path) for path in pictures],
        "out": str(out),
        "reasons": reasons,
        "model": model,
    }
    if dry_run:
        from tasks.foresee import foresee_job

        foretell(foresee_job, "critique", wanted, as_json=as_json)
        return
    from flows.critique import critique as flow

    report = flow(**wanted)
    if as_json:
        typer.echo(Path(report["json"]).read_text(encoding="utf-8"), nl=False)
        return
    tell(report, as_json, done_by(report, "evaluated"), f"Table: {report['table']}\nGallery: {report['gallery']}")


def advise(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures to advise on, or folders of them.")],
    out: Annotated[Path, typer.Option(help="The job's folder: edited pictures, table, gallery.")] = Path("out/advice"),
    count: Annotated[int, typer.Option(help="Most suggestions a picture.")] = 3,
    styles: Annotated[int, typer.Option(help="Catalogued works that are tried as styles; 0: none.")] = 4,
    model: ModelOption = "champion",
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Suggest edits that the critic would surely rate higher.

    Crops, rotations, exposure, contrast, saturation, white balance, palettes, styles: each tried, the best shown.

    Example: atelier advise photos --out out/advice --count 3
    """
    given = [str(path) for path in pictures]
    wanted: dict[str, Any] = {"pictures": given, "out": str(out), "count": count, "styles": styles, "model": model}
    if dry_run:
        from tasks.foresee import foresee_job

        foretell(foresee_job, "advise", wanted, as_json=as_json)
        return
    from flows.advise import advise as flow

    report = flow(**wanted)
    tell(report, as_json, done_by(report, "advised on"), f"Table: {report['table']}\nGallery: {report['gallery']}")
