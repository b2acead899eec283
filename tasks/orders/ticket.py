"""An order as the desk sees it: its file, and what has been noted of it."""

from dataclasses import dataclass
from typing import Any

from tasks.orders.report import Report, State
from tasks.orders.store import Dropped


@dataclass(frozen=True)
class Ticket:
    """An order.

    Attributes:
        name: the order's.
        digest: of its bytes, 12 hexadecimal digits.
        state: waiting, running, done or failed.
        reason: why it failed or waits.
        ready: whether it may be begun.
        dropped: its file, while that is there.
        report: what has been noted of it.
    """

    name: str
    digest: str
    state: State
    reason: str
    ready: bool
    dropped: Dropped | None
    report: Report | None

    @property
    def key(self) -> str:
        """What tells the order from every other, for people."""
        return f"{self.name}-{self.digest}"

    def row(self) -> dict[str, Any]:
        """Return what people are told of it."""
        report = self.report or Report(name=self.name, digest=self.digest, state=self.state)
        told = report.model_dump(mode="json", include={"model", "out", "begun", "ended", "result"})
        file = self.dropped.file.encode("utf-8", "backslashreplace").decode() if self.dropped else ""
        return {"order": self.key, "file": file, "state": self.state, "reason": self.reason, **told}


def see(digest: str, dropped: Dropped | None, report: Report | None, held: bool) -> Ticket:
    """Tell where an order stands; `held` says whether a living process holds it."""
    state, reason, ready = _standing(dropped, report, held)
    known = report or dropped
    assert known is not None, "an order has a file or a report"
    return Ticket(known.name, digest, state, reason, ready, dropped, report)


def _standing(dropped: Dropped | None, report: Report | None, held: bool) -> tuple[State, str, bool]:
    """Return state, reason, and whether the order may be begun."""
    if held and (report is None or report.state != "done"):
        return "running", "", False
    if report is not None and report.state == "running":
        return "waiting", "whoever filled it is gone; it goes on at the next look", True
    if report is not None:
        return report.state, report.reason, report.state == "waiting"
    assert dropped is not None
    if dropped.fault:
        return "failed", dropped.fault, False
    if not dropped.settled:
        return "waiting", "it was written a moment ago, and is begun once it stays as it is", False
    return "waiting", "", True
