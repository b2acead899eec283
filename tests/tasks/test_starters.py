"""Models that ship: registered with the lineage on their card, and only if the card speaks of these weights."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from artmodels.bundle import COMPANION
from artmodels.errors import AtelierError
from tasks import registry, starters
from tasks.evaluation import evaluate_bundle, record_evaluation
from tasks.registry import Version
from tasks.sequences import row_of, write_sequences
from tasks.settings import Settings


@pytest.fixture
def exported(house: Settings, add_version, bundle, monkeypatch) -> Version:
    """A starter made from a version of another registry."""
    monkeypatch.setattr(starters, "learnt_from", lambda settings, family: {"artwork": {"CC0-1.0": 7}})
    version = add_version(code_revision="c0de", config="{}", params_md5="0", perceptor_md5="1")
    record_evaluation(house, version, evaluate_bundle(house, "style", bundle))
    starters.export(house, "style", str(version.number))
    return version


def test_a_starter_keeps_what_was_known_of_it(house, exported):
    card = starters.read_card(house.root / "starters" / "style")
    assert card.lineage["code_revision"] == "c0de"
    assert card.learnt_from == {"artwork": {"CC0-1.0": 7}}
    assert card.evaluation.keys() == {"content", "style", "ideal_distance"}
    adopted = starters.adopt(house, "style")
    assert adopted.number == exported.number + 1
    assert adopted.tags["data_md5"] == "0123.dir"
    assert adopted.tags["trigger"] == "the starter that ships"
    assert registry.aliases(house, "style")["challenger"] == adopted.number
    ours, theirs = (registry.fetch_bundle(house, version) for version in (adopted, exported))
    assert (ours / "model.safetensors").read_bytes() == (theirs / "model.safetensors").read_bytes()


def test_a_starter_is_registered_once(house, exported):
    assert starters.foresee_adoption(house, "style")["registered"] is None
    adopted = starters.adopt(house, "style")
    assert starters.adopt(house, "style") == adopted
    assert starters.foresee_adoption(house, "style")["registered"] == adopted.number


def test_a_starter_that_does_not_fit_its_card_is_refused(house, exported):
    path = house.root / "starters" / "style" / starters.CARD
    card = json.loads(path.read_text())
    path.write_text(json.dumps(card | {"weights_sha256": "0" * 64}))
    with pytest.raises(AtelierError, match=r"speaks of other weights than model\.safetensors"):
        starters.adopt(house, "style")
    path.write_text(json.dumps(card))
    path.with_name(COMPANION).write_bytes(b"of another")
    with pytest.raises(AtelierError, match=r"speaks of other weights than companion\.safetensors"):
        starters.adopt(house, "style")
    path.write_text("{")
    with pytest.raises(AtelierError, match=r"card\.json is missing or damaged"):
        starters.adopt(house, "style")


def test_a_former_starters_companion_does_not_stay(house, exported):
    folder = house.root / "starters" / "style"
    (folder / COMPANION).write_bytes(b"of the former")
    starters.export(house, "style", str(exported.number))
    assert not (folder / COMPANION).exists()


def test_the_card_of_a_model_of_music_counts_its_pieces(house):
    rows = [row_of((np.array([[n]]), {}), {"licence": "own work" if n else "CC0-1.0"}) for n in range(3)]
    write_sequences(house.data / "music.parquet", rows)
    music = SimpleNamespace(data="music")
    assert starters.learnt_from(house, music) == {"music": {"CC0-1.0": 1, "own work": 2}}


def test_a_family_without_a_starter_says_so(house):
    with pytest.raises(AtelierError, match="No starter of the family 'style' ships: train a model"):
        starters.adopt(house, "style")
    with pytest.raises(AtelierError, match="There is no model family 'stile'"):
        starters.adopt(house, "stile")


def test_exporting_nothing_is_one_sentence(house, monkeypatch, capsys):
    monkeypatch.setattr(starters, "load_settings", lambda: house)
    assert starters.main(["style", "champion"]) == 1
    assert "No style model is registered yet" in capsys.readouterr().err
    assert starters.main([]) == 2
