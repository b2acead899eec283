"""Pictures of many sizes in, batches of one size out."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 4
"""An item waits for companions until this many times the batch size of others have come by."""


def group_alike(things: Iterable[T], shape: Callable[[T], Hashable], size: int) -> Iterator[list[T]]:
    """Yield lists of up to `size` things of equal shape, each thing once.

    A full batch is handed out at once. A thing of a rare shape goes out in a smaller batch when
    `PATIENCE * size` others have followed it, so never more than that many are held.
    """
    waiting: dict[Hashable, tuple[int, list[T]]] = {}
    for count, thing in enumerate(things):
        kind = shape(thing)
        group = waiting.setdefault(kind, (count, []))[1]
        group.append(thing)
        if len(group) == size:
            del waiting[kind]
            yield group
        # Groups are kept in the order of their first member, so only the first can be the oldest.
        if waiting:
            kind, (first, oldest) = next(iter(waiting.items()))
            if count - first >= PATIENCE * size:
                del waiting[kind]
                yield oldest
    for _, group in waiting.values():
        yield group
