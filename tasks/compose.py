"""The composing job: seeds, each composed into a piece, as items for the batch engine.

An item's picture is its piano roll. Beside it lie the piece as MIDI and MusicXML, and as sound where a synthesiser is
installed.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from artmodels.errors import AtelierError
from artmodels.music.composer import Composer
from artmodels.music.notes import notes_of, pitches_of
from artmodels.music.picture import draw_roll
from artmodels.music.voices import voices_of
from tasks import audio, registry
from tasks.batch import JSON, Item, Job, do_job, item_key
from tasks.batch.encode import CannotWrite
from tasks.compose_order import ComposeOrder
from tasks.files import replacing
from tasks.gallery import build_gallery
from tasks.midi import midi_of, read_midi
from tasks.progress import Show
from tasks.provenance import open_credentials
from tasks.registry import Version
from tasks.scores import musicxml_of
from tasks.settings import Settings

FRAMES = 64
"""Of a piece at most, where nothing else is asked for."""

COPY, NEW = "copies", "new pieces"
"""What the gallery's groups are called."""


def run(settings: Settings, wanted: ComposeOrder, show: Show) -> dict[str, Any]:
    """Do the job, or what is missing of it, and build its gallery; return the report.

    Raises:
        AtelierError: there is no such model, a MIDI file cannot be used, or the job's folder cannot be written.
    """
    return do_job(open_job(settings, wanted), show)


def open_job(settings: Settings, wanted: ComposeOrder) -> Job[Any]:
    """Open an order.

    Raises:
        AtelierError: there is no such model, or a MIDI file cannot be used.
    """
    version, composer = registry.open_model(settings, "music", wanted.model)
    assert isinstance(composer, Composer)
    # What cannot be used fails here, and not in the middle of the job.
    renderer = ComposeRenderer(composer, wanted, audio.synthesiser())

    def finish() -> dict[str, Any]:
        gallery = build_gallery(wanted.out, title=f"Composed by {version}", group_by="kind")
        return {"model": str(version), "gallery": str(gallery), "audio": renderer.synthesiser is not None}

    return Job(
        out=wanted.out,
        count=wanted.count,
        plan=partial(plan, wanted, version, renderer.suffixes),
        renderer=renderer,
        finish=finish,
        pinned={"model": str(version.number)},
        encode_threads=wanted.threads,
        sign=open_credentials(settings).sign_item,
    )


def plan(wanted: ComposeOrder, version: Version, suffixes: Sequence[str], numbers: Iterable[int]) -> Iterator[Item]:
    """Yield an item for each of the seeds that the order counts, with files of these suffixes beside its picture."""
    given: dict[str, JSON] = {
        name: _sha256(path) for name, path in (("phrase", wanted.phrase), ("soprano", wanted.soprano)) if path
    }
    parameters: dict[str, JSON] = {
        "temperature": wanted.temperature,
        "frames": None if wanted.soprano else wanted.frames or FRAMES,
        "beats_per_minute": wanted.beats_per_minute,
        **given,
    }
    for seed in (wanted.seed + number for number in numbers):
        # A version's number could be another model's in another registry; its run is this one's alone.
        key = item_key({"run": version.run_id, "seed": seed, "parameters": parameters})
        record: dict[str, JSON] = {
            "seed": seed,
            "model": {
                "name": version.family,
                "version": version.number,
                "data_md5": version.tags.get("data_md5", ""),
            },
            "parameters": {name: value for name, value in parameters.items() if value is not None},
        }
        beside = tuple(f"{seed:010d}{suffix}" for suffix in suffixes)
        yield Item(key=key, output=f"{seed:010d}.png", record=record, payload=seed, companions=beside)


class ComposeRenderer:
    """Composes seeds; writes the piece's files, and draws its piano roll."""

    def __init__(self, composer: Composer, wanted: ComposeOrder, synthesiser: list[str] | None) -> None:
        """Read the MIDI files that the order names.

        Raises:
            AtelierError: one cannot be used, or the phrase is no shorter than a piece.
        """
        self.composer, self.wanted, self.synthesiser = composer, wanted, synthesiser
        per_quarter = composer.frames_per_quarter
        self.phrase = notes_of(read_midi(wanted.phrase, per_quarter)) if wanted.phrase else None
        self.soprano = notes_of(read_midi(wanted.soprano, per_quarter))[:, 0] if wanted.soprano else None
        if self.phrase is not None and len(self.phrase) >= self._frames():
            raise AtelierError(
                f"phrase: {wanted.phrase} has {len(self.phrase)} frames, and a piece has {self._frames()}: "
                "raise frames, or shorten the phrase."
            )

    @property
    def suffixes(self) -> list[str]:
        """Of the files beside a picture."""
        return [".mid", ".musicxml", *([".wav"] if self.synthesiser else [])]

    def decode(self, item: Item) -> Item:
        """There is nothing to read."""
        return item

    def shape(self, decoded: Item) -> tuple[int, ...]:
        """Any two pieces may share a batch."""
        return ()

    def render(self, batch: list[Item]) -> list[np.ndarray]:
        """Compose the pieces of a batch: their piano rolls, `(H, W, 3) uint8` each."""
        return [self._render(item) for item in batch]

    def _render(self, item: Item) -> np.ndarray:
        notes = self._compose(item.payload)
        shared, limit = self.composer.passages.longest(notes), self.composer.passages.limit
        findings: dict[str, JSON] = {
            "kind": COPY if shared > limit else NEW,
            "frames": len(notes),
            "longest passage shared": f"{shared} frames; more than {limit} would be a copy",
        }
        item.record.update({"findings": findings, "files": list(item.companions)})
        self._write(item, notes)
        return draw_roll(notes, per_bar=4 * self.composer.frames_per_quarter)

    def _compose(self, seed: int) -> np.ndarray:
        if self.soprano is not None:
            return self.composer.harmonise(seed, self.soprano, self.wanted.temperature)
        return self.composer.compose(seed, self._frames(), self.wanted.temperature, self.phrase)

    def _frames(self) -> int:
        return self.wanted.frames or FRAMES

    def _write(self, item: Item, notes: np.ndarray) -> None:
        """Write the piece's files, each whole or not at all."""
        midi, score, *sound = [self.wanted.out / name for name in item.companions]
        voices, pace = voices_of(pitches_of(notes)), self.wanted.beats_per_minute
        per_quarter = self.composer.frames_per_quarter
        try:
            with replacing(midi) as part:
                midi_of(voices, per_quarter, pace).save(part)
            with replacing(score) as part:
                part.write_bytes(musicxml_of(voices, per_quarter, pace, f"Seed {item.payload}"))
            for path in sound:
                assert self.synthesiser is not None
                audio.play(self.synthesiser, midi, path)
        except OSError as error:
            raise CannotWrite(midi, error) from error


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AtelierError(f"{path} cannot be read: {error.strerror}.") from error
