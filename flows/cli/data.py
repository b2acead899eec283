"""Commands that take works in."""

from typing import Annotated

import typer

from flows.cli.options import app, pairs


@app.command()
def ingest(
    source: Annotated[str, typer.Argument(help="A folder of pictures, a CSV of paths or URLs, or sequences.")],
    kind: Annotated[
        str, typer.Option(help="artwork, photograph (contents to repaint), music, drawing or critique.")
    ] = "artwork",
    metadata: Annotated[str | None, typer.Option(help="A CSV that describes the folder's pictures.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="OURS=THEIRS", help="A catalog column and its name in the CSV."),
    ] = None,
    licence: Annotated[str | None, typer.Option(help="Licence of works that do not say it themselves.")] = None,
    default: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Value of a column that the source leaves empty."),
    ] = None,
) -> None:
    """Take works in: check, catalog and version them.

    Example: atelier ingest paintings --metadata labels.csv --column genre=subject --licence "public domain"
    """
    from flows.ingest import ingest as flow

    defaults = pairs(default, "--default") | ({"licence": licence} if licence else {})
    report = flow(source, kind, metadata, pairs(column, "--column"), defaults)
    typer.echo(
        f"{report['added']} added, {report['already_known']} known already, {report['rejected']} refused, "
        f"{report['near_duplicates']} near duplicates. Data version {report['data_md5']}."
    )
    if report["rejected"]:
        typer.echo(f"Reasons: {report['rejected_file']}")
