"""The remembered works' particulars as a tensor: a bundle's configuration is for options, and has its limits."""

import json
from collections.abc import Sequence

import torch
from torch import Tensor

Work = tuple[str, str, str, int | None]
"""Id in the catalog, title, artist, year."""


def written(works: Sequence[Work]) -> Tensor:
    """Return works as `(N,) uint8`: JSON in UTF-8."""
    return torch.tensor(list(json.dumps(works, ensure_ascii=False).encode()), dtype=torch.uint8)


def read(tensor: Tensor) -> list[Work]:
    """Read what `written` returned.

    Raises:
        RuntimeError: the tensor holds something else.
    """
    try:
        return [(str(work), str(title), str(artist), year) for work, title, artist, year in json.loads(bytes(tensor))]
    except (ValueError, TypeError) as error:
        raise RuntimeError(f"the catalog is damaged ({error})") from error
