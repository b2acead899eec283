import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from artmodels.family import Answers
from tasks.evaluation import Interval
from tasks.reports.charts import MOST_CLASSES, MOST_POINTS, confusion, curve, difference, distribution, scatter

EVIL = "<script>alert(1)</script>$\\frac{x"


def texts(svg: str) -> list[str]:
    """Read a chart as XML: return the words in it."""
    return [text for one in ElementTree.fromstring(svg).iter() if one.tag.endswith("text") for text in one.itertext()]


def test_charts_have_the_page_s_colours_and_load_nothing():
    svg = distribution({"a": np.arange(20.0), "b": np.arange(20.0) + 3}, "loss", Interval(9.5, 8, 11))
    assert "var(--first)" in svg
    assert "var(--second)" in svg
    assert "#0" not in svg.replace("#0000", "")
    assert 'href="http' not in svg
    assert "<metadata" not in svg
    assert {"a", "b", "items"} <= set(texts(svg))


def test_a_long_curve_is_thinned_and_what_is_not_finite_left_out():
    points = [(step, float(np.sin(step / 500))) for step in range(20_000)] + [(20_000, float("nan"))]
    svg = curve(points, "loss")
    assert len(svg) < 100 * MOST_POINTS
    assert "nan" not in svg
    assert "<svg" in curve([(5, 1.0)], "one point")


def test_the_interval_is_drawn_with_its_ends():
    assert {"-0.3", "-0.1", "loss, less"} <= set(texts(difference(Interval(-0.2, -0.3, -0.1), "lower", "loss, less")))


def test_a_confusion_counts_what_was_said_of_each_truth():
    svg = confusion(Answers(("a", "a", "b", EVIL), ("a", "b", "b", "b")), "style")
    words = texts(svg)
    assert words.count("1") == 4, "a as a; b as a, as b, and as something else"
    assert "other" in words
    assert "<script" not in svg


def test_a_confusion_of_many_classes_shows_the_most_frequent():
    names = (*(f"class {number}" for number in range(50)), "class 49")
    words = texts(confusion(Answers(names, names), EVIL))
    assert len({word for word in words if word.startswith("class")}) == MOST_CLASSES
    assert "class 49" in words


def test_estimates_stand_against_the_truth():
    assert {"true year", "estimated year"} <= set(texts(scatter(Answers((1900.0, 1920.0), (1890.0, 1925.0)), "year")))


@pytest.mark.parametrize("words", ["春の海", EVIL])
def test_any_words_can_be_a_class(words):
    svg = confusion(Answers((words, "b"), (words, "b")), words)
    assert len(texts(svg)) > 3
    assert "<script" not in svg
