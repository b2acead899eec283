"""A video's frames, one after the other: of any file that FFmpeg reads, or a folder of numbered pictures."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream

from artmodels.errors import AtelierError
from tasks.decode import BadPicture, decode
from tasks.sources.folder import SUFFIXES

UNSPECIFIED = 2
"""A colour matrix that a file does not name, as ITU-T H.273 numbers it."""


MISSING = 1.0
"""Seconds by which a video may end before it says it does: headers are not exact, but what is cut off is no video."""


@dataclass(frozen=True)
class Frame:
    """A frame: `(H, W, 3) uint8` sRGB, upright, of square pixels; when it is shown, and how long, in `Clip.tick`s."""

    picture: np.ndarray
    start: int
    duration: int


@dataclass(frozen=True)
class Clip:
    """A video that is open for reading.

    Attributes:
        frames: to be read once.
        tick: the unit of its times, in seconds.
        rate: frames a second, on average.
        count: how many frames there are, as far as the file tells; 0: it does not.
        sound: whether there is a sound track.
    """

    frames: Iterator[Frame]
    tick: Fraction
    rate: Fraction
    count: int
    sound: bool


@contextmanager
def reading(path: Path, max_pixels: int, frames_per_second: float | None) -> Iterator[Clip]:
    """Open a video file, or a folder of numbered pictures.

    Args:
        path: the file or folder.
        max_pixels: largest width x height accepted.
        frames_per_second: of a folder; None: 25. A file tells its own.

    Raises:
        AtelierError: there is no video, or it is damaged or too large; also while frames are read.
    """
    if path.is_dir():
        yield _open_folder(path, max_pixels, Fraction(frames_per_second or 25).limit_denominator(1001))
        return
    if frames_per_second is not None:
        raise AtelierError(f"frames_per_second is for folders of pictures: {path} is a file, which tells its own.")
    with open_file(path) as container:
        stream = container.streams.best("video")
        # A stream without a decoder has no size either: an SVG, for one.
        if not isinstance(stream, VideoStream) or stream.codec_context is None:
            raise AtelierError(f"{path} holds no pictures: a video file or a folder of pictures is accepted.")
        if stream.width * stream.height > max_pixels:
            raise AtelierError(f"{path} has {stream.width} x {stream.height}: more than {max_pixels} pixels a frame.")
        yield _open_stream(path, container, stream)


def open_file(path: Path) -> InputContainer:
    """Open a video file.

    Raises:
        AtelierError: it cannot be read.
    """
    with explaining(path):
        # An absolute name is taken for no protocol, and a playlist may not lead elsewhere.
        return av.open(str(path.absolute()), options={"protocol_whitelist": "file"})


@contextmanager
def explaining(path: Path) -> Iterator[None]:
    """Turn what FFmpeg finds wrong in a file into one sentence."""
    try:
        yield
    except av.FFmpegError as error:
        raise AtelierError(f"{path} cannot be read as a video: {error.strerror}.") from error


def beginning(container: InputContainer, tick: Fraction) -> int:
    """Return when a file's first picture or sound is: recordings of broadcasts begin at any time of the day."""
    return round(Fraction(container.start_time or 0, av.time_base) / tick)


def _open_stream(path: Path, container: InputContainer, stream: VideoStream) -> Clip:
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    seconds = Fraction(container.duration or 0, av.time_base)
    assert stream.time_base is not None, "a stream that is open has a time base"
    return Clip(
        frames=_read_stream(path, container, stream, rate),
        tick=stream.time_base,
        rate=rate,
        count=stream.frames or round(seconds * rate),
        sound=bool(container.streams.audio),
    )


def _read_stream(path: Path, container: InputContainer, stream: VideoStream, rate: Fraction) -> Iterator[Frame]:
    assert stream.time_base is not None
    stream.thread_type = "AUTO"
    interval = max(1, round(1 / rate / stream.time_base))
    begin = beginning(container, stream.time_base)
    follows, size = 0, None
    with explaining(path):
        for number, frame in enumerate(container.decode(stream), 1):
            if frame.is_corrupt:
                raise AtelierError(f"{path} is damaged at frame {number}: fetch it again, or cut it before that frame.")
            picture = _to_picture(frame, stream.sample_aspect_ratio or Fraction(1))
            size = size or (picture.shape[1], picture.shape[0])
            if size != (picture.shape[1], picture.shape[0]):
                picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
            # Where a file gives two frames one time, the second comes later.
            start = follows if frame.pts is None else max(follows, frame.pts - begin)
            yield Frame(picture, start, frame.duration or interval)
            follows = start + 1
    if size is None:
        raise AtelierError(f"{path} holds no frame that can be decoded.")
    missing = _stated_end(container, stream) - follows * stream.time_base
    if missing > MISSING:
        raise AtelierError(f"{path} ends {float(missing):.1f} s before the end that it states: fetch it again.")


def _stated_end(container: InputContainer, stream: VideoStream) -> Fraction:
    """Return the time in seconds at which the pictures end as the file has it; 0 where it does not say."""
    assert stream.time_base is not None
    if stream.duration:
        begin = beginning(container, stream.time_base)
        return (stream.duration + (stream.start_time or begin) - begin) * stream.time_base
    # The file's own length, unless that may be the sound's.
    return Fraction(0 if container.streams.audio else container.duration or 0, av.time_base)


def _to_picture(frame: VideoFrame, pixel: Fraction) -> np.ndarray:
    """Return a frame as `(H, W, 3) uint8` sRGB, upright; its pixels, `pixel` times as wide as high, become square."""
    # Files that do not say are taken as players take them: high definition has colours of its own.
    untold = frame.colorspace == UNSPECIFIED and frame.height >= 720
    picture = frame.to_ndarray(
        format="rgb24",
        width=max(1, round(frame.width * pixel)),
        src_colorspace=Colorspace.ITU709 if untold else None,
    )
    return np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90)))


def _open_folder(folder: Path, max_pixels: int, rate: Fraction) -> Clip:
    files = sorted((file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES), key=_number)
    if not files:
        raise AtelierError(f"{folder} holds no picture ({', '.join(sorted(SUFFIXES))}).")
    return Clip(_read_folder(files, max_pixels), 1 / rate, rate, len(files), sound=False)


def _read_folder(files: list[Path], max_pixels: int) -> Iterator[Frame]:
    first = None
    for index, file in enumerate(files):
        try:
            picture = decode(file, max_pixels, 1).image
        except BadPicture as error:
            raise AtelierError(f"The frame {file} cannot be read: {error}.") from error
        height, width = picture.shape[:2]
        first = first or (height, width)
        if first != (height, width):
            raise AtelierError(
                f"{file} has {width} x {height} pixels where the first frame has {first[1]} x {first[0]}."
            )
        yield Frame(picture, index, 1)


def _number(file: Path) -> tuple[list[int], str]:
    """Order `frame2` before `frame10`."""
    return [int(digits) for digits in re.findall(r"\d+", file.stem)], file.name
