"""Commands that take works in, and what people think of them."""

from pathlib import Path
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


@app.command()
def rate(
    ratings: Annotated[Path, typer.Argument(help="A CSV with the columns user, work and rating, from 1 to 10.")],
) -> None:
    """Take people's ratings in; a work is named by its id in the catalog or by the path of its picture.

    Example: atelier rate ratings.csv
    """
    from flows.rate import rate as flow

    report = flow(str(ratings))
    typer.echo(
        f"{report['ratings']} ratings of {report['works']} works by {report['people']} people. "
        f"Data version {report['data_md5']}."
    )
