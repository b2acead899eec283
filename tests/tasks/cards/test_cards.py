"""Model cards: the front matter as Hugging Face reads it, and the words, of what is recorded."""

import json

import numpy as np
import pytest
from huggingface_hub import ModelCard

from artmodels.family import FAMILIES, Judged
from tasks import registry, starters
from tasks.cards import card as cards
from tasks.cards.card import LONGEST, card_of, described, write_card
from tasks.cards.front import TASKS
from tasks.evaluation import Evaluation, record_evaluation

RIGHTS = {
    "data_md5": "0123.dir",
    "started_from": "style/1",
    "opted_out": {"Ada Example": 2},
    "works": 9,
    "kinds": {"artwork": 9},
    "licences": {"CC0-1.0": 7, "own work": 2},
    "sources": {"example.org": 9},
    "artists": {f"Artist {number}": 1 for number in range(30)} | {"<b>x|y</b>": 1},
}


@pytest.fixture
def version(house, add_version):
    version = add_version(config="{}", code_revision="c0de", trigger="the <script> schedule")
    values = {"ideal_distance": np.linspace(0.5, 0.9, 8), "style": np.linspace(0, 1, 8)}
    record_evaluation(house, version, Evaluation("theset", Judged(values)))
    return registry.find(house, "style", "1")


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setattr(cards, "rights", lambda *_: RIGHTS)


def test_hugging_face_can_read_the_front_matter(house, version, known):
    card = ModelCard(card_of(house, version), ignore_metadata_errors=False)
    assert card.data.license == "other"
    assert card.data.library_name == "atelier"
    assert card.data.pipeline_tag == "image-to-image"
    assert card.data.datasets == ["atelier/0123"]
    deciding, other = card.data.eval_results
    assert (deciding.metric_type, deciding.dataset_revision) == ("ideal_distance", "theset")
    assert deciding.metric_value == pytest.approx(0.7)
    assert deciding.metric_args["low"] < 0.7 < deciding.metric_args["high"]
    assert other.metric_type == "style"


def test_the_card_says_what_is_recorded(house, version, known):
    registry.connect(house).set_registered_model_alias("style", "champion", "1")
    text = card_of(house, version)
    for words in (
        "in use as `challenger` and `champion`",
        "9 works: artwork 9",
        "| own work | 2 |",
        "Artists, 31, those with most works first: Artist 0 1",
        "and others",
        "Opted out since: Ada Example 2",
        "It began with the weights of style/1",
        "| ideal_distance | 0.7 |",
        "code_revision: `c0de`",
        'mlflow.pyfunc.load_model("models:/style/1")',
        "the \\<script\\> schedule",
    ):
        assert words in text
    assert "What it took" not in text, "nothing of it was measured"


def test_what_a_training_took_and_made(house, version, known, tmp_path):
    client = registry.connect(house)
    for step in (1, 2):
        client.log_metric(version.run_id, "peak_megabytes", 900 + step, step=step)
        client.log_metric(version.run_id, "samples_per_second", step, step=step)
        (tmp_path / f"{step}.jpg").touch()
        client.log_artifact(version.run_id, str(tmp_path / f"{step}.jpg"), "previews")
    text = card_of(house, version)
    assert "Most memory of the training process: 902 MB" in text
    assert "![2.jpg](../previews/2.jpg)" in text


def test_the_card_is_the_description_and_a_file_of_the_model(house, version, known):
    card = write_card(house, version)
    assert registry.read_run_file(house, version, "model/README.md").decode() == card
    told = registry.connect(house).get_model_version("style", "1").description
    assert told.startswith("# style v1")
    assert len(told) <= LONGEST


def test_a_card_that_is_too_long_for_mlflow_says_where_the_rest_is():
    picture = "![pairs.png](../evaluation/pairs.png)\n"
    card = f"---\nlicense: mit\n---\n\n# style v1\n{picture}" + "words and words\n" * 1000
    told = described(card, registry.Version("style", 1, "abc", {}))
    assert len(told) <= LONGEST
    assert "![pairs.png](get-artifact?run_uuid=abc&path=evaluation/pairs.png)" in told
    assert told.endswith("`atelier card style/1`.")
    assert "\nwords and words\n\nThe rest" in told


def test_a_starter_s_card_agrees_with_what_ships(house, version, monkeypatch):
    monkeypatch.setattr(starters, "learnt_from", lambda settings, family: {"artwork": {"CC0-1.0": 7, "own work": 1}})
    folder = starters.export(house, "style", "1")
    adopted = starters.adopt(house, "style")
    text = card_of(house, adopted)
    assert "8 works: artwork 8" in text
    assert "| CC0-1.0 | 7 |" in text
    assert "those that came with the model" in text
    shipped = (folder / "README.md").read_text()
    for name, figure in json.loads((folder / "card.json").read_text())["evaluation"].items():
        assert f"| {name} | {figure['mean']:.4g} | {figure['low']:.4g} | {figure['high']:.4g} |" in shipped


def test_every_family_s_task_has_a_name():
    assert TASKS.keys() == FAMILIES.keys()
