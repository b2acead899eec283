"""Commands about orders that people drop as files."""

from pathlib import Path
from typing import Annotated

import typer

from artmodels.errors import AtelierError
from flows.cli.options import JsonOption, settings, tell


def order(
    file: Annotated[Path | None, typer.Argument(help="The order: a YAML or JSON file.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "--check", help="Only say whether it is accepted.")] = False,
    again: Annotated[
        str | None, typer.Option(metavar="NAME", help="Try an order that has failed once more; no file is needed.")
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="Fill it here, and wait for the end.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Order pictures by a file, which is filled exactly once.

    `atelier orders` tells how far it is.

    Example: atelier order spring.yaml

    Without a schedule: atelier order spring.yaml --now
    """
    from tasks.orders.desk import Desk

    if (file is None) == (again is None):
        raise AtelierError("FILE or --again NAME is needed, one of them.")
    desk = Desk(settings())
    if file is not None:
        form = desk.check(_read(file), file.name, str(file.absolute().parent))
        if dry_run:
            tell({"dry_run": True, "order": str(file), "accepted": True}, as_json, f"{file} is accepted.")
            return
        ticket = desk.submit(form, file.stem)
    elif dry_run:
        row = desk.find(str(again)).row()
        tell({"dry_run": True} | row, as_json, _line(row))
        return
    else:
        ticket = desk.again(str(again))
    if now:
        from flows.orders import fill

        fill(desk, ticket)
        ticket = desk.find(ticket.digest)
        if ticket.state != "done":
            raise AtelierError(f"{ticket.key} is {ticket.state}: {ticket.reason}")
    tell(ticket.row(), as_json, _line(ticket.row()))


def orders(
    fill: Annotated[bool, typer.Option("--fill", help="First fill those that wait, as the schedule does.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the orders that were dropped, and how far they are.

    They wait, run, are done, or have failed with a reason.

    Example: atelier orders
    """
    from tasks.orders.desk import Desk

    if fill:
        from flows.orders import fill_orders

        fill_orders()
    rows = [ticket.row() for ticket in Desk(settings()).tickets()]
    tell(rows, as_json, *(map(_line, rows) if rows else ["There are no orders."]))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise AtelierError(f"{file} cannot be read: {error.strerror}.") from error


def _line(row: dict) -> str:
    return f"{row['state']:8}{row['order']}  {row['reason'] or row['out']}".rstrip()
