"""Where sequences come from: a reader for each kind, and one sequence on its way in."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from artmodels.accept import meant
from artmodels.errors import AtelierError
from tasks.paths import given_path

READERS: dict[str, str] = {
    "music": "tasks.sources.music:read_music",
    "drawing": "tasks.sources.drawing:read_drawing",
    "critique": "tasks.sources.critique:read_critique",
}
"""Each kind's reader and where it lives; imported when first asked for."""

METADATA = ("title", "author", "label", "licence", "source", "group", "split")
"""What a source may say about a sequence. `group`: sequences of one group are never parted by a split; `split`: the
published one; both empty where the sequence stands for itself."""

Content = tuple[np.ndarray | str, dict[str, float]]
"""A sequence, `(T, K) int16` or a text, and what is known of it in numbers."""


@dataclass(frozen=True)
class SequenceCandidate:
    """One sequence on its way in.

    Attributes:
        where: path, and place in the file if it holds several, as `rejected.csv` shows it.
        metadata: words for some of `METADATA`; what is missing or empty is unknown.
        fetch: returns the sequence. Raises AtelierError, whose sentence becomes the reason in `rejected.csv`, when it
            is none.
    """

    where: str
    metadata: Mapping[str, str]
    fetch: Callable[[], Content]


Reader = Callable[[Path, Mapping[str, str], Mapping[str, str]], Iterator[SequenceCandidate]]
"""Reads a file or a folder, given {our column: the file's} and {our column: words where the file says nothing}.

Raises:
    AtelierError: there is nothing to read, or a column is not known.
"""


def open_sequences(
    source: str, kind: str, columns: Mapping[str, str], defaults: Mapping[str, str]
) -> Iterator[SequenceCandidate]:
    """Open a source of sequences; what is asked is checked here, before the first candidate is drawn.

    Args:
        source: a file or a folder of the kind's formats.
        kind: one of `READERS`.
        columns: {our column: the file's column} where the names differ.
        defaults: {our column: words} for sequences that do not say it themselves.

    Raises:
        AtelierError: there is no such source or kind, or a column is not known; names it.
    """
    if kind not in READERS:
        raise AtelierError(f"The kind {kind!r} is not accepted: {', '.join(READERS)} are.")
    for name in defaults:
        if name not in METADATA:
            raise AtelierError(f"Column {name!r}{meant(name, METADATA)} is not one of {', '.join(METADATA)}.")
    path = given_path(source, "source")
    if not path.exists():
        raise AtelierError(f"There is no file or folder {source}.")
    module, _, attribute = READERS[kind].partition(":")
    reader: Reader = getattr(import_module(module), attribute)
    return reader(path, columns, defaults)
