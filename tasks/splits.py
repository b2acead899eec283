"""Which works train a model, which choose it, which judge it: decided by a hash of the work's group."""

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from artmodels.errors import AtelierError
from tasks.files import replacing

SPLITS = ("train", "validation", "test")
"""The names of the splits, in the order in which the unit interval is cut."""

SCHEMA = pa.schema([(name, pa.string()) for name in ("id", "kind", "group", "split")])
"""Columns of `prepared/splits.parquet`."""


def group_of(work: str, artist: str, series: str | None, neighbour_group: str | None) -> str:
    """Return the group of a new work: 64 hex digits, given once and kept in the catalog.

    Works of one group always fall into the same split. Those of a series share it, since a model that has
    seen one of Monet's haystacks knows the others; a near duplicate has the group of what it looks like.

    Args:
        work: id of the new work.
        artist: its artist, who tells apart series of the same name.
        series: its series; None or empty where there is none.
        neighbour_group: the group of its nearest duplicate; None where there is none.
    """
    if series:
        return hashlib.sha256(f"series\n{artist.casefold()}\n{series.casefold()}".encode()).hexdigest()
    return neighbour_group or work


def check_fractions(fractions: Mapping[str, float]) -> None:
    """Raise AtelierError unless the fractions are those of `SPLITS` and sum to 1."""
    good = set(fractions) == set(SPLITS) and all(0 <= part <= 1 for part in fractions.values())
    if not good or not math.isclose(sum(fractions.values()), 1, abs_tol=1e-6):
        raise AtelierError(
            f"Split fractions {dict(fractions)} are not accepted: give {', '.join(SPLITS)}, summing to 1."
        )


def split_of(group: str, fractions: Mapping[str, float], seed: int) -> str:
    """Return the split of a group: a function of these three alone, so that adding works never moves one.

    Args:
        group: as `group_of` gave it.
        fractions: share of groups that each of `SPLITS` gets, summing to 1.
        seed: another seed deals the groups anew.
    """
    digest = hashlib.sha256(f"{seed}\n{group}".encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64
    upper = 0.0
    for name in SPLITS:
        upper += fractions[name]
        if position < upper:
            return name
    # Only rounding leads here: the fractions sum to a hair less than 1.
    return max(SPLITS, key=lambda name: fractions[name])


def split_catalog(catalog: pa.Table, fractions: Mapping[str, float], seed: int, path: Path) -> pa.Table:
    """Write the split of every work to `path` in one step, and return it: `SCHEMA`, sorted by id.

    Raises:
        AtelierError: the fractions are not accepted.
    """
    check_fractions(fractions)
    splits = [split_of(group, fractions, seed) for group in catalog["group"].to_pylist()]
    columns = [*(catalog[name] for name in ("id", "kind", "group")), pa.array(splits, pa.string())]
    table = pa.table(columns, schema=SCHEMA).sort_by("id").combine_chunks()
    with replacing(path) as part:
        pq.write_table(table, part, compression="zstd")
    return table
