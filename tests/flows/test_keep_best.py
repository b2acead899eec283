"""The flows that make pictures hand them to the critic where the best are asked for, and only there."""

import pytest

from flows.generate import generate
from flows.stylize import stylize
from tasks import steps

ORDERS = {
    "generate_pictures": lambda **more: generate.fn("out", count=4, **more),
    "stylize_pictures": lambda **more: stylize.fn("photos", "out", ["style.png"], **more),
}


@pytest.mark.parametrize("step", ORDERS)
def test_the_best_are_kept_where_they_are_asked_for(monkeypatch, step):
    asked = []
    monkeypatch.setattr(steps, step, lambda wanted: {"done": 4})
    monkeypatch.setattr(steps, "keep_best_pictures", lambda *asking: asked.append(asking) or {"kept": 2})
    assert ORDERS[step]() == {"done": 4}
    assert asked == []
    assert ORDERS[step](keep_best=2, critic="7") == {"done": 4, "best": {"kept": 2}}
    assert asked == [("out", 2, "7")]
