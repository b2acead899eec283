"""Fill orders of pictures: those that were dropped, by the clock, and those of the forms in Prefect's pages."""

from collections import Counter
from typing import Any

from prefect import Flow, flow
from prefect.artifacts import create_table_artifact

from artmodels.errors import AtelierError
from flows.generate import generate
from flows.stylize import stylize
from tasks.orders.desk import Desk
from tasks.orders.forms import Form, GenerateForm, StylizeForm
from tasks.orders.holding import Holding
from tasks.orders.ticket import Ticket
from tasks.settings import load_settings

JOBS: dict[str, Flow[..., dict[str, Any]]] = {"stylize": stylize, "generate": generate}
"""The flow that fills each kind of order."""


@flow(name="fill-orders", log_prints=True)
def fill_orders() -> dict[str, int]:
    """Fill the orders that wait, one after the other, each exactly once however many watchers there are.

    Returns:
        how many orders ended in which state.
    """
    desk = Desk(load_settings())
    ended = Counter(fill(desk, ticket) for ticket in desk.tickets() if ticket.ready)
    del ended[""]
    if ended:
        _tell_orders(desk)
    return dict(ended)


@flow(name="order-stylize", flow_run_name="{name}", log_prints=True)
def order_stylize(order: StylizeForm, name: str) -> dict[str, Any]:
    """Order pictures repainted.

    Args:
        order: what is wanted.
        name: what the order is to be called; its results get a folder of this name.

    Returns:
        the order's report.
    """
    return _order(order, name)


@flow(name="order-generate", flow_run_name="{name}", log_prints=True)
def order_generate(order: GenerateForm, name: str) -> dict[str, Any]:
    """Order new pictures.

    Args:
        order: what is wanted.
        name: what the order is to be called; its results get a folder of this name.

    Returns:
        the order's report.
    """
    return _order(order, name)


def fill(desk: Desk, ticket: Ticket) -> str:
    """Fill an order here and now; return how it then stands: empty where another process fills it, or has."""
    with desk.hold(ticket) as holding:
        if holding is None:
            return ""
        state = _filling(holding)(return_state=True)
        if state.is_failed():
            error = state.result(raise_on_failure=False)
            assert isinstance(error, Exception), "what a flow of this process failed of"
            return holding.fail(error)
        # What was cancelled, or whose process is being ended, goes on at a later look.
        return "done" if state.is_completed() else ""


def _filling(holding: Holding) -> Flow[[], dict[str, Any]]:
    """Return a flow of the order's own, so that Prefect shows it under its name, and whatever it fails of."""

    @flow(name="fill-order", flow_run_name=holding.ticket.key, log_prints=True)
    def fill_order() -> dict[str, Any]:
        job = holding.begin()
        result = JOBS[job.kind](**job.fields)
        holding.finish(result)
        return result

    return fill_order


def _order(form: Form, name: str) -> dict[str, Any]:
    """Drop an order and fill it, unless it is filled already."""
    desk = Desk(load_settings())
    ticket = desk.submit(form, name)
    fill(desk, ticket)
    ticket = desk.find(ticket.digest)
    if ticket.state != "done":
        raise AtelierError(ticket.reason or f"The order {ticket.key} is being filled by another run.")
    return ticket.row()


def _tell_orders(desk: Desk) -> None:
    """Show all orders on Prefect's page of artifacts."""
    create_table_artifact([ticket.row() for ticket in desk.tickets()], key="orders", description="Orders of pictures")
