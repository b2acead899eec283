"""The desk where orders come in: what lies there, who fills it, and how it ended."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from artmodels.accept import meant
from artmodels.errors import AtelierError
from tasks.orders.claim import all_claims, claimed, is_alive
from tasks.orders.forms import Form, read_form, sentence, write_form
from tasks.orders.holding import Holding
from tasks.orders.places import place
from tasks.orders.store import Dropped, Store, plain_name, telling_faults
from tasks.orders.ticket import Ticket, see
from tasks.settings import Settings


class Desk:
    """Takes orders in, hands them out once each, and notes how they end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = Store(settings)

    def tickets(self) -> list[Ticket]:
        """Return all orders, by name.

        Raises:
            AtelierError: the place where they are dropped cannot be read.
        """
        with telling_faults(self._settings):
            # Others are at work meanwhile: who begins an order looks again, once it is held.
            reports, dropped = self._store.reports(), self._store.dropped()
            alive = {digest for digest, _, at in all_claims(self._store.fs, self._store.claims) if is_alive(at)}
        files = {one.digest: one for one in reversed(dropped)}
        digests = reports.keys() | files.keys()
        found = [see(digest, files.get(digest), reports.get(digest), digest in alive) for digest in digests]
        return sorted(found, key=lambda ticket: (ticket.name, ticket.digest))

    def find(self, name: str) -> Ticket:
        """Return the order of this name or key; where a file was replaced, the one not yet begun, or begun last.

        Raises:
            AtelierError: there is none.
        """
        tickets = self.tickets()
        found = [ticket for ticket in tickets if name in (ticket.name, ticket.key, ticket.digest)]
        if not found:
            known = meant(name, [ticket.name for ticket in tickets])
            raise AtelierError(f"There is no order {name!r} in {self._store.url}{known}: `atelier orders` lists them.")
        return max(found, key=lambda ticket: str(ticket.report and ticket.report.begun))

    def check(self, data: bytes, file: str, base: str | None = None) -> Form:
        """Read an order, its paths made absolute; `base` is where relative ones begin: None: where orders are dropped.

        Raises:
            AtelierError: it is not accepted; the message names the file and the field.
        """
        form = read_form(data, file)
        try:
            return place(self._settings, form, base or self._store.url)
        except AtelierError as error:
            raise AtelierError(sentence(f"{file}: {error}")) from error

    def submit(self, form: Form, name: str) -> Ticket:
        """Drop an order; the same order under the same name is the one that is there.

        Raises:
            AtelierError: it is not accepted, or another order has this name.
        """
        data = write_form(place(self._settings, form, self._store.url))
        with telling_faults(self._settings):
            self._store.put(f"{plain_name(name)}.yaml", data)
        return self.find(Dropped(name, data, settled=True).digest)

    def again(self, name: str) -> Ticket:
        """Let a failed order wait for another attempt.

        Raises:
            AtelierError: there is no such order, it has not failed, or its file is gone.
        """
        ticket = self.find(name)
        if ticket.state != "failed" or ticket.report is None:
            raise AtelierError(f"The order {ticket.key} is {ticket.state}: only one that has failed is tried again.")
        if ticket.dropped is None and not ticket.report.order:
            raise AtelierError(f"The file of the order {ticket.key} is gone: drop it again.")
        with telling_faults(self._settings):
            changes = {"state": "waiting", "reason": "", "ended": None, "attempts": 0}
            self._store.write_report(ticket.report.model_copy(update=changes))
        return self.find(ticket.digest)

    @contextmanager
    def hold(self, ticket: Ticket) -> Iterator[Holding | None]:
        """Hold an order while the block runs; yield None where another process holds it, or it has ended."""
        with ExitStack() as stack:
            with telling_faults(self._settings):
                claim = stack.enter_context(claimed(self._store.fs, self._store.claims, ticket.digest))
                # What the ticket says may be old: another watcher may have filled the order since.
                report = self._store.report(ticket.digest)
            if claim is None or (report is not None and report.state in ("done", "failed")):
                yield None
            else:
                yield Holding(self._settings, self._store, ticket, report, claim)
