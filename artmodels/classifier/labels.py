"""What a picture is named by: four heads, the classes of each, and the labels of packed pictures."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from artmodels.errors import AtelierError
from artmodels.images import PackedImages

HEADS = ("style", "genre", "artist", "period")
"""The questions that the classifier answers, in this order."""

PERIOD_YEARS = 50

MISSING = -1
"""The label of a work that does not say, or whose class is not among those that are learnt."""


def period_of(year: int) -> str:
    """Return the half century of a year: 1874 is in `1850 to 1899`."""
    first = year // PERIOD_YEARS * PERIOD_YEARS
    return f"{first} to {first + PERIOD_YEARS - 1}"


def learn_classes(data: PackedImages, least: int) -> dict[str, list[str]]:
    """Return each head's classes, sorted: those with `least` artworks or more in the training split.

    A head with fewer than two classes has nothing to tell apart and is left out.

    Raises:
        AtelierError: no head is left.
    """
    rows, classes = data.where(kind="artwork", split="train"), {}
    for head, words in words_of(data).items():
        counts = Counter(words[row] for row in rows if words[row])
        known = sorted(word for word, count in counts.items() if count >= least)
        if len(known) > 1:
            classes[head] = known
    if not classes:
        raise AtelierError(
            f"Nothing to learn: of style, genre, artist and year at least one needs two classes of min_works={least} "
            "artworks in the training split; add labels with `atelier ingest FOLDER --metadata CSV`."
        )
    return classes


def labels_of(data: PackedImages, classes: Mapping[str, Sequence[str]]) -> dict[str, np.ndarray]:
    """Return each head's labels of all pictures, `(N,) int64`: an index into its classes, or `MISSING`."""
    words = words_of(data)
    places = {head: {word: index for index, word in enumerate(known)} for head, known in classes.items()}
    return {
        head: np.array([place.get(word, MISSING) for word in words[head]], np.int64) for head, place in places.items()
    }


def words_of(data: PackedImages) -> dict[str, list[str]]:
    """Return what each picture's labels say, by head, in the order of the pictures; empty where they say nothing."""
    table = data.table
    words = {head: table[head].fillna("").tolist() for head in ("style", "genre", "artist")}
    words["period"] = ["" if pd.isna(year) else period_of(int(year)) for year in table["year"]]
    return words
