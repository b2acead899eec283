"""Commands about where pictures come from, and what models learnt from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.options import DryRunOption, FamilyArgument, JsonOption, ModelOption, settings, tell

NOT_INTACT = 3
"""Exit code where a picture is not as a known signer signed it."""


def verify(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures, films, or folders of pictures.")],
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON, one object a line.")] = False,
) -> None:
    """Tell where pictures come from, and whether they were altered.

    By which model they were made, of what data and inputs, and by whom. Nothing is fetched from the network.
    Exit code 3: one of them is not as a known signer signed it.

    Example: atelier verify out/spring/boat--nocturne.png
    """
    from tasks.provenance.reading import Verifier
    from tasks.provenance.words import as_line, told
    from tasks.stylize_order import find_pictures

    verifier, sound = Verifier(settings()), True
    for given in pictures:
        for picture in find_pictures(given, "pictures") if given.is_dir() else [given]:
            verdict = verifier.verify(picture)
            sound &= verdict.state == "intact"
            typer.echo(as_line(verdict) if as_json else "\n".join(told(verdict)))
    if not sound:
        raise typer.Exit(NOT_INTACT)


def rights(
    family: FamilyArgument = "style",
    model: ModelOption = "champion",
    most: Annotated[int, typer.Option("--artists", help="How many artists to name, those with most works first.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON, with all artists.")] = False,
) -> None:
    """Tell what a model version learnt from.

    Works by licence and source, artists, and who has opted out since.

    Example: atelier rights style --model champion
    """
    from tasks.rights.report import rights as report_of

    report = report_of(settings(), family, model)
    tell(report, as_json, *_rights_in_words(report, family, most))


def opt_out(
    names: Annotated[list[str] | None, typer.Argument(help="Artists; none: those who are on the list already.")] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take artists out: off the data, and marked on every model.

    The data becomes a new version, and models that learnt from them are marked; the next `atelier retrain` learns
    without them. Names are compared without case, accents, spaces and punctuation.

    Example: atelier opt-out "Ada Example"
    """
    if dry_run:
        from tasks.rights.opt_out import foresee_opt_out

        report = foresee_opt_out(settings(), names or [])
        out = _counts(report["removed"]) if report["removed"] else "none"
        tell(report, as_json, f"Works that would be taken out: {out}. Nothing was done.", *_nearest(report))
        return
    from flows.opt_out import opt_out as flow

    report = flow(names or [])
    listed = ", ".join(report["listed"]) or "nobody who was not on it"
    out = (
        f"Works taken out: {_counts(report['removed'])}. Data version {report['data_md5']}."
        if report["removed"]
        else "No work in the data is by anyone on the list: it stays as it is."
    )
    marked = (f"{line[0].upper()}{line[1:]}." for line in [*report["marked"], *report["untold"]])
    tell(report, as_json, f"Put on the opt-out list: {listed}.", out, *_nearest(report), *marked)


def _rights_in_words(report: dict[str, Any], family: str, most: int) -> Iterator[str]:
    number = report["works"] or "an unknown number of"
    yield f"{report['version']} learnt from {number} works: {_counts(report['kinds'])}."
    if "gone" in report:
        yield f"  {report['gone']} The counts are those on the card that came with the model."
    yield f"  Data: {report['data_md5'] or 'not recorded'}."
    yield f"  Licences: {_counts(report['licences'])}."
    if "artists" in report:
        yield f"  Sources: {_counts(report['sources'])}."
        yield f"  Artists, {len(report['artists'])}: {_counts(report['artists'], most)}."
    if report["started_from"]:
        yield f"  It began with the weights of {report['started_from']}."
    if report["opted_out"]:
        yield f"  Opted out since: {_counts(report['opted_out'])}. Made without them: atelier retrain {family}"
    if report["untold"]:
        yield f"  Whether it learnt from others who have opted out cannot be told: {report['untold']}"


def _nearest(report: dict[str, Any]) -> Iterator[str]:
    for name, near in report["nearest"].items():
        if near:
            yield f"No work was by {name!r}. Nearest names in the data: {', '.join(near)}."


def _counts(counts: dict[str, Any], most: int | None = None) -> str:
    """Say counts in a line, as many of them as asked for."""
    shown = [f"{name} {count}" for name, count in list(counts.items())[:most]]
    return "; ".join(shown) + ("; and others" if most is not None and most < len(counts) else "") or "none known"
