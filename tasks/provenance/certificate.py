"""The certificate that a studio signs with: its own, or one that is made on this machine when it is first needed."""

import os
import secrets
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from filelock import FileLock

FOLDER = "credentials"
"""Where a local certificate is, in the scratch of this machine."""

CHAIN, KEY = "chain.pem", "key.pem"
"""Files of a local certificate: it and the authority that issued it, and its private key."""

# Without a timestamp of a third party a signature is good for as long as its certificate.
_YEARS = 30


def local_certificate(scratch: Path) -> tuple[Path, Path]:
    """Return the files of this machine's certificate and its private key; make them the first time.

    The certificate is issued by an authority of its own, because C2PA accepts none that signed itself. The authority's
    key is thrown away at once: nothing else can ever be issued in its name. Only the owner may read the private key.
    """
    folder = scratch / FOLDER
    if not folder.is_dir():
        scratch.mkdir(parents=True, exist_ok=True)
        with FileLock(scratch / "credentials.lock"):
            if not folder.is_dir():
                _make(folder)
    return folder / CHAIN, folder / KEY


def _make(folder: Path) -> None:
    """Write a new certificate and its key; the folder is there with both, or not at all."""
    authority, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    mark = secrets.token_hex(4)
    root = _issue(f"Atelier authority {mark}", authority, f"Atelier authority {mark}", authority, is_authority=True)
    own = _issue(f"Atelier studio {mark}", key, f"Atelier authority {mark}", authority, is_authority=False)
    part = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        (part / CHAIN).write_bytes(own.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM))
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with os.fdopen(os.open(part / KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(private)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _issue(
    name: str,
    key: EllipticCurvePrivateKey,
    issuer: str,
    signing: EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    """Return a certificate with what C2PA's profile asks for."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks of other machines may be a little behind.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), critical=True)
        .add_extension(_usage(is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if not is_authority:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(signing, SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Atelier, a local certificate"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _usage(is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
