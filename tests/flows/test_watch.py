"""The watch, on a real Prefect API; what is measured is made up."""

import pytest
from prefect import get_client

from artmodels.errors import AtelierError
from flows.watch import watch
from tasks import drift, events, versions
from tasks.drift import Drift
from tasks.evaluation import Interval
from tasks.settings import Settings


@pytest.fixture
def told(monkeypatch) -> list[tuple]:
    """What is told to Prefect's automations, while three families are in use, of which one has drifted."""
    told: list[tuple] = []

    def measure(settings: Settings, family: str) -> Drift:
        if family == "gan":
            raise AtelierError("The gan family judges no single works, so that drift cannot be told.")
        worse = 0.2 if family == "style" else 0.0
        difference = Interval(worse, worse - 0.1, worse + 0.1)
        return Drift(family, 3, "figure", 25, 0.6, 0.6 + worse, 0.61, difference, worse > 0, "0123.dir")

    monkeypatch.setattr(drift, "measure", measure)
    monkeypatch.setattr(drift, "families_in_use", lambda settings: ["style", "critic", "gan"])
    for name in ("pull", "reproduce", "data_md5"):
        monkeypatch.setattr(versions, name, lambda settings: "")
    monkeypatch.setattr(events, "emit_event", lambda event, resource, payload: told.append((event, resource, payload)))
    return told


def test_what_has_drifted_is_shown_and_told_of(told, prefect_api):
    style, critic, gan = watch()
    words = "figure of style v3 is 0.8000 on 25 new works against 0.6000 on those it was judged by: difference 0.2000"
    assert style["said"] == f"{words} [0.1000, 0.3000]: drifted."
    assert (style["drifted"], critic["drifted"], gan["drifted"]) == (True, False, False)
    assert critic["said"].endswith("no drift.")
    assert gan["said"].startswith("The gan family judges no single works")
    [(event, resource, payload)] = told
    assert event == "atelier.drift"
    assert resource["prefect.resource.id"] == "atelier.family.style"
    assert payload == {"family": "style", "version": 3, "figure": f"{words} [0.1000, 0.3000]"}
    with get_client(sync_client=True) as client:
        shown = [one for one in client.read_artifacts() if one.key == "drift"]
    assert "0.8000 on 25 new works" in str(shown[0].data)


def test_only_the_families_that_are_named(told, prefect_api):
    assert [report["family"] for report in watch(["critic"])] == ["critic"]
    assert told == []
