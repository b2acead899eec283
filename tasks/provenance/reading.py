"""Reads credentials back: what a file says of itself, whether that is still true of it, and who says so."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from c2pa import C2paError, Context, Reader
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from artmodels.errors import AtelierError
from tasks.decode import BadPicture, read_header
from tasks.provenance.beside import Noted, noted_in_ledger
from tasks.provenance.credentials import CONTEXT, MEDIA_TYPES, SIDECAR
from tasks.provenance.identity import Identity, find_identity
from tasks.provenance.manifest import ASSERTION, SOURCE_TYPE
from tasks.settings import Settings

State = Literal["intact", "unknown signer", "altered", "no credentials", "damaged"]

_METADATA = "org.atelier."


@dataclass(frozen=True)
class Verdict:
    """What can be said of a file.

    Attributes:
        picture: the file.
        state: `intact`: as it was signed, by someone who is known. `unknown signer`: as it was signed, but anyone may
            have done that. `altered`: the file or its credentials are not what was signed. `no credentials`: nothing
            is signed. `damaged`: it cannot be read.
        why: what is wrong, in words; empty where nothing is.
        says: what the credentials say; nothing where there are none.
        ledger: what the ledger of the job's folder says of the file; None where there is no ledger, or it is not in it.
    """

    picture: Path
    state: State
    why: str = ""
    says: dict[str, Any] = field(default_factory=dict)
    ledger: Noted | None = None


class Verifier:
    """Tells of files what their credentials are worth.

    Args:
        settings: who this studio signs as, and whom it trusts.

    Raises:
        AtelierError: the studio's certificate, or its list of others', cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        self._own = find_identity(settings)
        anchors = (self._own.anchor if self._own else "") + _trusted(settings)
        try:
            self._context = Context.from_dict(CONTEXT | ({"trust": {"user_anchors": anchors}} if anchors else {}))
        except C2paError as error:
            raise AtelierError(f"The trusted certificates cannot be used: {error}") from error

    def verify(self, picture: Path) -> Verdict:
        """Read a file's credentials, in it or beside it, and check them; nothing is fetched from anywhere.

        Raises:
            AtelierError: there is no such file, or the ledger beside it is damaged.
        """
        if not picture.is_file():
            raise AtelierError(f"{picture} does not exist: name a picture.")
        try:
            reader = self._open(picture)
        except C2paError.NotSupported:
            return _unreadable(picture)
        except (C2paError, OSError) as error:
            return Verdict(picture, "damaged", f"it cannot be read ({_words(error)})")
        noted = noted_in_ledger(picture)
        if reader is None:
            return _unsigned(picture, noted)
        with reader:
            return self._judge(picture, reader, noted)

    def _open(self, picture: Path) -> Reader | None:
        """Return a reader of the credentials in a file, or beside it; None where there are none."""
        # What a name does not tell, the library finds out from the file.
        kind = MEDIA_TYPES.get(picture.suffix.lower())
        reader = Reader.try_create(kind, str(picture), context=self._context)
        sidecar = picture.with_suffix(SIDECAR)
        if reader is None and sidecar.is_file():
            return Reader(kind, str(picture), sidecar.read_bytes(), context=self._context)
        return reader

    def _judge(self, picture: Path, reader: Reader, noted: Noted | None) -> Verdict:
        store = json.loads(reader.json())
        says = _said(store, self._own)
        faults = (store.get("validation_results") or {}).get("activeManifest", {}).get("failure", [])
        serious = [one for one in faults if one["code"] != "signingCredential.untrusted"]
        if serious:
            return Verdict(picture, "altered", _fault(serious), says, noted)
        if store.get("validation_state") != "Trusted":
            return Verdict(
                picture, "unknown signer", "its signer is not known here: anyone may have signed", says, noted
            )
        if noted and not noted.same_file:
            return Verdict(picture, "altered", "the job's ledger knows other bytes under this name", says, noted)
        return Verdict(picture, "intact", "", says, noted)


def _said(store: Mapping[str, Any], own: Identity | None) -> dict[str, Any]:
    """Put what a manifest store says in plain words and numbers; of ours all, of others' what the standard has."""
    manifest = store["manifests"].get(store.get("active_manifest"), {})
    assertions = {one["label"]: one["data"] for one in manifest.get("assertions", [])}
    actions = (data["actions"] for label, data in assertions.items() if label.startswith("c2pa.actions"))
    first: Mapping[str, Any] = next((listed[0] for listed in actions if listed), {})
    generator = (manifest.get("claim_generator_info") or [{"name": manifest.get("claim_generator") or "unknown"}])[0]
    signature = manifest.get("signature_info") or {}
    results = (store.get("validation_results") or {}).get("activeManifest", {})
    # Whatever else is wrong: did the holder of a certificate that is known here sign this claim?
    codes = {one["code"] for one in results.get("success", [])}
    is_known = {"signingCredential.trusted", "claimSignature.validated"} <= codes
    is_own = is_known and own is not None and signature.get("cert_serial_number") == own.serial
    return {
        "generator": " ".join(filter(None, [generator.get("name"), generator.get("version")])),
        "when": first.get("when", ""),
        "source_type": str(first.get("digitalSourceType", "")).removeprefix(SOURCE_TYPE),
        **_ours(assertions.get(ASSERTION)),
        "inputs": [_input(one) for one in manifest.get("ingredients", [])],
        "signed_by": {
            "name": signature.get("common_name") or "unknown",
            "issuer": signature.get("issuer") or "unknown",
            "own": is_own,
            "local": is_own and own is not None and own.is_local,
            "known": is_known,
        },
    }


def _ours(assertion: Any) -> dict[str, Any]:
    """What our own assertion tells, as far as it has the form that we give it: others may write what they like."""
    if not isinstance(assertion, Mapping):
        return {}
    names = ("seed", "parameters", "edit", "key", "not_compared")
    told = {name: assertion[name] for name in names if name in assertion}
    model = assertion.get("model")
    if isinstance(model, Mapping):
        told["model"] = {name: model.get(name, "") for name in ("name", "version", "data_md5")}
    nearest = assertion.get("nearest")
    if isinstance(nearest, Mapping):
        told["nearest"] = {name: nearest.get(name, "") for name in ("title", "sha256", "distance", "copy")}
    return told


def _input(ingredient: Mapping[str, Any]) -> dict[str, Any]:
    metadata = ingredient.get("metadata") or {}
    told = {name.removeprefix(_METADATA): str(value) for name, value in metadata.items() if name.startswith(_METADATA)}
    return {"title": ingredient.get("title", ""), **told, "has_credentials": "active_manifest" in ingredient}


def _fault(faults: list[dict[str, str]]) -> str:
    """Say what the first fault means."""
    code = faults[0]["code"]
    if code in ("assertion.dataHash.mismatch", "assertion.bmffHash.mismatch", "assertion.boxesHash.mismatch"):
        return "it is not the picture that was signed: something in it was changed since"
    if code.startswith(("assertion.", "claim", "ingredient.")):
        return "its credentials were changed since they were signed"
    return f"its credentials do not hold: {faults[0].get('explanation', code)}"


def _unsigned(picture: Path, noted: Noted | None) -> Verdict:
    if noted is None:
        return Verdict(picture, "no credentials", "nothing says where it comes from")
    if not noted.same_file:
        return Verdict(
            picture,
            "altered",
            "its credentials are gone, and the job's ledger knows other bytes under this name",
            {},
            noted,
        )
    return Verdict(picture, "no credentials", "only the job's ledger, which is not signed, knows it", {}, noted)


def _unreadable(picture: Path) -> Verdict:
    """A file of a format that holds no credentials, or of none at all."""
    try:
        read_header(picture)
    except BadPicture as error:
        return Verdict(picture, "damaged", f"it is no picture that can be read ({error})")
    return _unsigned(picture, noted_in_ledger(picture))


def _trusted(settings: Settings) -> str:
    if settings.trusted_certificates is None:
        return ""
    path = settings.root / settings.trusted_certificates
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise AtelierError(f"ATELIER_TRUSTED_CERTIFICATES: {path} cannot be read: a PEM file is needed.") from error
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def _words(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
