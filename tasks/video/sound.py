"""The sound track of a video, carried over to another as it is."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from tasks.video.read import beginning, explaining, open_file


class SoundTrack:
    """Adds the first sound track of a file to a film: copied, or encoded anew as AAC if MP4 has no place for its codec.

    The file is opened a second time for it, so that the sound is read as the pictures come, and not held in memory.
    """

    def __init__(self, source: Path, film: OutputContainer) -> None:
        self._film = film
        self._parts = _read(source, film)
        self._next = next(self._parts, None)

    def copy(self, until: Fraction | None) -> None:
        """Write what is heard up to a time, in seconds; None: all the rest."""
        while self._next is not None and (until is None or self._next[0] <= until):
            self._film.mux(self._next[1])
            self._next = next(self._parts, None)


def _read(source: Path, film: OutputContainer) -> Iterator[tuple[Fraction, list[Packet]]]:
    """Yield a time, in seconds, and what is to be written for it."""
    with open_file(source) as container:
        track = container.streams.best("audio")
        assert isinstance(track, AudioStream), "only asked for where there is sound"
        copy = _copied if track.codec_context.name in film.supported_codecs else _encoded
        with explaining(source):
            yield from copy(container, track, film)


def _copied(
    container: InputContainer, track: AudioStream, film: OutputContainer
) -> Iterator[tuple[Fraction, list[Packet]]]:
    target = film.add_stream_from_template(track)
    for packet in container.demux(track):
        # The last one is empty: it is for decoders.
        if packet.dts is None or packet.pts is None:
            continue
        begin = beginning(container, packet.time_base)
        packet.dts, packet.pts = packet.dts - begin, packet.pts - begin
        time = packet.dts * packet.time_base
        packet.stream = target
        yield time, [packet]


def _encoded(
    container: InputContainer, track: AudioStream, film: OutputContainer
) -> Iterator[tuple[Fraction, list[Packet]]]:
    # Of the number of channels alone: old files do not name their layout.
    target = film.add_stream("aac", track.rate, layout="mono" if track.channels == 1 else "stereo")
    time = Fraction(0)
    for frame in container.decode(track):
        assert frame.time_base is not None
        frame.pts = (frame.pts or 0) - beginning(container, frame.time_base)
        time = frame.pts * frame.time_base
        yield time, target.encode(frame)
    yield time, target.encode(None)
