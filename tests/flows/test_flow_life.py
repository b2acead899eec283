"""The life of a model through the flows, on small real parts: data, trainer, judge, registry."""

import functools
import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from prefect import flow

from artmodels.errors import AtelierError
from artmodels.style.family import StyleFamily
from flows.evaluate import evaluate
from flows.ingest import ingest
from flows.promote import promote, rollback
from flows.retrain import retrain
from flows.stylize import stylize
from flows.train import train
from tasks import events, promotion, registry, runs, steps, versions
from tasks.batch import read_ledger
from tasks.decision import history
from tasks.evaluation import interval
from tasks.reports.find import find_report
from tasks.training import TrainerDiedError

CONFIG = {
    **{"depth": 1, "code": 16, "blocks": 1, "crop": 32, "batch_size": 2, "steps": 2, "precision": "32-true"},
    **{"preview_steps": 2, "checkpoint_steps": 1},
}


def test_the_life_of_a_model(workshop, make_source, tmp_path, monkeypatch):
    # A network of two steps is worse than none: let anything be better than no champion.
    monkeypatch.setattr(StyleFamily, "deciding", replace(StyleFamily.deciding, baseline=1e6))
    monkeypatch.setattr(promotion, "measure_costs", functools.partial(promotion.measure_costs, rounds=1))
    licence = {"licence": "CC0-1.0"}
    told_of: list[str] = []
    monkeypatch.setattr(
        events, "emit_event", lambda event, resource, payload: told_of.append(f"{event} {payload['data_md5']}")
    )

    def take_in(name: str, kind: str, count: int, seed: int) -> dict:
        return ingest(str(make_source(name, count, seed)), kind, str(tmp_path / f"{name}.csv"), defaults=licence)

    assert take_in("artworks", "artwork", 12, 0)["added"] == 12
    first_data = take_in("photographs", "photograph", 8, 100)["data_md5"]

    # It is trained, and the trainer dies once.
    follow, died = runs.follow_trainer, []

    def dying(spec, on_progress, **options):
        if not died:
            died.append(spec.folder)
            raise TrainerDiedError("killed")
        return follow(spec, on_progress, **options)

    monkeypatch.setattr(runs, "follow_trainer", dying)
    assert train("style", CONFIG, "Ada") == 1
    assert died
    assert not died[0].exists()
    tags = registry.find(workshop, "style", "challenger").tags
    assert tags["data_md5"] == first_data == versions.data_md5(workshop)
    assert tags["trigger"] == "Ada"
    assert json.loads(tags["config"])["depth"] == 1
    assert json.loads(tags["evaluation"]).keys() == {"content", "style", "ideal_distance"}

    # It is judged, and becomes the champion: a retraining sees that the gate has not decided on it yet.
    report = evaluate("style", "challenger")
    assert report["evaluation_set"] == tags["evaluation_set"]
    assert report["figures"] == json.loads(tags["evaluation"]), "the same figures each time"
    decision = retrain("style", CONFIG, "Ada")
    assert (decision["action"], decision["version"], decision["by"]) == ("promoted", 1, "Ada")
    assert registry.aliases(workshop, "style") == {"champion": 1}

    # There are reports to look at, and its card tells that it is in use.
    client, first = registry.connect(workshop), registry.find(workshop, "style")
    pages = {Path(file.path).name for file in client.list_artifacts(first.run_id, "reports")}
    assert pages == {"training.html", "evaluation.html", "promotion.html"}
    assert "in use as `champion`" in client.get_model_version("style", "1").description
    assert find_report(workshop, "style@champion").read_text().count("<svg") > 5

    # Nothing changed; then the data did.
    assert retrain("style", CONFIG)["action"] == "nothing to do"
    second_data = take_in("more", "artwork", 3, 200)["data_md5"]
    again = ingest(str(tmp_path / "more"), "artwork", str(tmp_path / "more.csv"), defaults=licence)
    assert (again["already_known"], again["data_md5"]) == (3, second_data)
    assert told_of[1:] == [f"atelier.data {first_data}", f"atelier.data {second_data}"], "each version once"
    decision = retrain("style", CONFIG, "the schedule")
    assert decision["action"] in ("promoted", "refused")
    assert (decision["version"], decision["by"], decision["data_md5"]) == (2, "the schedule", second_data)
    assert decision["figures"].keys() == {"challenger", "champion"}
    assert registry.find(workshop, "style", "2").tags["compared_with"] == "1"
    assert registry.find(workshop, "style", "2").tags["data_md5"] == second_data != first_data

    # Pictures say which model painted them; a second job has nothing to do.
    out = tmp_path / "out"
    champion = registry.find(workshop, "style")
    job = stylize(str(tmp_path / "photographs"), str(out), [str(tmp_path / "artworks" / "0.png")], size=32)
    assert (job["done"], job["set_aside"], job["model"]) == (8, 0, str(champion))
    assert Path(job["gallery"]).is_file()
    assert {record["model"]["version"] for record in read_ledger(out)["record"]} == {champion.number}
    again = stylize(str(tmp_path / "photographs"), str(out), [str(tmp_path / "artworks" / "0.png")], size=32)
    assert (again["done"], again["skipped"]) == (0, 8)

    # The champion before comes back.
    if decision["action"] == "refused":
        with pytest.raises(AtelierError, match="There is no style version before style v1"):
            rollback("style", "Ada")
        better = interval(-np.ones(4))
        monkeypatch.setattr(promotion, "compare_items", lambda *_: (True, better))
        monkeypatch.setattr(promotion, "breached_guards", lambda *_: [])
        assert promote("style", "2", "Ada")["action"] == "promoted"
    assert registry.aliases(workshop, "style") == {"champion": 2, "previous": 1}
    assert rollback("style", "Grace")["version"] == 1
    assert registry.aliases(workshop, "style") == {"champion": 1, "previous": 2}
    assert "in use as `previous`" in client.get_model_version("style", "2").description
    told = history(workshop, "style")
    assert told[0]["version"] == 1
    assert (told[-1]["action"], told[-1]["by"]) == ("rolled back", "Grace")


@pytest.mark.parametrize(("error", "attempts"), [(TrainerDiedError("killed"), 4), (AtelierError("mend it"), 1)])
def test_a_trainer_that_dies_is_started_again_but_a_fault_is_not(workshop, monkeypatch, error, attempts):
    calls = []

    def fail(settings, folder: Path, *_: object) -> Path:
        calls.append(folder)
        raise error

    monkeypatch.setattr(runs, "train", fail)
    monkeypatch.setattr(runs, "showing", lambda folder: nullcontext())
    task = steps.train_model.with_options(retry_delay_seconds=0)

    @flow(name="training")
    def training() -> str:
        return task("a folder")

    with pytest.raises(type(error), match=str(error)):
        training()
    assert calls == [Path("a folder")] * attempts


def test_a_pull_that_fails_for_want_of_data_is_not_tried_again(workshop, monkeypatch):
    calls = []

    def pull(settings) -> None:
        calls.append(settings)
        raise AtelierError("no data")

    monkeypatch.setattr(versions, "pull", pull)
    with pytest.raises(AtelierError, match="no data"):
        evaluate("style")
    assert len(calls) == 1
