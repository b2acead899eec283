"""What a kind of job provides: how an item is read, and how a batch of them becomes pictures."""

from collections.abc import Hashable, Sequence
from typing import Protocol, TypeAlias, TypeVar

import numpy as np

from artmodels.errors import AtelierError
from tasks.batch.encode import CannotWrite, Written
from tasks.batch.plan import Item
from tasks.batch.withheld import Withheld

T = TypeVar("T")

Rendered: TypeAlias = np.ndarray | Written
"""A picture `(H, W, 3) uint8`, or the file of one that is too large for memory, which the renderer wrote itself."""


class Renderer(Protocol[T]):
    """Makes pictures of items; `T` is a decoded item, ready for the model.

    A picture's pixels must depend on its item alone, never on the batch it happens to be in.
    """

    def decode(self, item: Item) -> T:
        """Read what the item needs. Called from several threads at once.

        Raises:
            AtelierError: the item cannot be made; it is set aside with this reason.
        """

    def shape(self, decoded: T) -> Hashable:
        """Return what decoded items of one batch must have in common, e.g. the picture's size."""

    def render(self, batch: list[T]) -> Sequence[Rendered | Withheld]:
        """Return a picture `(H, W, 3) uint8` for each of the batch. Called from the job's own thread.

        In place of a picture it may write the item's file, whole or not at all, and return its facts; or why the
        picture is withheld.
        What is found out on the way may be added to an item's record: it is in the ledger then.

        Raises:
            CannotWrite: a file cannot be written; the job ends.
            AtelierError: the batch cannot be made; its items are then tried one by one.
        """


def render_apart(renderer: Renderer[T], batch: list[T]) -> list[Rendered | AtelierError]:
    """Render a batch; where that fails, render each item alone, so that a bad one fails by itself.

    Returns:
        for each item its picture `(H, W, 3) uint8` or its file, or why there is none.

    Raises:
        CannotWrite: a file cannot be written.
        Exception: whatever else the renderer raises is a bug, and is let through.
    """
    pictures = _attempt(renderer, batch)
    if not isinstance(pictures, AtelierError):
        return list(pictures)
    if len(batch) == 1:
        return [pictures]
    return [result for decoded in batch for result in render_apart(renderer, [decoded])]


def _attempt(renderer: Renderer[T], batch: list[T]) -> Sequence[Rendered | Withheld] | AtelierError:
    """Render a batch, or return the fault that is its own.

    The exception is not passed on, since its traceback would keep the failed batch's tensors alive while
    its items are tried again in the memory that is left.
    """
    try:
        pictures = renderer.render(batch)
    except CannotWrite:
        raise
    except AtelierError as error:
        return AtelierError(str(error))
    except (MemoryError, RuntimeError) as error:
        if not _out_of_memory(error):
            raise
        return AtelierError("Out of memory while rendering: use a smaller picture or a smaller batch.")
    _check_pictures(renderer, pictures, len(batch))
    return pictures


def _out_of_memory(error: Exception) -> bool:
    """Whether Python or torch ran out of memory; torch's CPU allocator says so in words only."""
    import torch

    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or "DefaultCPUAllocator: can't allocate memory" in str(error)


def _check_pictures(renderer: Renderer[T], pictures: Sequence[Rendered | Withheld], count: int) -> None:
    """Raise TypeError if a renderer breaks its promise: unchecked, pictures would get wrong names."""
    made = [one for one in pictures if not isinstance(one, Written | Withheld)]
    good = all(one.ndim == 3 and one.shape[2] == 3 and one.dtype == np.uint8 for one in made)
    if len(pictures) != count or not good:
        got = [(one.shape, str(one.dtype)) for one in made]
        raise TypeError(f"{type(renderer).__name__}.render: {count} x (H, W, 3) uint8 expected, got {got}")
