"""An artist opts out, through the flows: what is trained next has not seen their works."""

import functools
from dataclasses import replace

import pytest

from artmodels.style.family import StyleFamily
from flows.ingest import ingest
from flows.opt_out import opt_out
from flows.promote import promote
from flows.retrain import retrain
from flows.train import train
from tasks import promotion, versions
from tasks.rights.report import rights

CONFIG = {
    **{"depth": 1, "code": 16, "blocks": 1, "crop": 32, "batch_size": 2, "steps": 2, "precision": "32-true"},
    **{"preview_steps": 2, "checkpoint_steps": 1},
}


@pytest.mark.slow
def test_who_opts_out_is_not_in_the_next_model(workshop, make_source, tmp_path, monkeypatch):
    # A network of two steps is worse than none: let anything be better than no champion.
    monkeypatch.setattr(StyleFamily, "deciding", replace(StyleFamily.deciding, baseline=1e6))
    monkeypatch.setattr(promotion, "measure_costs", functools.partial(promotion.measure_costs, rounds=1))
    for name, kind, artist, seed in (
        ("artworks", "artwork", "Ada", 0),
        ("others", "artwork", "Ève", 200),
        ("photographs", "photograph", "Ada", 100),
    ):
        folder, labels = make_source(name, 9, seed), tmp_path / f"{name}.csv"
        labels.write_text(labels.read_text().replace(",Ada,", f",{artist},"))
        assert ingest(str(folder), kind, str(labels), defaults={"licence": "CC0-1.0"})["added"] == 9
    assert train("style", CONFIG, "Ada") == 1
    assert promote("style", by="Ada")["action"] == "promoted"
    assert retrain("style", CONFIG)["action"] == "nothing to do"

    report = opt_out(["EVE"])
    assert report["removed"] == {"Ève": 9}
    assert report["marked"] == ["style v1 learnt from 9 works of artists who have opted out (Ève)"]

    decision = retrain("style", CONFIG)
    assert decision["version"] == 2
    assert report["marked"][0] in decision["reason"]
    assert set(rights(workshop, "style", "1")["artists"]) == {"Ada", "Ève"}
    told = rights(workshop, "style", "2")
    assert set(told["artists"]) == {"Ada"}
    assert told["data_md5"] == report["data_md5"] == versions.data_md5(workshop)
    assert told["opted_out"] == {}
