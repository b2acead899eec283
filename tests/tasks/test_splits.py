import hashlib

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artmodels.errors import AtelierError
from tasks.splits import SPLITS, group_of, split_catalog, split_of

FRACTIONS = {"train": 0.8, "validation": 0.1, "test": 0.1}

hex_ids = st.integers(0, 2**32).map(lambda number: hashlib.sha256(str(number).encode()).hexdigest())
works = st.lists(st.tuples(hex_ids, hex_ids), min_size=1, max_size=30, unique_by=lambda work: work[0])


def catalog(pairs: list[tuple[str, str]]) -> pa.Table:
    ids, groups = zip(*pairs, strict=True)
    return pa.table({"id": ids, "kind": ["artwork"] * len(ids), "group": groups})


@given(first=works, more=works, seed=st.integers())
def test_adding_works_never_moves_one(tmp_path_factory, first, more, seed):
    path = tmp_path_factory.mktemp("splits") / "splits.parquet"
    known = {work for work, _ in first}
    before = split_catalog(catalog(first), FRACTIONS, seed, path).to_pylist()
    grown = first + [pair for pair in more if pair[0] not in known]
    split_catalog(catalog(grown), FRACTIONS, seed, path)
    after = {row["id"]: row for row in pd.read_parquet(path).to_dict("records")}
    assert all(after[row["id"]] == row for row in before)


@given(pairs=works, groups=st.integers(1, 5), seed=st.integers())
def test_groups_never_straddle(tmp_path_factory, pairs, groups, seed):
    path = tmp_path_factory.mktemp("splits") / "splits.parquet"
    shared = [(work, hashlib.sha256(bytes([number % groups])).hexdigest()) for number, (work, _) in enumerate(pairs)]
    table = split_catalog(catalog(shared), FRACTIONS, seed, path).to_pandas()
    assert (table.groupby("group")["split"].nunique() == 1).all()


@given(seed=st.integers(), train=st.integers(0, 10), rest=st.integers(0, 10))
def test_fractions_are_about_right(seed, train, rest):
    validation = min(rest, 10 - train)
    parts = dict(zip(SPLITS, (train / 10, validation / 10, (10 - train - validation) / 10), strict=True))
    drawn = [split_of(f"{number:064x}", parts, seed) for number in range(1000)]
    for name in SPLITS:
        # Five standard deviations of a binomial of 1000 are less than 0.08.
        assert abs(drawn.count(name) / 1000 - parts[name]) < 0.08
        assert parts[name] or name not in drawn


def test_series_and_near_duplicates_share_a_group():
    assert group_of("a", "Monet", "Haystacks", None) == group_of("b", "monet", "haystacks", "c")
    assert group_of("a", "Monet", "Haystacks", None) != group_of("a", "Manet", "Haystacks", None)
    assert group_of("a", "Monet", None, "b") == "b"
    assert group_of("a", "Monet", "", None) == "a"


@pytest.mark.parametrize(
    "fractions",
    [{}, {"train": 1.0}, FRACTIONS | {"train": 0.7}, FRACTIONS | {"train": 1.0, "test": -0.1}, FRACTIONS | {"dev": 0}],
)
def test_fractions_are_checked(tmp_path, fractions):
    with pytest.raises(AtelierError, match="train, validation, test"):
        split_catalog(catalog([("a", "a")]), fractions, 0, tmp_path / "splits.parquet")
