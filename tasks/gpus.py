"""One job a GPU: what computes on a device of this machine holds its slot of Prefect's meanwhile (`tasks.slots`).

The slots are `gpu:HOST:DEVICE`, one of each, so that all workers of a machine share its devices, however many
processes they are. A machine without a GPU holds nothing and does the same work on the CPU.
"""

import os
import socket
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager

from artmodels.errors import AtelierError
from tasks.settings import Settings
from tasks.slots import hold_slot

_PATIENCE = 5
"""Seconds to wait for one of several devices before the next is tried."""


def devices(settings: Settings) -> dict[str, int]:
    """Return the CUDA devices that may be used: their names in `CUDA_VISIBLE_DEVICES`, and their numbers in torch."""
    if settings.device in ("cpu", "mps"):
        return {}
    import torch

    count = torch.cuda.device_count()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = visible.split(",") if visible else map(str, range(count))
    found = {name.strip(): number for name, number in zip(names, range(count), strict=False)}
    return {name: number for name, number in found.items() if settings.gpu in (None, number)}


@contextmanager
def hold_gpus(settings: Settings, count: int = 1) -> Iterator[list[str]]:
    """Hold `count` devices of this machine, as long as it takes to get them; yield them, or [] where there is no GPU.

    Raises:
        AtelierError: there are fewer.
        SlotLostError: a slot was lost while it was held.
    """
    found = devices(settings)
    if not found:
        yield []
        return
    if count > len(found):
        raise AtelierError(f"{count} GPUs are wanted at once, and this machine has {len(found)}.")
    while True:
        with ExitStack() as held:
            taken = _take(held, found, count)
            if len(taken) == count:
                yield taken
                return
        # All are given back before another attempt: two that wait with half of what they need wait for ever.


@contextmanager
def on_a_gpu(settings: Settings) -> Iterator[Settings]:
    """Hold a device of this machine; yield settings that compute on it, or the same where there is no GPU."""
    with hold_gpus(settings) as taken:
        if not taken:
            yield settings
            return
        yield settings.model_copy(update={"gpu": devices(settings)[taken[0]]})


def _take(held: ExitStack, found: Collection[str], count: int) -> list[str]:
    """Enter the slots of up to `count` devices into `held`; return those."""
    taken: list[str] = []
    for name in found:
        if len(taken) == count:
            break
        try:
            # Where no other would do, there is nothing to try meanwhile.
            held.enter_context(hold_slot(slot_of(name), wait=None if count == len(found) else _PATIENCE))
        except AtelierError:
            continue
        taken.append(name)
    return taken


def slot_of(device: str) -> str:
    """Name of a device's slot; a global concurrency limit of one."""
    return f"gpu:{socket.gethostname()}:{device}"
