"""Drift: real packed pictures and a real registry; what a work scores is made up where figures matter."""

import io
import json
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artmodels.errors import AtelierError
from artmodels.family import Judged
from artmodels.images import PackedImages
from artmodels.style.family import StyleFamily
from tasks import drift, registry, versions
from tasks.evaluation import difference_of_means

FRESH = {"000", "002", "010"}
"""Artworks of several splits, which the catalog of the training lacks."""


@pytest.fixture
def champion(house, add_version, monkeypatch) -> registry.Version:
    """A model in use, trained before three of the artworks came in."""
    version = add_version(evaluation=json.dumps({"ideal_distance": {"mean": 0.5, "low": 0.4, "high": 0.6}}))
    registry.connect(house).set_registered_model_alias("style", registry.CHAMPION, str(version.number))
    ids = PackedImages(house.prepared / "packed").table["id"]
    pd.DataFrame({"id": sorted(set(ids) - FRESH)}).to_parquet(file := io.BytesIO())
    monkeypatch.setattr(versions, "read_file", lambda root, remote, md5, name: file.getvalue())
    monkeypatch.setattr(drift, "LEAST", 3)
    return version


def score(monkeypatch, values: dict[str, float]) -> None:
    """Make up what works score: those that are not named, 0.5."""

    def evaluate(self, model, data, perceptor, count, cache=None) -> Judged:
        judged = data.table["id"].iloc[data.where(kind="artwork", split="test")].tolist()
        scores = [values.get(work, 0.5 + 0.001 * number) for number, work in enumerate(judged)]
        return Judged({"ideal_distance": np.array(scores)}, items=tuple(judged))

    monkeypatch.setattr(StyleFamily, "evaluate", evaluate)


def test_a_model_that_does_worse_on_new_works_has_drifted(house, champion, monkeypatch):
    score(monkeypatch, dict.fromkeys(FRESH, 0.9))
    found = drift.measure(house, "style")
    assert found.drifted
    assert (found.version, found.works, found.fresh, found.recorded) == (1, 3, pytest.approx(0.9), 0.5)
    assert found.difference.low > 0.3
    assert str(found).startswith("ideal_distance of style v1 is 0.9000 on 3 new works against 0.50")
    recorded = json.loads(registry.find(house, "style").tags[drift.TAG])
    assert recorded["difference"]["mean"] == pytest.approx(found.difference.mean)
    assert drift.families_in_use(house) == ["style"]


@pytest.mark.parametrize(
    "values", [{}, dict.fromkeys(FRESH, 0.1), {"000": 0.9}], ids=["alike", "better", "one odd work"]
)
def test_what_is_not_surely_worse_is_no_drift(house, champion, monkeypatch, values):
    score(monkeypatch, values)
    assert not drift.measure(house, "style").drifted


def test_a_family_tells_which_work_each_item_is_about(house, champion):
    found = drift.measure(house, "style")
    assert (found.works, found.metric) == (3, "ideal_distance")
    # The model is untrained: as far from the ideal as doing nothing.
    assert 0.1 < found.fresh < 10


def test_when_it_cannot_be_told(house, champion, monkeypatch):
    score(monkeypatch, {})
    monkeypatch.setattr(drift, "LEAST", 20)
    with pytest.raises(AtelierError, match="style v1 can be judged on 3 works that are new to it and 4 that it was"):
        drift.measure(house, "style")
    with pytest.raises(AtelierError, match="The gan family judges no single works, so that drift cannot be told"):
        drift.measure(house, "gan")
    with pytest.raises(AtelierError, match="No classifier model is registered yet"):
        drift.measure(house, "classifier")
    with pytest.raises(AtelierError, match="There is no model family 'stile'"):
        drift.measure(house, "stile")


def test_splits_of_ones_choice_survive_pickling(packed_folder):
    packed = PackedImages(packed_folder)
    chosen = PackedImages(packed_folder, ["test" if number % 2 else "" for number in range(len(packed))])
    assert chosen.where(split="test").tolist() == list(range(1, len(packed), 2))
    assert chosen.digest != packed.digest
    again = pickle.loads(pickle.dumps(chosen))
    assert again.where(split="test").tolist() == chosen.where(split="test").tolist()
    np.testing.assert_array_equal(again[1], packed[1])


@settings(max_examples=20)
@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20), st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20))
def test_the_difference_lies_in_its_interval_and_turns_with_its_sides(fresh, known):
    there, back = (difference_of_means(np.array(a), np.array(b)) for a, b in ((fresh, known), (known, fresh)))
    assert there.mean == pytest.approx(np.mean(fresh) - np.mean(known))
    assert there.mean == pytest.approx(-back.mean)
    assert there.low <= there.high
