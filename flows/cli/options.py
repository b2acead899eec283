"""What the commands share: the application, arguments that several take, and how values are read."""

import getpass
import os
from typing import Annotated, Any

import typer

from artmodels.errors import AtelierError

app = typer.Typer(
    name="atelier",
    help="A production line for deep-learning art: take artworks in, train, promote, and fill orders of pictures.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)

FamilyArgument = Annotated[str, typer.Argument(help="The model family.", metavar="FAMILY")]
ModelOption = Annotated[str, typer.Option(help="Alias or number of the version.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="An option of the family; may be repeated."),
]
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
CriticOption = Annotated[str, typer.Option("--critic", help="Alias or number of the critic that ranks.")]


def pairs(items: list[str] | None, option: str) -> dict[str, Any]:
    """Read `NAME=VALUE` items."""
    found = {}
    for item in items or []:
        name, sign, value = item.partition("=")
        if not name or not sign:
            raise AtelierError(f"{option} {item!r} is not accepted: write NAME=VALUE.")
        found[name] = value
    return found


def tell_best(report: dict[str, Any]) -> None:
    """Say which pictures were kept as the best, if any."""
    if best := report.get("best"):
        typer.echo(f"The best {best['kept']} of {best['of']}, ranked by {best['critic']}: {best['best']}")


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
