"""The job: a video in, the same video repainted out, with a record of what it was made of."""

import hashlib
import json
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field

from artmodels.accept import accept
from artmodels.errors import AtelierError
from artmodels.pictures import shrink
from artmodels.style.controls import Controls
from artmodels.style.motion import FlickerMeter
from artmodels.style.painter import Style, StylePainter
from artmodels.style.steady import SteadyPainter
from tasks import registry
from tasks.decode import decode
from tasks.files import replacing
from tasks.paths import GivenPath
from tasks.progress import Show
from tasks.provenance import Credentials, open_credentials
from tasks.settings import Settings
from tasks.video.read import Clip, reading
from tasks.video.write import Write, writing_film, writing_folder


class VideoOrder(Controls):
    """What a person orders: a video, styles, and an artist's controls."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    clip: GivenPath = Field(description="A video file, or a folder of numbered pictures.")
    out: GivenPath = Field(description="The video to write, .mp4, or a new folder for numbered PNG files.")
    styles: tuple[GivenPath, ...] = Field(min_length=1, description="A picture, or several that are mixed.")
    size: int | None = Field(None, ge=16, le=8192, description="Shorter side of the result in pixels; None: as is.")
    model: str = Field("champion", description="Alias or number of the version.")
    steady: bool = Field(True, description="Paint each frame with the one before in mind, against flicker.")
    frames_per_second: float | None = Field(None, ge=0.1, le=240, description="Of a folder of pictures; None: 25.")


def order(**fields: Any) -> VideoOrder:
    """Check an order.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    wanted = accept(VideoOrder, fields)
    wanted.shares_of(len(wanted.styles))
    if wanted.out.suffix.lower() not in ("", ".mp4"):
        raise AtelierError(f"out={str(wanted.out)!r} is not accepted: an .mp4 file, or a folder's name without suffix.")
    if not wanted.clip.exists():
        raise AtelierError(f"clip: {wanted.clip} does not exist: name a video file or a folder of numbered pictures.")
    if wanted.out.resolve() == wanted.clip.resolve():
        raise AtelierError(f"out={str(wanted.out)!r} is the clip itself: name another file.")
    return wanted


def run(settings: Settings, wanted: VideoOrder, show: Show) -> dict[str, Any]:
    """Repaint a video; return its record, which is also written beside it as `OUT.json`.

    Raises:
        AtelierError: there is no such model, the video or the style is damaged, or nothing can be written.
    """
    version, painter = registry.open_model(settings, "style", wanted.model)
    assert isinstance(painter, StylePainter)
    styles = [painter.encode(decode(path, settings.max_pixels, 1).image, wanted.brush) for path in wanted.styles]
    record: dict[str, Any] = {
        "content": _identify(wanted.clip),
        "styles": [_identify(path) for path in wanted.styles],
        "model": {"name": version.family, "version": version.number, "data_md5": version.tags.get("data_md5", "")},
        "parameters": wanted.model_dump(mode="json", exclude={"clip", "out", "styles", "model"}),
    }
    signed = open_credentials(settings), dict(record)
    clips = reading(wanted.clip, settings.max_pixels, wanted.frames_per_second)
    with clips as clip, _writing(wanted, clip, *signed) as write:
        record |= _paint(painter, styles, wanted, clip, write, show)
    with replacing(wanted.out.with_name(wanted.out.name + ".json")) as part:
        part.write_text(json.dumps(record, indent=2) + "\n")
    return record


def _writing(
    wanted: VideoOrder, clip: Clip, credentials: Credentials, record: dict[str, Any]
) -> AbstractContextManager[Write]:
    if wanted.out.suffix:
        return writing_film(wanted.out, clip, wanted.clip, partial(credentials.sign_file, record=record))
    return writing_folder(wanted.out, partial(credentials.sign, record=record))


def _paint(
    painter: StylePainter, styles: list[Style], wanted: VideoOrder, clip: Clip, write: Write, show: Show
) -> dict[str, Any]:
    """Paint frame after frame; return how many, and what was measured."""
    steady, meter = SteadyPainter(painter, styles, wanted), FlickerMeter()
    done = 0
    for done, frame in enumerate(clip.frames, 1):
        content = frame.picture if wanted.size is None else shrink(frame.picture, wanted.size)
        if wanted.steady:
            painted = steady.paint(content)
            pictures = {"content": content, "unblended": painted.unblended, "steady": painted.picture}
            meter.add(pictures, painted.motion)
            write(painted.picture, frame)
        else:
            write(painter.repaint(content, styles, wanted), frame)
        show(done, max(done, clip.count), {})
    return {"frames": done, "frames_per_second": float(clip.rate), "sound": clip.sound, "flicker": meter.means()}


def _identify(path: Path) -> dict[str, str | None]:
    """Name a file by its bytes; a folder by its name."""
    digest = None
    if path.is_file():
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"path": str(path.resolve()), "sha256": digest}
