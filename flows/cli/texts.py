"""Commands that read."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import DryRunOption, ModelOption, foretell, pairs, tell


def read(
    critiques: Annotated[list[Path], typer.Argument(help="Text files, folders of them, or CSV files.")],
    out: Annotated[Path, typer.Option(help="The job's folder: table, page, readings.")] = Path("out/readings"),
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="OURS=THEIRS", help="text or title, and its name in the CSV; may be repeated."),
    ] = None,
    model: ModelOption = "champion",
    dry_run: DryRunOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the readings as JSON, and nothing else.")] = False,
) -> None:
    """Read scores out of written critiques.

    Those that an expert would give the works, and the words that they come from. Run again, it does only
    what is missing.

    Example: atelier read reviews.csv --column text=Comment --out out/readings
    """
    wanted: dict[str, Any] = {
        "critiques": [str(path) for path in critiques],
        "out": str(out),
        "columns": pairs(column, "--column"),
        "model": model,
    }
    if dry_run:
        from tasks.foresee import foresee_readings

        foretell(foresee_readings, wanted, as_json=as_json)
        return
    from flows.read import read as flow

    report = flow(**wanted)
    tell(
        report["readings"],
        as_json,
        f"{report['done']} read by {report['model']}, {report['refused']} refused, in {report['seconds']} s; "
        f"{report['skipped']} of these were there already.",
        f"Table: {report['table']}",
        f"Page: {report['page']}",
    )
