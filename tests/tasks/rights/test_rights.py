import json

import pytest

from artmodels.bundle import weights_digest
from artmodels.errors import AtelierError
from tasks import registry
from tasks.rights import marks
from tasks.rights.report import rights
from tasks.starters import Card


def tags(house, number):
    return registry.find(house, "style", str(number)).tags


def test_what_a_version_learnt_from_is_counted_as_it_was_then(house, lay_down, learn, row):
    works = [row(0, artist="Ada"), row(1, artist="Ada", licence="CC0-1.0"), row(2, artist="Eve", source="a book")]
    then = lay_down([*works, row(3, kind="photograph", licence="CC0-1.0")])
    lay_down(works[2:])
    learn(then)
    report = rights(house, "style", "1")
    assert report["data_md5"] == then
    assert report["works"] == 4
    assert report["kinds"] == {"artwork": 3, "photograph": 1}
    assert report["licences"] == {"CC0-1.0": 2, "own work": 2}
    assert report["sources"] == {"museum.example": 3, "a book": 1}
    assert report["artists"] == {"Ada": 2, "Eve": 1, "not named": 1}
    assert report["opted_out"] == {}


def test_data_that_is_gone_is_said_and_the_card_still_counts(house, lay_down, learn):
    lay_down([])
    learn("0" * 32 + ".dir", starter="s")
    report = rights(house, "style", "1")
    assert "neither in DVC's cache nor on the remote" in report["gone"]
    assert report["works"] == 0
    folder = house.root / "starters" / "style"
    folder.mkdir(parents=True)
    counts = {"artwork": {"public domain": 5}, "photograph": {"public domain": 1, "CC0-1.0": 2}}
    card = Card(family="style", weights_sha256="s", lineage={}, learnt_from=counts, evaluation={})
    (folder / "card.json").write_text(card.model_dump_json())
    report = rights(house, "style", "1")
    assert (report["works"], report["licences"]) == (8, {"public domain": 6, "CC0-1.0": 2})


def test_versions_that_learnt_from_an_artist_are_marked_however_the_name_is_written(house, lay_down, learn, row):
    learn(lay_down([row(0, artist="Édouard  MANET"), row(1, artist="Édouard  MANET"), row(2, artist="Eve")]))
    learn(lay_down([row(2, artist="Eve")]))
    assert marks.mark_all(house) == []
    (house.root / "opt-out.txt").write_text("edouard manet # asked in May\n")
    (marked,) = marks.mark_all(house)
    assert str(marked) == "style v1 learnt from 2 works of artists who have opted out (Édouard  MANET)"
    assert json.loads(tags(house, 1)[marks.TAG]) == {"Édouard  MANET": 2}
    assert marks.TAG not in tags(house, 2)
    assert rights(house, "style", "1")["opted_out"] == {"Édouard  MANET": 2}
    # Who comes back is no longer held against a version.
    (house.root / "opt-out.txt").write_text("")
    assert marks.mark_all(house) == []
    assert marks.TAG not in tags(house, 1)


def test_weights_that_it_began_with_count_too(house, bundle, lay_down, learn, row):
    (house.root / "opt-out.txt").write_text("Ada\n")
    learn(lay_down([row(0, artist="Ada"), row(1, artist="Eve")]))
    learn(lay_down([row(1, artist="Eve")]), started_from=f"style/1 sha256:{weights_digest(bundle)}")
    assert [one.artists for one in marks.mark_all(house)] == [{"Ada": 1}, {"Ada": 1}]
    # The same number in another registry is another version.
    learn(lay_down([row(1, artist="Eve")]), started_from=f"style/1 sha256:{'0' * 64}")
    last = marks.mark_all(house)[-1]
    assert (last.version.number, last.artists) == (3, {})
    assert "began with a version that this registry does not have" in last.untold


def test_what_was_found_out_stays_when_the_data_is_gone(house, lay_down, learn, row):
    (house.root / "opt-out.txt").write_text("Ada\n")
    lay_down([])
    learn("0" * 32 + ".dir", opted_out='{"Ada": 3}')
    learn("1" * 32 + ".dir")
    known, unknown = marks.mark_all(house)
    assert known.artists == {"Ada": 3}
    assert str(unknown) == "whether style v2 learnt from artists who have opted out cannot be told"
    assert marks.notes(house, [unknown.version]) == [str(unknown)]


def test_a_reference_to_nothing_is_said(house, lay_down, learn):
    lay_down([])
    with pytest.raises(AtelierError, match="No style model is registered yet"):
        rights(house, "style", "champion")
