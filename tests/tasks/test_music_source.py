"""Music comes in: MIDI files, piano rolls, voices; and what is wrong with a file is told."""

import io
import os
from contextlib import suppress

import mido
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat

from artmodels.errors import AtelierError
from artmodels.music.notes import KEYS
from artmodels.music.voices import held_notes, voices_of
from artmodels.sequences import Sequences
from tasks.midi import midi_of, pitches_of_roll, read_midi
from tasks.prepare import sequences
from tasks.sequences import ingest_sequences
from tasks.sources.sequences import open_sequences

LICENCE = {"licence": "CC0-1.0"}


def write_midi(path, notes, ticks=480, channel=0):
    """Notes: pitch, first beat, last beat."""
    events = [event for pitch, start, stop in notes for event in ((start, "note_on", pitch), (stop, "note_off", pitch))]
    track, now = mido.MidiTrack(), 0
    for beat, kind, pitch in sorted(events):
        tick = round(beat * ticks)
        track.append(mido.Message(kind, note=pitch, time=tick - now, channel=channel))
        now = tick
    file = mido.MidiFile(ticks_per_beat=ticks)
    file.tracks.append(track)
    file.save(path)
    return path


def take_in(settings, path):
    return ingest_sequences(open_sequences(str(path), "music", {}, LICENCE), "music", settings)


def reasons(report):
    return pd.read_csv(report.rejected_file)["reason"].tolist()


def roll_set(path, pieces=2, keys=KEYS):
    chance = np.random.default_rng(0)

    def cells(count):
        found = np.empty((1, count), object)
        for number in range(count):
            found[0, number] = (chance.random((5 + number, keys)) < 0.05).astype(np.uint8)
        return found

    savemat(path, {f"{split}data": cells(pieces) for split in ("train", "valid", "test")})
    return path


def test_a_midi_file_is_read_in_frames(tmp_path):
    path = write_midi(tmp_path / "a.mid", [(60, 2, 4), (64, 2, 3), (67, 3, 3.5), (48, 3.75, 4)])
    assert read_midi(path, 2).tolist() == [[64, 60], [64, 60], [67, 60], [60, -1]]
    assert read_midi(path, 1).tolist() == [[64, 60], [67, 60]]
    assert read_midi(path).shape == (8, 2)
    assert read_midi(path)[-1].tolist() == [60, 48]


def test_drums_are_no_pitches_and_notes_that_are_never_let_go_end_with_the_track(tmp_path):
    write_midi(tmp_path / "drums.mid", [(40, 0, 1)], channel=9)
    with pytest.raises(AtelierError, match=r"drums\.mid has no notes"):
        read_midi(tmp_path / "drums.mid")
    file = mido.MidiFile(ticks_per_beat=96)
    on, last = mido.Message("note_on", note=60), mido.MetaMessage("end_of_track", time=192)
    file.tracks.append(mido.MidiTrack([on, last]))
    file.save(tmp_path / "open.mid")
    assert read_midi(tmp_path / "open.mid", 1).tolist() == [[60], [60]]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "cannot be read as MIDI"),
        (b"not music", "cannot be read as MIDI"),
        (b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\x40\0\x90", "cannot be read as MIDI"),
        (b"MThd\0\0\0\6\0\1\0\0\xe7\x28", "counts time in seconds"),
        (b"MThd\0\0\0\6\0\1\0\0\1\xe0", "has no notes"),
    ],
)
def test_a_file_that_is_no_music_is_told(tmp_path, raw, words):
    path = tmp_path / "a.mid"
    path.write_bytes(raw)
    with pytest.raises(AtelierError, match=words):
        read_midi(path)


def test_pitches_off_the_piano_and_endless_files_are_told(tmp_path):
    with pytest.raises(AtelierError, match="has pitches from 12 to 60: those of a piano, 21 to 108, are accepted"):
        read_midi(write_midi(tmp_path / "low.mid", [(60, 0, 1), (12, 1, 2)]))
    with pytest.raises(AtelierError, match="lasts 30001 quarter notes: 25000 are the most accepted"):
        read_midi(write_midi(tmp_path / "long.mid", [(60, 0, 1), (60, 30_000, 30_001)]))
    with pytest.raises(AtelierError, match=r"none\.mid cannot be read as MIDI: No such file"):
        read_midi(tmp_path / "none.mid")


@given(st.binary(max_size=80), st.integers(0, 60))
def test_whatever_bytes_come_they_are_read_or_refused_in_words(tmp_path_factory, noise, place):
    path = tmp_path_factory.mktemp("noise") / "a.mid"
    good = io.BytesIO()
    midi_of(np.array([[60, 55], [62, 55]]), 1, 80).save(file=good)
    whole = good.getvalue()
    path.write_bytes(whole[:place] + noise + whole[place + len(noise) :])
    with suppress(AtelierError):
        assert read_midi(path).max() <= 108


@given(st.lists(st.sets(st.integers(21, 108), max_size=5), min_size=1, max_size=10).filter(lambda sets: any(sets)))
def test_what_is_written_is_read_again(tmp_path_factory, sets):
    path = tmp_path_factory.mktemp("midi") / "a.mid"
    roll = np.zeros((len(sets), KEYS), bool)
    for frame, pitches in enumerate(sets):
        roll[frame, [pitch - 21 for pitch in pitches]] = True
    pitches = pitches_of_roll(roll)
    midi_of(voices_of(pitches), 2, 80).save(path)
    sounding = np.flatnonzero(roll.any(1))
    assert read_midi(path, 2).tolist() == pitches[sounding[0] : sounding[-1] + 1].tolist()


def test_voices_do_not_cross_and_the_nearest_sing():
    pitches = np.array([[72, 67, 60, 48], [71, 59, 47, -1], [72, 67, 60, 48], [66, -1, -1, -1]])
    voices = voices_of(pitches)
    assert voices[1].tolist() == [71, -1, 59, 47]
    assert voices[3].tolist() == [-1, 66, -1, -1]
    assert [(one.pitch, one.start, one.stop) for one in held_notes(np.array([[60], [60], [-1], [60]]))[0]] == [
        (60, 0, 2),
        (60, 3, 4),
    ]


def test_a_published_set_keeps_its_split_and_pieces_that_are_alike(project, tmp_path):
    path = roll_set(tmp_path / "JSB_Chorales.mat")
    report = take_in(project, path)
    assert (report.added, report.rejected) == (6, 0)
    sequences(project)
    data = Sequences(project.prepared / "sequences" / "music.parquet")
    assert data.table["split"].value_counts().to_dict() == {"train": 2, "validation": 2, "test": 2}
    assert data.figures(0) == {"frames_per_quarter": 1.0, "voices": 0.0}
    assert sorted(data.table["title"])[0] == "JSB_Chorales test 0"
    assert take_in(project, path).already_known == 6
    same = np.zeros((3, KEYS), np.uint8)
    same[:, 40] = 1
    cells = np.empty((1, 2), object)
    cells[0, 0], cells[0, 1] = same, same
    savemat(tmp_path / "Twice.mat", {f"{split}data": cells for split in ("train", "valid", "test")})
    assert take_in(project, tmp_path / "Twice.mat").added == 6


def test_voices_in_an_archive_keep_their_columns(settings, tmp_path):
    arrays = {}
    for split in ("train", "valid", "test"):
        arrays[f"{split}_pitches"] = np.array([[72, 60], [71, 59], [60, 72], [-1, 48]], np.int16)
        arrays[f"{split}_lengths"] = np.array([1, 3], np.int32)
    np.savez(tmp_path / "voices.npz", **arrays)
    assert take_in(settings, tmp_path / "voices.npz").added == 6
    data = Sequences(settings.data / "music.parquet")
    assert {len(data.array(number)) for number in range(6)} == {1, 3}
    assert data.figures(0) == {"frames_per_quarter": 4.0, "voices": 1.0}
    long = next(data.array(number) for number in range(6) if len(data.array(number)) == 3)
    assert long.tolist() == [[71, 59], [60, 72], [-1, 48]]


def test_a_folder_gives_all_it_has_and_bad_files_their_reasons(settings, tmp_path):
    folder = tmp_path / "music"
    (folder / "more").mkdir(parents=True)
    write_midi(folder / "one.mid", [(60, 0, 4)])
    write_midi(folder / "more" / "two.midi", [(64, 0, 2)])
    (folder / "empty.mid").write_bytes(b"")
    (folder / "broken.mat").write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200))
    (folder / "broken.npz").write_bytes(b"PK\3\4 no archive")
    (folder / "notes.txt").write_text("nothing")
    roll_set(folder / "narrow.mat", pieces=1, keys=40)
    report = take_in(settings, folder)
    assert report.added == 2
    told = " ".join(reasons(report))
    assert report.rejected == 6
    assert "empty.mid cannot be read as MIDI" in told
    assert "broken.mat cannot be read as a .mat file" in told
    assert "broken.npz cannot be read as a .npz file" in told
    assert told.count("it has the shape (5, 40): frames of 88 keys, each 0 or 1, are accepted") == 3


def crash(file, names):
    os.abort()


def test_a_file_that_crashes_its_reader_is_refused_like_any_other(settings, tmp_path, monkeypatch):
    monkeypatch.setattr("tasks.sources.matlab._load", crash)
    report = take_in(settings, roll_set(tmp_path / "crash.mat"))
    assert reasons(report) == [f"{tmp_path / 'crash.mat'} cannot be read as a .mat file: it is damaged."]


def test_a_source_that_is_no_music_is_refused(tmp_path):
    with pytest.raises(AtelierError, match=r"is no music: \.mid, \.midi, \.mat, \.npz files, or a folder of them"):
        open_sequences(str(tmp_path), "music", {}, LICENCE)
    with pytest.raises(AtelierError, match="music comes in files without columns"):
        open_sequences(str(tmp_path), "music", {"title": "name"}, LICENCE)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"train_pitches": [[60]]}, "lacks train_pitches (frames, voices) with train_lengths"),
        ({"train_pitches": [[60]], "train_lengths": [2]}, "train_lengths that sum to its frames"),
        ({"train_pitches": [[60.5]], "train_lengths": [1]}, "whole numbers both"),
        ({"frames_per_quarter": [4, 4]}, "frames_per_quarter is no whole number from 1 to 64"),
    ],
)
def test_archives_of_something_else_are_refused(settings, tmp_path, arrays, words):
    np.savez(tmp_path / "a.npz", **{name: np.array(value) for name, value in arrays.items()})
    report = take_in(settings, tmp_path / "a.npz")
    assert report.rejected == 1
    assert words in reasons(report)[0]


def test_pieces_of_an_archive_without_notes_or_off_the_piano_are_refused(settings, tmp_path):
    arrays = {f"{split}_pitches": np.array([[-1], [-1], [60]]) for split in ("train", "valid", "test")}
    arrays |= {f"{split}_lengths": np.array([2, 1]) for split in ("train", "valid", "test")}
    arrays["test_pitches"] = np.array([[60], [60], [109]])
    np.savez(tmp_path / "a.npz", **arrays)
    report = take_in(settings, tmp_path / "a.npz")
    assert report.added == 3
    assert sorted(reasons(report)) == [
        "it has pitches from 109 to 109: those of a piano, 21 to 108, and -1 for none, are accepted",
        "there are no notes in it",
        "there are no notes in it",
    ]


@pytest.mark.real_data
def test_the_published_sets_come_in_whole(settings, real_data):
    report = take_in(settings, real_data / "music" / "polyphonic_2012" / "JSB_Chorales.mat")
    assert (report.added, report.rejected) == (382, 0)
    report = take_in(settings, real_data / "music" / "jsb_chorales_16th_satb.npz")
    assert (report.added, report.rejected) == (382, 0)
    data = Sequences(settings.data / "music.parquet")
    frames = sum(len(data.array(number)) for number in data.where("test") if data.figures(number)["voices"] == 0)
    assert frames == 4725
