"""Ratings by rules: what they say of plain pictures, and the file that `atelier rate` takes."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artmodels.critic.config import RATINGS
from artmodels.critic.rules import rate_by_rules
from tasks import rules
from tasks.ingest import ingest
from tasks.ratings import read_ratings
from tasks.sources import open_source


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 99))
def test_every_picture_has_a_rating_on_the_scale(height, width, seed):
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    assert RATINGS[0] <= rate_by_rules(picture) <= RATINGS[1]


def test_a_picture_with_light_and_colour_is_rated_above_darkness():
    black = np.zeros((90, 90, 3), np.uint8)
    calm = np.full((90, 90, 3), 110, np.uint8)
    calm[25:35, 25:35] = calm[55:65, 55:65] = (230, 160, 60)
    assert rate_by_rules(calm) > rate_by_rules(black) + 2


def test_the_file_is_one_that_ratings_are_read_from(settings, pictures, monkeypatch, capsys):
    ingest(open_source(str(pictures), settings, defaults={"licence": "CC0-1.0"}), settings)
    monkeypatch.setattr(rules, "load_settings", lambda: settings)
    path = settings.root / "ratings.csv"
    assert rules.main([str(path)]) == 0
    with path.open(newline="") as file:
        works = [row["work"] for row in csv.DictReader(file)]
    ratings = read_ratings(path, works)
    assert len(ratings) == 8
    assert all(list(given) == ["rules"] for given in ratings.values())
    assert "8 works rated by rules" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "status"), [([], 2), (["a", "b"], 2), (["x.csv"], 1)])
def test_what_cannot_be_done_is_said(settings, monkeypatch, capsys, arguments, status):
    monkeypatch.setattr(rules, "load_settings", lambda: settings)
    assert rules.main(arguments) == status
    assert capsys.readouterr().err
