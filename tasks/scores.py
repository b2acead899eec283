"""Voices become a score: MusicXML, which notation programs open, by music21."""

import numpy as np

from artmodels.music.voices import Held, held_notes

_NAMES = ("Soprano", "Alto", "Tenor", "Bass")


def musicxml_of(voices: np.ndarray, frames_per_quarter: int, beats_per_minute: float, title: str) -> bytes:
    """Return a score with a staff for each voice `(T, V)`, -1 for a rest, in 4/4 and the key it seems to be in."""
    # music21 takes a second and a half to import, and only scores need it.
    from music21 import metadata, meter, note, stream, tempo
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    score = stream.Score()
    score.metadata = metadata.Metadata(title=title, composer="composed by a model")
    for number, held in enumerate(held_notes(voices)):
        part = stream.Part(id=f"voice-{number + 1}")
        part.partName = _NAMES[number] if voices.shape[1] == len(_NAMES) else f"Voice {number + 1}"
        part.append(meter.TimeSignature("4/4"))
        if number == 0:
            part.append(tempo.MetronomeMark(number=beats_per_minute))
        for pitch, frames in _with_rests(held, len(voices)):
            one = note.Note(pitch) if pitch >= 0 else note.Rest()
            one.quarterLength = frames / frames_per_quarter
            part.append(one)
        score.append(part)
    _write_in_key(score)
    written: bytes = GeneralObjectExporter().parse(score)
    return written


def _with_rests(held: list[Held], frames: int) -> list[tuple[int, int]]:
    """Pitch, -1 for a rest, and frames of all that a voice does, without a gap."""
    whole, now = [], 0
    for note in [*held, Held(-1, frames, frames)]:
        whole += [(-1, note.start - now), (note.pitch, note.stop - note.start)]
        now = note.stop
    return [(pitch, length) for pitch, length in whole if length]


def _write_in_key(score: "object") -> None:
    """Give all staves the key signature that fits best, and write its notes in flats where it has flats."""
    from music21 import key, stream

    assert isinstance(score, stream.Score)
    if not len(score.recurse().notes):
        return
    found = score.analyze("key")
    for part in score.parts:
        part.insert(0, key.KeySignature(found.sharps))
    if found.sharps < 0:
        for pitch in score.pitches:
            if pitch.accidental is not None and pitch.accidental.alter > 0:
                pitch.getHigherEnharmonic(inPlace=True)
