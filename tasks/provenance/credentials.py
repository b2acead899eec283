"""Signs pictures: bytes before they are written, or files that are too large to be held in memory."""

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from c2pa import Builder, C2paError, Context, Reader

from artmodels.errors import AtelierError
from tasks.batch.plan import Item
from tasks.files import replacing
from tasks.provenance.catalogued import Catalogued
from tasks.provenance.identity import Identity, open_identity
from tasks.provenance.manifest import Input, inputs_of, manifest_of
from tasks.settings import Settings

Record: TypeAlias = Mapping[str, Any]

SignFile: TypeAlias = Callable[[Path, Path], None]
"""`Credentials.sign_file` of a known record: takes a file, and where it will be."""

MEDIA_TYPES = {
    **{".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"},
    **{".gif": "image/gif", ".mp4": "video/mp4"},
}
"""What credentials are put into, by the suffix of its name. Not TIFF: the library adds a page without a picture to it,
at which Pillow and others stumble."""

SIDECAR = ".c2pa"
"""The suffix, in place of the file's own, of credentials that lie beside it: where other C2PA tools look for them."""

EMBEDDED_BYTES = 64_000_000
"""Larger files get a sidecar: to put its credentials into a file, the library holds all of it in memory."""

# No network, ever; no thumbnails, which would be 20 kB a picture; large files through the disk.
CONTEXT: dict[str, Any] = {
    "verify": {"verify_after_sign": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
    "core": {"backing_store_memory_threshold_in_mb": 16},
}


class Credentials:
    """Signs what a job makes. May be used by several threads at once.

    Args:
        identity: who signs; None: nothing is signed, and everything stays as it is.
        catalogued: what the catalog knows of inputs.
    """

    def __init__(self, identity: Identity | None, catalogued: Catalogued | None) -> None:
        self._signer = identity.signer() if identity else None
        self._catalogued = catalogued
        self._context = Context.from_dict(CONTEXT)

    def sign_item(self, item: Item, data: bytes) -> bytes:
        """Return the file of an item's picture with its credentials in it.

        Raises:
            AtelierError: it cannot be signed.
        """
        return self.sign(data, item.output, item.record, item.key)

    def sign(self, data: bytes, name: str, record: Record, key: str = "", source: str = "") -> bytes:
        """Return a picture's file with its credentials in it: the pixels are the same.

        Args:
            data: the file.
            name: its name; the suffix tells its format.
            record: what it was made of; see `manifest_of` for this and the rest.
            key: of its item.
            source: how it came to be.

        Raises:
            AtelierError: it cannot be signed.
        """
        if self._signer is None:
            return data
        signed = io.BytesIO()
        try:
            builder = self._builder(name, record, key, source)
            builder.sign(self._signer, MEDIA_TYPES[Path(name).suffix.lower()], io.BytesIO(data), signed)
        except C2paError as error:
            raise AtelierError(f"{name} cannot be signed: {error}") from error
        return signed.getvalue()

    def sign_file(self, file: Path, path: Path, record: Record, key: str = "", source: str = "") -> None:
        """Put its credentials into a file, or beside what it will be called, where it is large or a TIFF.

        Args:
            file: the file as it is now.
            path: where it will be.
            record: what it was made of; see `sign` for the rest.
            key: of its item.
            source: how it came to be.

        Raises:
            AtelierError: it cannot be signed.
            OSError: the folder does not take the file.
        """
        if self._signer is None:
            return
        if path.suffix.lower() in MEDIA_TYPES and file.stat().st_size <= EMBEDDED_BYTES:
            file.write_bytes(self.sign(file.read_bytes(), path.name, record, key, source))
        else:
            manifest = self._sign_apart(file, path.name, record, key, source)
            with replacing(path.with_suffix(SIDECAR)) as part:
                part.write_bytes(manifest)

    def _sign_apart(self, file: Path, name: str, record: Record, key: str, source: str) -> bytes:
        """Return credentials that lie beside a file: bound to it by its digest, which needs no memory."""
        assert self._signer is not None
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").digest()
        bound = {"name": "the whole file", "alg": "sha256", "hash": list(digest), "pad": [], "exclusions": []}
        try:
            builder = self._builder(name, record, key, source, {"label": "c2pa.hash.data", "data": bound})
            builder.set_no_embed()
            return bytes(builder.sign(self._signer, "application/c2pa", io.BytesIO(), io.BytesIO()))
        except C2paError as error:
            raise AtelierError(f"{name} cannot be signed: {error}") from error

    def _builder(self, name: str, record: Record, key: str, source: str, *more: dict[str, Any]) -> Builder:
        manifest = manifest_of(record, Path(name).name, key, source)
        manifest["assertions"] += more
        inputs = list(inputs_of(record))
        signed = [one for one in inputs if has_credentials(one.path, one.sha256)]
        manifest["ingredients"] = [self._ingredient(one) for one in inputs if one not in signed]
        builder = Builder.from_json(json.dumps(manifest), self._context)
        for one in signed:
            # Its own credentials come along, so that the whole way of a picture can be followed.
            with one.path.open("rb") as file:
                builder.add_ingredient(self._ingredient(one), one.format, file)
        return builder

    def _ingredient(self, made_from: Input) -> dict[str, Any]:
        """Name an input, with what the catalog says of it."""
        told = {"role": made_from.role, "sha256": made_from.sha256}
        work = self._catalogued.find(made_from) if self._catalogued else None
        if work:
            told |= {"catalog_id": work["id"], **{name: work[name] for name in ("artist", "licence", "source")}}
        return {
            "title": (work and work["title"]) or made_from.path.name,
            "format": made_from.format,
            "relationship": "inputTo",
            "metadata": {f"org.atelier.{name}": value for name, value in told.items() if value},
        }


@lru_cache(maxsize=4096)
def has_credentials(path: Path, _sha256: str) -> bool:
    """Whether a file has credentials that can be read; what is no file, or has broken ones, is named without."""
    try:
        with path.open("rb") as file:
            return Reader.try_create(None, file, context=_reading()) is not None
    except (C2paError, OSError):
        return False


@cache
def _reading() -> Context:
    """A context that reads, and leaves the checking to others."""
    return Context.from_dict(CONTEXT | {"verify": CONTEXT["verify"] | {"verify_after_reading": False}})


def open_credentials(settings: Settings) -> Credentials:
    """Return what signs this project's pictures, as the settings say.

    Raises:
        AtelierError: the certificate cannot be used, or the catalog is damaged.
    """
    if not settings.credentials:
        return Credentials(None, None)
    identity = open_identity(settings)
    credentials = Credentials(identity, Catalogued(settings))
    if not identity.is_local:
        _try_out(credentials, settings)
    return credentials


def _try_out(credentials: Credentials, settings: Settings) -> None:
    """Sign a pixel: a certificate that C2PA does not accept is found before the first picture, not after the last."""
    _, pixel = cv2.imencode(".png", np.zeros((1, 1, 3), np.uint8))
    try:
        credentials.sign(pixel.tobytes(), "a pixel.png", {})
    except AtelierError as error:
        raise AtelierError(
            f"ATELIER_SIGNING_CERTIFICATE={str(settings.signing_certificate)!r} cannot sign pictures: {error}"
        ) from error
