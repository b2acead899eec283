"""The composing job: a small real network, a real registry, a real ledger, files that others read."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from artmodels.bundle import save_bundle
from artmodels.errors import AtelierError
from artmodels.music.config import MusicConfig
from artmodels.music.network import MusicNet
from artmodels.music.notes import notes_of
from artmodels.music.passages import Passages
from tasks import audio, compose
from tasks.batch import find_damaged, read_ledger
from tasks.compose_order import order
from tasks.midi import midi_of, read_midi
from tasks.scores import musicxml_of
from tasks.settings import Settings

MELODY = np.array([[72], [74], [76], [74], [72], [72]])


@pytest.fixture(scope="module")
def studio(open_studio, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A registry whose champion is a small untrained composer, which has learnt from one melody."""
    config = MusicConfig(hidden=8, embedding=8, chain=8, channels=2, frames_per_quarter=1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = MusicNet(config)
        with torch.no_grad():
            # So that frames have a few notes, as music has, and not forty.
            network.chain.to_keys.bias[-1] = 3
    tensors = {**network.state_dict(), **Passages.of([notes_of(MELODY)], [notes_of(MELODY[:4])] * 4).tensors()}
    folder = tmp_path_factory.mktemp("music")
    return open_studio(save_bundle(folder, "music", config.model_dump(mode="json"), tensors), "music", device="cpu")


@pytest.fixture
def melody(tmp_path) -> Path:
    path = tmp_path / "melody.mid"
    midi_of(MELODY, 1, 80).save(path)
    return path


def run(studio: Settings, **fields: object) -> dict:
    return compose.run(studio, order(**fields), lambda done, total, figures: None)


def files(folder: Path, suffix: str) -> dict[str, bytes]:
    """Files' bytes, or pictures' pixels: their credentials are signed anew each time."""
    found = sorted(folder.glob(f"0*{suffix}"))
    if suffix == ".png":
        return {path.stem: np.asarray(Image.open(path)).tobytes() for path in found}
    return {path.stem: path.read_bytes() for path in found}


def test_seeds_become_pieces_once(studio, tmp_path):
    report = run(studio, out=tmp_path / "out", count=3, seed=4, frames=8)
    assert (report["done"], report["skipped"]) == (3, 0)
    names = [f"{seed:010d}" for seed in (4, 5, 6)]
    for suffix in (".png", ".mid", ".musicxml"):
        assert list(files(tmp_path / "out", suffix)) == names
    assert find_damaged(tmp_path / "out") == []
    assert "Composed by" in Path(report["gallery"]).read_text()
    (first, *_) = read_ledger(tmp_path / "out")["record"]
    assert first["seed"] == 4
    assert first["files"] == ["0000000004.mid", "0000000004.musicxml"]
    assert first["findings"]["kind"] == "new pieces"
    assert "frames; more than" in first["findings"]["longest passage shared"]
    more = run(studio, out=tmp_path / "out", count=5, seed=2, frames=8)
    assert (more["done"], more["skipped"]) == (2, 3)


def test_a_seed_is_the_same_piece_in_any_job(studio, tmp_path):
    torch.manual_seed(1)
    run(studio, out=tmp_path / "many", count=6, frames=8)
    torch.manual_seed(2)
    run(studio, out=tmp_path / "one", count=1, seed=5, frames=8)
    for suffix in (".png", ".mid"):
        many, one = files(tmp_path / "many", suffix), files(tmp_path / "one", suffix)
        assert one == {"0000000005": many["0000000005"]}


def test_a_piece_whose_files_are_not_all_there_is_made_again(studio, tmp_path):
    run(studio, out=tmp_path / "out", count=2, frames=8)
    before = files(tmp_path / "out", ".mid")
    (tmp_path / "out" / "0000000001.mid").unlink()
    report = run(studio, out=tmp_path / "out", count=2, frames=8)
    assert (report["done"], report["skipped"]) == (1, 1)
    assert files(tmp_path / "out", ".mid") == before


def test_temperature_makes_other_pieces(studio, tmp_path):
    for temperature in (0.5, 1.0):
        run(studio, out=tmp_path / f"{temperature}", count=1, frames=8, temperature=temperature)
    assert files(tmp_path / "0.5", ".mid") != files(tmp_path / "1.0", ".mid")


def test_a_phrase_is_how_pieces_begin(studio, tmp_path, melody):
    run(studio, out=tmp_path / "out", count=2, frames=12, phrase=melody)
    for name in files(tmp_path / "out", ".mid"):
        assert read_midi(tmp_path / "out" / f"{name}.mid", 1)[:6, 0].tolist() == MELODY[:, 0].tolist()


def test_a_soprano_is_on_top_of_every_piece(studio, tmp_path, melody):
    report = run(studio, out=tmp_path / "out", count=3, soprano=melody)
    assert report["done"] == 3
    pieces = [read_midi(tmp_path / "out" / f"{name}.mid", 1) for name in files(tmp_path / "out", ".mid")]
    assert all(piece[:, 0].tolist() == MELODY[:, 0].tolist() for piece in pieces)
    assert not all(np.array_equal(piece, pieces[0]) for piece in pieces[1:])
    assert {record["findings"]["frames"] for record in read_ledger(tmp_path / "out")["record"]} == {6}


def test_a_copy_is_called_one(studio, tmp_path, melody, monkeypatch):
    monkeypatch.setattr("artmodels.music.composer.Composer.compose", lambda *_: notes_of(MELODY))
    run(studio, out=tmp_path / "out", count=1)
    (record,) = read_ledger(tmp_path / "out")["record"]
    assert record["findings"]["kind"] == "copies"
    assert record["findings"]["longest passage shared"] == "6 frames; more than 4 would be a copy"


def test_the_score_has_the_notes_the_key_and_the_rests(tmp_path):
    voices = np.array([[65, 58], [65, 53], [-1, 58], [69, 53], [65, 53]])
    root = ElementTree.fromstring(musicxml_of(voices, 2, 90, "Air"))
    assert [part.findtext("part-name") for part in root.iter("score-part")] == ["Voice 1", "Voice 2"]
    upper, lower = root.findall("part")
    assert [note.find("rest") is not None for note in upper.iter("note")][:3] == [False, True, False]
    assert [note.findtext("duration") for note in upper.iter("note")][:2] == ["10080", "5040"]
    # In a key of flats, they are written as such.
    assert upper.find(".//fifths").text == "-2"
    assert ("B", "-1") in {(n.findtext("pitch/step"), n.findtext("pitch/alter")) for n in lower.iter("note")}
    assert root.findtext(".//per-minute") == "90"
    silence = musicxml_of(np.array([[-1], [-1]]), 1, 80, "Silence")
    assert ElementTree.fromstring(silence).find(".//rest") is not None


@pytest.fixture
def timidity(tmp_path, monkeypatch) -> Path:
    """A synthesiser that writes what it is asked to play."""
    program = tmp_path / "bin" / "timidity"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nshift 4\necho "sound of $2" > "$1"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program


def test_there_is_sound_where_a_synthesiser_is(studio, tmp_path, timidity, monkeypatch):
    report = run(studio, out=tmp_path / "out", count=1, frames=8)
    assert report["audio"]
    assert "sound of" in (tmp_path / "out" / "0000000000.wav").read_text()
    timidity.write_text("#!/bin/sh\necho no patches >&2\nexit 1\n")
    failed = run(studio, out=tmp_path / "other", count=1, frames=8)
    assert failed["set_aside"] == 1
    assert "cannot play" in read_ledger(tmp_path / "other")["reason"][0]
    assert not list((tmp_path / "other").glob("*.wav"))
    monkeypatch.setattr(audio, "_SECONDS", 0.2)
    timidity.write_text("#!/bin/sh\nexec sleep 9\n")
    with pytest.raises(AtelierError, match=r"it took more than 0\.2 s"):
        audio.play(audio.synthesiser(), tmp_path / "a.mid", tmp_path / "a.wav")


def test_none_where_none_is_and_fluidsynth_needs_a_font(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert audio.synthesiser() is None
    font, program = tmp_path / "font.sf2", tmp_path / "fluidsynth"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(audio, "SOUND_FONTS", (str(font),))
    assert audio.synthesiser() is None
    font.touch()
    assert str(font) in audio.synthesiser()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"count": 0}, "count=0 is not accepted"),
        ({"seed": 4294967295, "count": 2}, "seed=4294967295 is not accepted: with count=2 it goes beyond 4294967295"),
        ({"temperature": 0}, "temperature=0 is not accepted"),
        ({"frames": 5000}, "frames=5000 is not accepted"),
        ({"soprano": "a.mid", "frames": 8}, "frames does not go with soprano"),
        ({"soprano": "a.mid", "phrase": "b.mid"}, "phrase does not go with soprano"),
        ({"soprano": "nowhere.mid"}, r"nowhere\.mid cannot be read as MIDI: No such file or directory"),
        ({"phrase": "nowhere.mid"}, r"nowhere\.mid cannot be read as MIDI"),
        ({"model": "best"}, "There is no version or alias 'best' of music"),
    ],
)
def test_a_wrong_order_is_refused_in_words_and_nothing_is_written(studio, tmp_path, fields, words):
    with pytest.raises(AtelierError, match=words):
        run(studio, out=tmp_path / "out", **fields)
    assert not (tmp_path / "out").exists()


def test_a_phrase_as_long_as_a_piece_is_refused(studio, tmp_path, melody):
    with pytest.raises(AtelierError, match="has 6 frames, and a piece has 6: raise frames, or shorten the phrase"):
        run(studio, out=tmp_path / "out", phrase=melody, frames=6)


def test_pictures_show_what_the_files_say(studio, tmp_path, melody):
    run(studio, out=tmp_path / "out", count=1, soprano=melody)
    picture = np.asarray(Image.open(tmp_path / "out" / "0000000000.png"))
    assert picture.ndim == 3
    assert picture.shape[1] > 6 * 10
