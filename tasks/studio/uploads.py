"""Pictures that a person brings to the page: looked at like any other, and kept by what they are, not by their name."""

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from artmodels.errors import AtelierError
from tasks.decode import decode
from tasks.files import replacing
from tasks.settings import Settings

_SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif", "JPEG2000": ".jp2"}
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Source:
    """A picture to work on, or a style: its file, and what it is called."""

    path: Path
    sha256: str
    title: str


def keep_upload(settings: Settings, data: bytes, name: str) -> Source:
    """Check a picture that was brought, keep it, and return it.

    Args:
        settings: the limits on pictures, and where the scratch folder is.
        data: the file.
        name: what the browser says that it is called; for people, not for the disk.

    Raises:
        AtelierError: it is no picture, or too large.
    """
    if len(data) > settings.max_download_bytes:
        raise AtelierError(f"The picture has {len(data)} bytes; accepted are {settings.max_download_bytes}.")
    kind = decode(data, settings.max_pixels, 1).format
    sha256 = hashlib.sha256(data).hexdigest()
    suffix = _SUFFIXES.get(kind, f".{kind.lower()}")
    path = _folder(settings) / sha256[:20] / f"{plain_name(name)}{suffix}"
    if not path.is_file():
        with replacing(path) as part:
            part.write_bytes(data)
    return Source(path, sha256, path.stem.replace("-", " "))


def find_upload(settings: Settings, sha256: str) -> Path:
    """Return the picture that was brought with these bytes.

    Raises:
        AtelierError: there is none.
    """
    folder = _folder(settings) / sha256[:20]
    if not sha256.isalnum() or not folder.is_dir():
        raise AtelierError("There is no such picture.")
    return next(path for path in sorted(folder.iterdir()) if not path.name.startswith("."))


def plain_name(name: str) -> str:
    """Return what may be read of a name and can stand in a path: letters and digits of its last part, up to 60."""
    stem = PurePosixPath(name.replace("\\", "/")).stem
    kept = "".join(letter if letter.isalnum() or letter in "-_" else " " for letter in stem)
    return "-".join(kept.split())[:_LONGEST_NAME].strip("-") or "picture"


def _folder(settings: Settings) -> Path:
    return settings.scratch / "studio" / "uploads"
