"""The whole life of a model on real parts, all of them small: Prefect's engine, DVC, MLflow on SQLite, a trainer."""

import json

import pytest

from artmodels.errors import AtelierError
from flows.evaluate import evaluate
from flows.ingest import ingest
from flows.promote import promote, rollback
from flows.retrain import retrain
from flows.stylize import stylize
from flows.train import train
from tasks import promotion, registry
from tasks.batch import read_ledger

SMALL = {
    "steps": 2,
    "batch_size": 2,
    "crop": 32,
    "width": 4,
    "code": 16,
    "blocks": 1,
    "precision": "32-true",
    "checkpoint_steps": 1,
}
CC0 = {"licence": "CC0-1.0"}


@pytest.fixture
def filled(studio, sources):
    """The studio with its pictures taken in."""
    artworks, photographs = sources
    report = ingest(str(artworks), defaults=CC0)
    assert (report["added"], report["rejected"]) == (16, 0)
    report = ingest(str(photographs), kind="photograph", defaults=CC0)
    assert (report["added"], report["data_md5"][-4:]) == (14, ".dir")
    return studio


def test_the_life_of_a_model(filled, sources, make_painting, encode, tmp_path):
    first = train("style", SMALL, trigger="a test")
    version = registry.find(filled, "style", "challenger")
    assert first == version.number == 1
    assert version.tags["trigger"] == "a test"
    assert version.tags["data_md5"].endswith(".dir")
    assert json.loads(version.tags["config"])["steps"] == 2
    assert set(json.loads(version.tags["evaluation"])) == {"content", "style", "ideal_distance"}
    assert not list((filled.scratch / "runs").iterdir())

    # Two steps teach nothing: whichever way the gate decides, it is recorded.
    decision = promote("style", by="a test")
    assert decision["action"] in ("promoted", "refused")
    assert promotion.history(filled, "style")[0]["by"] == "a test"
    client = registry.connect(filled)
    client.set_registered_model_alias("style", "champion", "1")

    assert evaluate("style", "champion")["version"] == 1

    again = retrain("style", SMALL)
    assert (again["action"], again["version"]) == ("nothing to do", 1)
    assert again["reason"] == "data, code and configuration are those of style v1"

    new = tmp_path / "new"
    new.mkdir()
    (new / "one more.png").write_bytes(encode(make_painting(77, 70, 80)))
    ingest(str(new), defaults=CC0)
    after = retrain("style", SMALL)
    assert (after["version"], after["action"]) in ((2, "promoted"), (2, "refused"))

    report = stylize(str(sources[1]), str(tmp_path / "out"), str(new), model="2")
    assert (report["done"], report["set_aside"]) == (14, 0)
    ledger = read_ledger(tmp_path / "out")
    assert {record["model"]["version"] for record in ledger["record"]} == {2}
    assert (tmp_path / "out" / "gallery.html").is_file()

    client.set_registered_model_alias("style", "champion", "2")
    client.set_registered_model_alias("style", "previous", "1")
    assert rollback("style", by="a test")["version"] == 1
    assert registry.aliases(filled, "style")["champion"] == 1
    assert registry.aliases(filled, "style")["previous"] == 2


def test_a_trainer_that_dies_is_started_again(filled, monkeypatch):
    from tasks import runs, training

    calls = []
    follow = training.follow_trainer

    def die_once(spec, on_progress):
        calls.append(spec.folder)
        if len(calls) == 1:
            raise training.TrainerDiedError("The trainer was killed by SIGKILL")
        return follow(spec, on_progress)

    monkeypatch.setattr(runs, "follow_trainer", die_once)
    assert train("style", SMALL) == 1
    assert len(calls) == 2
    assert calls[0] == calls[1]


def test_a_fault_that_a_person_must_mend_is_not_tried_again(filled):
    (filled.root / "weights" / "teacher.safetensors").unlink()
    with pytest.raises(AtelierError, match=r"perceptual encoder .* is missing"):
        train("style", SMALL)


def test_flows_without_data_say_what_to_do(studio, sources):
    with pytest.raises(AtelierError, match=r"No data\.dvc"):
        train("style", SMALL)
    with pytest.raises(AtelierError, match="No style model is registered yet"):
        stylize(str(sources[1]), "out", str(sources[0]))
