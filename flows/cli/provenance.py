"""Commands about where pictures come from, and what models learnt from."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import FamilyArgument, ModelOption, app

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


@app.command()
def rights(
    family: FamilyArgument = "style",
    model: ModelOption = "champion",
    most: Annotated[int, typer.Option("--artists", help="How many artists to name, those with most works first.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON, with all artists.")] = False,
) -> None:
    """Tell what a model version learnt from: works by licence and source, artists, and who has opted out since.

    Example: atelier rights style --model champion
    """
    from tasks.rights.report import rights as report_of
    from tasks.settings import load_settings

    report = report_of(load_settings(), family, model)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    number = report["works"] or "an unknown number of"
    typer.echo(f"{report['version']} learnt from {number} works: {_counts(report['kinds'])}.")
    if "gone" in report:
        typer.echo(f"  {report['gone']} The counts are those on the card that came with the model.")
    typer.echo(f"  Data: {report['data_md5'] or 'not recorded'}.")
    typer.echo(f"  Licences: {_counts(report['licences'])}.")
    if "artists" in report:
        typer.echo(f"  Sources: {_counts(report['sources'])}.")
        typer.echo(f"  Artists, {len(report['artists'])}: {_counts(report['artists'], most)}.")
    if report["started_from"]:
        typer.echo(f"  It began with the weights of {report['started_from']}.")
    if report["opted_out"]:
        typer.echo(f"  Opted out since: {_counts(report['opted_out'])}. Made without them: atelier retrain {family}")
    if report["untold"]:
        typer.echo(f"  Whether it learnt from others who have opted out cannot be told: {report['untold']}")


@app.command("opt-out")
def opt_out(
    names: Annotated[list[str] | None, typer.Argument(help="Artists; none: those who are on the list already.")] = None,
) -> None:
    """Take artists out: off the data, which becomes a new version; models that learnt from them are marked.

    Names are compared without case, accents, spaces and punctuation. The next `atelier retrain` learns without them.

    Example: atelier opt-out "Ada Example"
    """
    from flows.opt_out import opt_out as flow

    report = flow(names or [])
    typer.echo(f"Put on the opt-out list: {', '.join(report['listed']) or 'nobody who was not on it'}.")
    if report["removed"]:
        typer.echo(f"Works taken out: {_counts(report['removed'])}. Data version {report['data_md5']}.")
    else:
        typer.echo("No work in the data is by anyone on the list: it stays as it is.")
    for name, near in report["nearest"].items():
        if near:
            typer.echo(f"No work was by {name!r}. Nearest names in the data: {', '.join(near)}.")
    for line in [*report["marked"], *report["untold"]]:
        typer.echo(f"{line[0].upper()}{line[1:]}.")


def _counts(counts: dict[str, Any], most: int | None = None) -> str:
    """Say counts in a line, as many of them as asked for."""
    shown = [f"{name} {count}" for name, count in list(counts.items())[:most]]
    return "; ".join(shown) + ("; and others" if most is not None and most < len(counts) else "") or "none known"
