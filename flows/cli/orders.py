"""Commands about orders that people drop as files."""

import json
from pathlib import Path
from typing import Annotated

import typer

from artmodels.errors import AtelierError
from flows.cli.options import app


@app.command()
def order(
    file: Annotated[Path | None, typer.Argument(help="The order: a YAML or JSON file.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say whether it is accepted.")] = False,
    again: Annotated[
        str | None, typer.Option(metavar="NAME", help="Try an order that has failed once more; no file is needed.")
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="Fill it here, and wait for the end.")] = False,
) -> None:
    """Order pictures by a file, which is filled exactly once; `atelier orders` tells how far it is.

    Example: atelier order spring.yaml

    Without a schedule: atelier order spring.yaml --now
    """
    from tasks.orders.desk import Desk
    from tasks.settings import load_settings

    if (file is None) == (again is None):
        raise AtelierError("FILE or --again NAME is needed, one of them.")
    desk = Desk(load_settings())
    if file is not None:
        form = desk.check(_read(file), file.name, str(file.absolute().parent))
        if check:
            typer.echo(f"{file} is accepted.")
            return
        ticket = desk.submit(form, file.stem)
    else:
        ticket = desk.again(str(again))
    if now:
        from flows.orders import fill

        fill(desk, ticket)
        ticket = desk.find(ticket.digest)
        if ticket.state != "done":
            raise AtelierError(f"{ticket.key} is {ticket.state}: {ticket.reason}")
    typer.echo(_line(ticket.row()))


@app.command()
def orders(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list, for programs.")] = False,
    fill: Annotated[bool, typer.Option("--fill", help="First fill those that wait, as the schedule does.")] = False,
) -> None:
    """List the orders that were dropped: waiting, running, done, or failed with the reason.

    Example: atelier orders
    """
    from tasks.orders.desk import Desk
    from tasks.settings import load_settings

    if fill:
        from flows.orders import fill_orders

        fill_orders()
    rows = [ticket.row() for ticket in Desk(load_settings()).tickets()]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        typer.echo("\n".join(map(_line, rows)) or "There are no orders.")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise AtelierError(f"{file} cannot be read: {error.strerror}.") from error


def _line(row: dict) -> str:
    return f"{row['state']:8}{row['order']}  {row['reason'] or row['out']}".rstrip()
