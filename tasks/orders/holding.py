"""An order in the hands of the one process that fills it."""

import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from artmodels.errors import AtelierError
from tasks.batch.folder import FolderBusyError
from tasks.orders.claim import Claim
from tasks.orders.forms import Form, StylizeForm, form_of, read_form, sentence
from tasks.orders.places import as_url, check_destination, job_folder, moved, place
from tasks.orders.report import MOST_ATTEMPTS, Report, State, now
from tasks.orders.store import Store, telling_faults
from tasks.orders.ticket import Ticket
from tasks.orders.transfer import fetch_sources, put_results
from tasks.settings import Settings


@dataclass(frozen=True)
class Job:
    """An order that was begun: which kind of job, and what that job's flow is called with."""

    kind: str
    fields: dict[str, Any]


class Holding:
    """Begins an order, and notes how it ended."""

    def __init__(self, settings: Settings, store: Store, ticket: Ticket, report: Report | None, claim: Claim) -> None:
        self.ticket = ticket
        self._settings, self._store, self._claim = settings, store, claim
        self._report = report or Report(name=ticket.name, digest=ticket.digest, state="waiting")

    def begin(self) -> Job:
        """Read the order, fix the model's version, note that it runs, and fetch what lies elsewhere.

        One that was begun before goes on as it was then: with that version, whatever is in use now.

        Raises:
            AtelierError: it is not accepted; the message names the file and the field.
        """
        form = self._with_version(self._form())
        wanted = check_destination(form) or PurePosixPath(self.ticket.key)
        folder = self._scratch / "out" if self._remote_out else job_folder(self._out_root, wanted)
        shown = f"{self._remote_out}/{wanted}" if self._remote_out else str(folder)
        self._note(
            state="running",
            order={"kind": form.kind} | form.model_dump(mode="json", exclude_unset=True),
            model=form.model,
            out=shown,
            begun=self._report.begun or now(),
            reason="",
        )
        form = moved(form, fetch_sources(self._settings, form, self._scratch / "sources"))
        job = form.job(folder)
        # The flow takes what the form has; how many threads, the machine's business, is left to it.
        fields = job.model_dump(mode="json", include=form.fields().keys() | {"out", "model"})
        return Job(form.kind, fields)

    def finish(self, result: dict[str, Any]) -> None:
        """Put the results where they are wanted, and note that the order is done.

        Raises:
            AtelierError: not one picture could be made.
        """
        if result["set_aside"] and not result["done"] + result["skipped"]:
            raise AtelierError(f"None of the {result['set_aside']} pictures could be made: the ledger says why.")
        if self._remote_out:
            put_results(self._scratch / "out", self._report.out)
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._note(state="done", ended=now(), result=result)

    def fail(self, error: Exception) -> State:
        """Note why the order was not filled; return how it stands now.

        A fault that a person must mend fails it. Another may pass, and is tried again at the next look, some times. An
        order whose folder is in use waits for its turn.
        """
        if isinstance(error, FolderBusyError):
            state, reason, attempts = "waiting", str(error), self._report.attempts
        elif isinstance(error, AtelierError):
            state, reason, attempts = "failed", str(error), self._report.attempts
        else:
            attempts = self._report.attempts + 1
            state = "waiting" if attempts < MOST_ATTEMPTS else "failed"
            reason = f"attempt {attempts} of {MOST_ATTEMPTS} met a fault that is not the order's: {error!r}"
        ended = now() if state == "failed" else None
        self._note(state=state, ended=ended, reason=sentence(reason), attempts=attempts)
        return self._report.state

    @property
    def _scratch(self) -> Path:
        return self._settings.scratch / "orders" / self.ticket.key

    @property
    def _out_root(self) -> Path:
        return self._settings.root / self._settings.order_out

    @property
    def _remote_out(self) -> str:
        """The address below which results go; empty: a folder."""
        return (as_url(self._settings.order_out) or "").rstrip("/")

    def _form(self) -> Form:
        """The order as it was begun, or as it lies there. Either may have been written by anybody."""
        if self._report.order:
            return place(self._settings, form_of(self._report.order), self._store.url)
        dropped = self.ticket.dropped
        if dropped is None:
            raise AtelierError(f"The file of the order {self.ticket.key} is gone: drop it again.")
        form = read_form(dropped.data, dropped.file)
        try:
            return place(self._settings, form, self._store.url)
        except AtelierError as error:
            raise AtelierError(f"{dropped.file}: {error}") from error

    def _with_version(self, form: Form) -> Form:
        """Replace an alias by the version that it names now, or named when the order was begun."""
        if self._report.model:
            return form.model_copy(update={"model": self._report.model})
        if isinstance(form, StylizeForm) and form.method == "optimise":
            return form
        from tasks import registry

        number = registry.find(self._settings, form.family, form.model).number
        return form.model_copy(update={"model": str(number)})

    def _note(self, **changes: Any) -> None:
        """Write the report, unless another process has taken the order over and writes it now."""
        with telling_faults(self._settings):
            self._report = self._report.model_copy(update=changes)
            if self._claim.is_mine():
                self._store.write_report(self._report)
