"""Frames become a film, H.264 in MP4, or a folder of numbered pictures: whole, or not there at all."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from artmodels.errors import AtelierError
from tasks.batch.encode import write_picture
from tasks.files import TEMPORARY, replacing
from tasks.video.read import Clip, Frame
from tasks.video.sound import SoundTrack

QUALITY = 18
"""x264's constant rate factor: at 18 the difference to the painted frames is hardly seen."""

BT709 = 1
"""Colour matrix, primaries and transfer of high definition, as ITU-T H.273 numbers them."""

Write = Callable[[np.ndarray, Frame], None]
"""Takes a painted picture `(H, W, 3) uint8`, and the frame it was painted from, which tells its time."""


@contextmanager
def writing_film(
    path: Path, clip: Clip, source: Path, sign: Callable[[Path, Path], None] | None = None
) -> Iterator[Write]:
    """Write an MP4 with a clip's times and the sound of its source; it gets its name when the block ends well.

    `sign` is given the finished file, which has a temporary name, and `path`.

    Raises:
        AtelierError: the file cannot be written.
    """
    try:
        # The index goes to the front, so that a browser plays what it has.
        with replacing(path) as part:
            with av.open(str(part), "w", "mp4", options={"movflags": "+faststart"}) as container:
                film = _Film(container, clip, source)
                yield film.write
                film.finish()
            if sign is not None:
                sign(part, path)
    except (av.FFmpegError, OSError) as error:
        raise AtelierError(
            f"{path} cannot be written ({error.strerror}): a folder with free space is needed."
        ) from error


class _Film:
    def __init__(self, container: OutputContainer, clip: Clip, source: Path) -> None:
        self._container, self._clip, self._source = container, clip, source
        self._stream: VideoStream | None = None
        self._sound: SoundTrack | None = None

    def write(self, picture: np.ndarray, frame: Frame) -> None:
        """Encode a picture, and the sound up to it, so that a player finds both at one place of the file."""
        if self._stream is None:
            self._stream = self._add_stream(*picture.shape[:2])
            self._sound = SoundTrack(self._source, self._container) if self._clip.sound else None
        image = VideoFrame.from_ndarray(pad_even(picture), "rgb24").reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )
        image.pts, image.duration, image.time_base = frame.start, frame.duration, self._clip.tick
        self._container.mux(self._stream.encode(image))
        if self._sound is not None:
            self._sound.copy(until=frame.start * self._clip.tick)

    def finish(self) -> None:
        """Write what the encoder still holds, and the rest of the sound."""
        if self._stream is not None:
            self._container.mux(self._stream.encode(None))
        if self._sound is not None:
            self._sound.copy(until=None)

    def _add_stream(self, height: int, width: int) -> VideoStream:
        stream = self._container.add_stream("libx264", self._clip.rate, {"crf": str(QUALITY)})
        stream.height, stream.width, stream.pix_fmt = height + height % 2, width + width % 2, "yuv420p"
        coder = stream.codec_context
        coder.time_base = self._clip.tick
        coder.colorspace, coder.color_range = BT709, ColorRange.MPEG
        coder.color_primaries, coder.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        return stream


def pad_even(picture: np.ndarray) -> np.ndarray:
    """Repeat the last row and column where their number is odd: H.264's colours have half the pixels."""
    height, width = picture.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return picture
    return np.asarray(cv2.copyMakeBorder(picture, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE))


@contextmanager
def writing_folder(folder: Path, sign: Callable[[bytes, str], bytes] | None = None) -> Iterator[Write]:
    """Write `000001.png` and so on; the folder gets its name when the block ends well.

    `sign` is given each encoded picture and its name, and returns the file with its credentials in it.

    Raises:
        AtelierError: the folder is there already, or cannot be written.
    """
    if folder.exists():
        raise AtelierError(f"{folder} is there already: name a folder that is not, or an .mp4 file.")
    part = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}{TEMPORARY}")
    count = 0

    def write(picture: np.ndarray, _frame: Frame) -> None:
        nonlocal count
        count += 1
        path = part / f"{count:06}.png"
        write_picture(picture, path, sign=(lambda data: sign(data, path.name)) if sign else None)

    try:
        yield write
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
