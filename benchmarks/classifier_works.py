"""The paintings that the classifier's quality is measured on: read, packed, and split five times over."""

import copy
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from artmodels.images import COLUMNS, PackedImages
from tasks.pack import pack_images

LEAST = 25
"""Works that a style needs to be among those measured."""

TEST, VALIDATION = 0.15, 0.10
SplitKind = Literal["random", "artist"]


def pack_works(folder: Path, out: Path) -> PackedImages:
    """Pack the paintings of `folder` that `labels.csv` describes, of styles with `LEAST` works or more."""
    table = pd.read_csv(folder / "labels.csv").rename(columns={"path": "file", "wikiart_genre": "genre"})
    table = table[table["style"].map(table["style"].value_counts()) >= LEAST]
    table["id"], table["kind"], table["split"], table["licence"] = table["sha256"], "artwork", "train", "public domain"
    table[["genre", "title"]] = table[["genre", "title"]].fillna("")
    table["year"] = table["year"].astype("Int32")
    columns = [name for name in COLUMNS if name != "offset"]
    wanted = table.reindex(columns=[*columns, "file"])
    pack_images(wanted, folder, out, size=256, longest=512)
    return PackedImages(out)


def split_works(data: PackedImages, kind: SplitKind, seed: int) -> PackedImages:
    """Return the same pictures dealt to train, validation and test: by style at random, or whole artists."""
    chance, table = np.random.default_rng(seed), data.table
    column = "style" if kind == "random" else "artist"
    split = np.full(len(table), "train", object)
    if kind == "random":
        for rows in table.groupby(column, sort=True).indices.values():
            order = chance.permutation(rows)
            test, held = round(TEST * len(rows)), round(VALIDATION * len(rows))
            split[order[:test]], split[order[test : test + held]] = "test", "validation"
    else:
        for rows in table.groupby(column, sort=True).indices.values():
            draw = chance.random()
            split[rows] = "test" if draw < TEST else "validation" if draw < TEST + VALIDATION else "train"
    dealt = copy.copy(data)
    dealt.table = table.assign(split=split)
    return dealt
