"""Commands that take works in, and what people think of them."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli import completion
from flows.cli.options import DryRunOption, JsonOption, from_here, pairs, settings, tell


def ingest(
    source: Annotated[str, typer.Argument(help="A folder of pictures, a CSV of paths or URLs, or sequences.")],
    kind: Annotated[
        str,
        typer.Option(
            help="artwork, photograph (contents to repaint), music, drawing or critique.",
            autocompletion=completion.kinds,
        ),
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
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take works in: check, catalog and version them.

    Example: atelier ingest paintings --metadata labels.csv --column genre=subject --licence "public domain"

    What would be refused, and why: atelier ingest paintings --licence CC0 --dry-run
    """
    columns = pairs(column, "--column")
    defaults = pairs(default, "--default") | ({"licence": licence} if licence else {})
    if dry_run:
        from tasks.intake import take_in

        found = take_in(settings(), source, kind, metadata, columns, defaults, dry_run=True)
        reasons = (f"  {count} refused: {reason}" for reason, count in found["reasons"].items())
        tell(found, as_json, f"{_counted(found)}. Nothing was stored.", *reasons)
        return
    from flows.ingest import ingest as flow

    report = flow(source, kind, metadata, columns, defaults)
    reasons_in = f"Reasons: {from_here(report['rejected_file'])}" if report["rejected"] else ""
    tell(report, as_json, f"{_counted(report)}. Data version {report['data_md5']}.", reasons_in)


def rate(
    ratings: Annotated[Path, typer.Argument(help="A CSV with the columns user, work and rating, from 1 to 10.")],
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take people's ratings in.

    A work is named by its id in the catalog or by the path of its picture.

    Example: atelier rate ratings.csv
    """
    if dry_run:
        from tasks.ratings import foresee_rating

        found = foresee_rating(settings(), ratings)
        tell(found, as_json, f"{_rated(found)} would be taken in. Nothing was stored.")
        return
    from flows.rate import rate as flow

    report = flow(str(ratings))
    tell(report, as_json, f"{_rated(report)}. Data version {report['data_md5']}.")


def _counted(report: dict[str, int]) -> str:
    return (
        f"{report['added']} added, {report['already_known']} known already, {report['rejected']} refused, "
        f"{report['near_duplicates']} near duplicates"
    )


def _rated(report: dict[str, int]) -> str:
    return f"{report['ratings']} ratings of {report['works']} works by {report['people']} people"
