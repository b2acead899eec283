"""Slots of Prefect's global concurrency limits: at most so many holders at a time, on all machines of one Prefect API.

What is guaranteed, with a server and with the in-process API alike:

- No more than `limit` holders of a name work at once. A holder whose lease cannot be renewed is stopped
  (`SlotLostError`) before another may have its slot; a task that is tried again waits for a slot anew.
- A holder that dies, by SIGKILL or with its machine, frees its slot within `LEASE` and some seconds: a lease that is
  not renewed runs out, and is revoked by the server's repossessor, or, where the API lives in the processes that use
  it and there is no such service, by whoever waits for a slot.
- A server that is killed and started again knows the leases it gave: they are kept in files of `PREFECT_HOME`
  (`PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE`, set in this package's `__init__`). Several servers need a store that
  they share, as `prefect-redis` has one.

Not guaranteed: a server that is killed in the milliseconds between counting a slot and writing its lease leaves the
slot taken; `prefect global-concurrency-limit update NAME --active-slots 0` frees it.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from filelock import FileLock
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists
from prefect.settings.context import get_current_settings
from prefect.utilities.asyncutils import run_coro_as_sync

from artmodels.errors import AtelierError

LEASE = 60
"""Seconds that a dead holder keeps its slot; Prefect takes no fewer. A living one renews when 45 have passed."""

_LOOK_AGAIN = 15
"""Seconds between looks for leases that ran out."""

_ANSWER = 3
"""Seconds that Prefect has at least to say whether a slot is free."""


class SlotLostError(RuntimeError):
    """The lease of a slot could not be renewed, so that another may hold it now. Worth another attempt."""


@contextmanager
def hold_slot(name: str, limit: int = 1, wait: float | None = None) -> Iterator[None]:
    """Hold one of `limit` slots of the global concurrency limit `name`, which is made or changed if need be.

    Args:
        name: of the limit; the same on every machine.
        limit: how many may hold it at a time.
        wait: seconds to wait for a slot, three at least, for Prefect to answer; None: as long as it takes.

    Raises:
        AtelierError: no slot became free in time.
        SlotLostError: the lease was lost while the slot was held.
    """
    slot = concurrency(
        name,
        timeout_seconds=None if wait is None else max(wait, _ANSWER),
        lease_duration=LEASE,
        strict=True,
        raise_on_lease_renewal_failure=True,
    )
    held, lost = ExitStack(), False
    with get_client(sync_client=True) as client:
        _demand_limit(client, name, limit)
        try:
            with _revoking_expired(client):
                held.enter_context(slot)
        except TimeoutError as error:
            raise AtelierError(
                f"No slot of {name!r} became free within {wait:g} s: its limit is {limit} at a time."
            ) from error
    try:
        with held:
            try:
                yield
            except asyncio.CancelledError:
                lost = True
                raise
    except BaseException as error:
        # Where the server is gone, giving the slot back has failed after the renewal has.
        if lost:
            raise SlotLostError(f"The slot of {name!r} was lost: Prefect could not renew its lease.") from error
        raise


def _demand_limit(client: SyncPrefectClient, name: str, limit: int) -> None:
    try:
        client.upsert_global_concurrency_limit_by_name(name, limit)
    except ObjectAlreadyExists:
        # Another made it in this very moment.
        client.upsert_global_concurrency_limit_by_name(name, limit)


@contextmanager
def _revoking_expired(client: SyncPrefectClient) -> Iterator[None]:
    """Free the slots of leases that run out meanwhile; a server does so itself, an API in the process does not."""
    if get_current_settings().api.url is not None:
        yield
        return
    _revoke_expired(client)
    stop = threading.Event()

    def revoke_now_and_then() -> None:
        while not stop.wait(_LOOK_AGAIN):
            _revoke_expired(client)

    thread = threading.Thread(target=revoke_now_and_then, name="expired-leases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _revoke_expired(client: SyncPrefectClient) -> None:
    # The server's part of Prefect takes a second to import, which only this case needs.
    from prefect.server.concurrency.lease_storage import get_concurrency_lease_storage

    # One at a time: two that revoke the same lease would free two slots.
    with FileLock(get_current_settings().home / "expired-leases.lock"):
        expired: Any = run_coro_as_sync(get_concurrency_lease_storage().read_expired_lease_ids())
        for lease in expired:
            client.release_concurrency_slots_with_lease(lease)
