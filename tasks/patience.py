"""Patience with stores beyond this machine: a server or a bucket may be away for half a minute and come back."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from artmodels.errors import AtelierError

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds before each further attempt: an outage of half a minute passes, one for good is told after a minute."""

_log = logging.getLogger("atelier.stores")
T = TypeVar("T")


class StoreAwayError(AtelierError):
    """A store does not answer: worth another try later.

    `asked_again` says that the library which speaks to it has been patient already.
    """

    def __init__(self, message: str, asked_again: bool = False) -> None:
        super().__init__(message)
        self.asked_again = asked_again


def patiently(attempt: Callable[[], T], waits: Sequence[float] | None = None) -> T:
    """Return what `attempt` returns, made again after each of `waits`, by default `WAITS`, while a store is away.

    Raises:
        StoreAwayError: the store is still away.
    """
    for wait in WAITS if waits is None else waits:
        try:
            return attempt()
        except StoreAwayError as error:
            if error.asked_again:
                raise
            _log.warning("%s. Asked again in %g s.", str(error).rstrip("."), wait)
            time.sleep(wait)
    return attempt()


def create_once(create: Callable[[], T], find: Callable[[], T | None]) -> T:
    """Create something, and look for it before another attempt: the answer may have been lost, not the request."""
    asked = False

    def attempt() -> T:
        nonlocal asked
        found = find() if asked else None
        asked = True
        return create() if found is None else found

    return patiently(attempt)
