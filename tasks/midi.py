"""MIDI files, read into frames and written from them."""

import math
from pathlib import Path

import mido
import numpy as np

from artmodels.errors import AtelierError
from artmodels.music.notes import KEYS, LOWEST
from artmodels.music.voices import Held, held_notes

FINEST = 4
"""Frames of a quarter note that a file is read at, at the least, before it is thinned to what is asked for."""

MOST_FRAMES = 100_000
"""Of a file: hours of music."""

TICKS = 480
"""Of a quarter note, in the files that are written."""

DRUMS = 9
"""The channel whose notes are no pitches."""

_VELOCITY = 72


def read_midi(path: Path, frames_per_quarter: int = FINEST) -> np.ndarray:
    """Read the pitches that sound at the beginning of each frame: `(T, V) int16`, the highest first, -1 for none.

    Notes begin and end at the nearest frame of `FINEST` a quarter note or finer; silence before the first note is left
    out, and so are drums.

    Raises:
        AtelierError: the file is empty, damaged or without notes, counts no quarter notes, or leaves the piano's keys.
    """
    spans, ticks = _spans(path)
    if not spans:
        raise AtelierError(f"{path} has no notes: a MIDI file with pitches on other channels than drums is accepted.")
    lowest, highest = min(pitch for pitch, _, _ in spans), max(pitch for pitch, _, _ in spans)
    if lowest < LOWEST or highest >= LOWEST + KEYS:
        raise AtelierError(
            f"{path} has pitches from {lowest} to {highest}: those of a piano, {LOWEST} to {LOWEST + KEYS - 1}, "
            "are accepted."
        )
    fine = math.lcm(FINEST, frames_per_quarter)
    begun = min(start for _, start, _ in spans)
    rounded = [(pitch, *(round((tick - begun) * fine / ticks) for tick in span)) for pitch, *span in spans]
    frames = max(max(start + 1, stop) for _, start, stop in rounded)
    if frames > MOST_FRAMES:
        raise AtelierError(f"{path} lasts {frames // fine} quarter notes: {MOST_FRAMES // fine} are the most accepted.")
    roll = np.zeros((frames, KEYS), bool)
    for pitch, start, stop in rounded:
        roll[start : max(start + 1, stop), pitch - LOWEST] = True
    return pitches_of_roll(roll[:: fine // frames_per_quarter])


def pitches_of_roll(roll: np.ndarray) -> np.ndarray:
    """Return the pitches `(T, V) int16` of a piano roll `(T, KEYS)`, the highest first, -1 for none."""
    width = max(1, int(roll.sum(1).max(initial=0)))
    sounding = np.where(roll, np.arange(KEYS) + LOWEST, -1)
    pitches: np.ndarray = -np.sort(-sounding, axis=1)[:, :width]
    return pitches.astype(np.int16)


def midi_of(voices: np.ndarray, frames_per_quarter: int, beats_per_minute: float) -> mido.MidiFile:
    """Return a file with a track for each voice `(T, V)`, -1 for a rest; see `artmodels.music.voices`."""
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS)
    tempo = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(beats_per_minute))])
    file.tracks.append(tempo)
    for held in held_notes(voices):
        file.tracks.append(_track(held, TICKS / frames_per_quarter))
    return file


def _track(held: list[Held], per_frame: float) -> mido.MidiTrack:
    track, now = mido.MidiTrack(), 0
    for note in held:
        start, stop = round(note.start * per_frame), round(note.stop * per_frame)
        track.append(mido.Message("note_on", note=note.pitch, velocity=_VELOCITY, time=start - now))
        track.append(mido.Message("note_off", note=note.pitch, velocity=0, time=stop - start))
        now = stop
    return track


def _spans(path: Path) -> tuple[list[tuple[int, int, int]], int]:
    """Return pitch, first tick and last tick of each note, and the ticks of a quarter note."""
    try:
        file = mido.MidiFile(path)
    except OSError as error:
        # mido says so, too, of files that are no MIDI.
        raise AtelierError(
            f"{path} cannot be read as MIDI: {error.strerror or error or 'it ends too early'}."
        ) from error
    except (EOFError, ValueError, IndexError, KeyError, TypeError, LookupError) as error:
        raise AtelierError(f"{path} cannot be read as MIDI: {error or 'it ends too early'}.") from error
    if not 0 < file.ticks_per_beat < 0x8000:
        raise AtelierError(f"{path} counts time in seconds: MIDI files that count quarter notes are accepted.")
    return [span for track in file.tracks for span in _track_spans(track)], file.ticks_per_beat


def _track_spans(track: mido.MidiTrack) -> list[tuple[int, int, int]]:
    spans: list[tuple[int, int, int]] = []
    sounding: dict[tuple[int, int], int] = {}
    tick = 0
    for message in track:
        tick += message.time
        if message.type not in ("note_on", "note_off") or message.channel == DRUMS:
            continue
        key = (message.channel, message.note)
        if key in sounding:
            spans.append((message.note, sounding.pop(key), tick))
        if message.type == "note_on" and message.velocity:
            sounding[key] = tick
    # Notes that are never let go end with the track.
    return spans + [(pitch, start, tick) for (_, pitch), start in sounding.items()]
