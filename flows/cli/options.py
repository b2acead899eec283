"""What the commands share: arguments that several take, how values are read, and how reports are told."""

import getpass
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from artmodels.errors import AtelierError
from flows.cli import completion

if TYPE_CHECKING:
    from tasks.settings import Settings

FamilyArgument = Annotated[
    str, typer.Argument(help="The model family.", metavar="FAMILY", autocompletion=completion.families)
]
FamilyOption = Annotated[str, typer.Option("--family", help="The model family.", autocompletion=completion.families)]
ModelOption = Annotated[
    str, typer.Option("--model", help="Alias or number of the version.", autocompletion=completion.aliases)
]
FormatOption = Annotated[
    str, typer.Option("--format", help="Kind of file: png, jpg or webp.", autocompletion=completion.formats)
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="An option of the family; may be repeated.",
        autocompletion=completion.family_options,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Tell it as JSON, for programs, and nothing else.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")]
MixOption = Annotated[
    str | None,
    typer.Option("--mix", metavar="W,W,...", help="Mix all styles in each picture, in these shares, which sum to 1."),
]

KeepBestOption = Annotated[
    int | None,
    typer.Option(
        "--keep-best", metavar="COUNT", help="Also lay out the best so many in OUT/best, ranked by the critic."
    ),
]
CriticOption = Annotated[
    str,
    typer.Option("--critic", help="Alias or number of the critic that ranks.", autocompletion=completion.aliases),
]


def pairs(items: list[str] | None, option: str) -> dict[str, Any]:
    """Read `NAME=VALUE` items."""
    found = {}
    for item in items or []:
        name, sign, value = item.partition("=")
        if not name or not sign:
            raise AtelierError(f"{option} {item!r} is not accepted: write NAME=VALUE.")
        found[name] = value
    return found


def tell(report: Any, as_json: bool, *lines: str) -> None:
    """Print a report as JSON, or what a person wants to know of it, a line each."""
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2, default=str))
    else:
        typer.echo("\n".join(filter(None, lines)))


def foretell(foresee: Callable[..., dict[str, Any]], *order: Any, as_json: bool) -> None:
    """Print what a job would make: `foresee` is one of `tasks.foresee`, called with the settings and the order."""
    report = foresee(settings(), *order)
    there = f", {report['there_already']} are there already" if report["there_already"] else ""
    model = f" with version {report['model']}" if report["model"] else ""
    tell(report, as_json, f"Would make {report['to_make']}{model} in {report['out']}{there}. Nothing was done.")


def done_by(report: dict[str, Any], verb: str) -> str:
    """Say how a batch job went."""
    aside = f"{report['set_aside']} set aside, " if report["set_aside"] else ""
    return (
        f"{report['done']} {verb} by {report['model']}, {report['skipped']} there already, "
        f"{aside}in {report['seconds']} s."
    )


def best_of(report: dict[str, Any]) -> str:
    """Say which pictures were kept as the best, if any."""
    best = report.get("best")
    return f"The best {best['kept']} of {best['of']}, ranked by {best['critic']}: {best['best']}" if best else ""


def copies_in(report: dict[str, Any]) -> list[str]:
    """Say how many pictures are as near to a training work as a copy, or why that was not looked for."""
    from tasks.copies.report import told

    return list(told(report))


def settings() -> "Settings":
    """Return the settings, read when a command runs."""
    from tasks.settings import load_settings

    return load_settings()


def from_here(path: str) -> str:
    """Return a path as a person here would write it: relative, if it lies below the current folder."""
    whole = Path(path)
    return str(whole.relative_to(Path.cwd())) if whole.is_relative_to(Path.cwd()) else path


def numbers(text: str | None, option: str) -> list[float]:
    """Read numbers with commas between them; none where the option is not given."""
    try:
        return [float(part) for part in text.split(",")] if text is not None else []
    except ValueError as error:
        raise AtelierError(f"{option} {text!r} is not accepted: write numbers with commas, such as 0.7,0.3.") from error


def person() -> str:
    """Say who types, for the record."""
    try:
        return f"{getpass.getuser()} (atelier)"
    except (KeyError, OSError):
        # A container may run as a user without a name.
        return f"user {os.getuid()} (atelier)"
