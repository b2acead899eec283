"""Who signs: the certificate and key that the settings name, checked before the first picture is made."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from c2pa import C2paError, C2paSignerInfo, C2paSigningAlg, Signer
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from artmodels.errors import AtelierError
from tasks.provenance.certificate import FOLDER, local_certificate
from tasks.settings import Settings

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

_CURVES = {"secp256r1": C2paSigningAlg.ES256, "secp384r1": C2paSigningAlg.ES384, "secp521r1": C2paSigningAlg.ES512}


@dataclass(frozen=True)
class Identity:
    """A certificate that is signed with.

    Attributes:
        chain: certificates in PEM: the signer's own first, then those that vouch for it.
        key: private key in PEM, never shown.
        algorithm: that the key signs with.
        serial: number of the signer's certificate, in decimal digits.
        is_local: made on this machine; nobody else knows it.
    """

    chain: str
    key: str = field(repr=False)
    algorithm: C2paSigningAlg
    serial: str
    is_local: bool

    @property
    def anchor(self) -> str:
        """The last certificate of the chain, in PEM: what it vouches for is this studio's."""
        return self.chain[self.chain.rindex("-----BEGIN CERTIFICATE-----") :]

    def signer(self) -> Signer:
        """Return the library's signer.

        Raises:
            AtelierError: it does not accept the certificate.
        """
        try:
            return Signer.from_info(C2paSignerInfo(self.algorithm, self.chain.encode(), self.key.encode(), None))
        except C2paError as error:
            raise AtelierError(f"The signing certificate is not accepted: {error}") from error


def open_identity(settings: Settings) -> Identity:
    """Return what the settings name; without them this machine's own certificate, made the first time.

    Raises:
        AtelierError: only one of the two files is named, one cannot be read, or they do not belong together.
    """
    chain, key = settings.signing_certificate, settings.signing_key
    if (chain is None) != (key is None):
        given, missing = ("CERTIFICATE", "KEY") if chain else ("KEY", "CERTIFICATE")
        raise AtelierError(f"ATELIER_SIGNING_{given} is set without ATELIER_SIGNING_{missing}: set both, or neither.")
    if chain is None or key is None:
        return _read(*local_certificate(settings.scratch), None, is_local=True)
    secret = settings.signing_key_password
    password = secret.get_secret_value().encode() if secret else None
    return _read(settings.root / chain, settings.root / key, password, is_local=False)


def find_identity(settings: Settings) -> Identity | None:
    """Return who signs here, for those who only read: no certificate is made where there is none yet.

    Raises:
        AtelierError: see `open_identity`.
    """
    is_named = settings.signing_certificate is not None or settings.signing_key is not None
    return open_identity(settings) if is_named or (settings.scratch / FOLDER).is_dir() else None


def _read(chain: Path, key: Path, password: bytes | None, *, is_local: bool) -> Identity:
    try:
        certificates = x509.load_pem_x509_certificates(chain.read_bytes())
    except (OSError, ValueError) as error:
        raise AtelierError(
            f"The signing certificate {chain} cannot be read: a PEM file with the certificate and, after it, those "
            "that vouch for it is needed."
        ) from error
    private = _private_key(key, password)
    plain = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if certificates[0].public_key().public_bytes(*plain) != private.public_key().public_bytes(*plain):
        raise AtelierError(f"The key {key} does not belong to the first certificate in {chain}.")
    return Identity(
        chain="".join(one.public_bytes(Encoding.PEM).decode() for one in certificates),
        key=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        algorithm=_algorithm(private, key),
        serial=str(certificates[0].serial_number),
        is_local=is_local,
    )


def _private_key(path: Path, password: bytes | None) -> PrivateKey:
    try:
        return cast(PrivateKey, load_pem_private_key(path.read_bytes(), password))
    except (OSError, ValueError, TypeError) as error:
        raise AtelierError(
            f"The signing key {path} cannot be read: a private key in PEM is needed, and its password, if it has one, "
            "in ATELIER_SIGNING_KEY_PASSWORD."
        ) from error


def _algorithm(key: PrivateKey, path: Path) -> C2paSigningAlg:
    if isinstance(key, rsa.RSAPrivateKey):
        return C2paSigningAlg.PS256
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return C2paSigningAlg.ED25519
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    raise AtelierError(f"The signing key {path} is of a kind that C2PA does not know: P-256, RSA or Ed25519 are.")
