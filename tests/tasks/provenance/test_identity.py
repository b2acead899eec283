from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from artmodels.errors import AtelierError
from tasks.batch.encode import encode_picture
from tasks.provenance import open_credentials
from tasks.provenance.reading import Verifier
from tasks.settings import Settings


def issue(name, key, issuer, signing, *, authority=False, days=30, purpose=ExtendedKeyUsageOID.EMAIL_PROTECTION):
    """Return a certificate as a studio would buy one."""
    now = datetime.now(UTC)

    def named(text):
        return x509.Name(
            [x509.NameAttribute(getattr(NameOID, kind), text) for kind in ("ORGANIZATION_NAME", "COMMON_NAME")]
        )

    usage = dict.fromkeys(
        [
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ],
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(authority, None), True)
        .add_extension(
            x509.KeyUsage(digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, **usage), True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), False)
    )
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), False)
    return builder.sign(signing, None if isinstance(signing, ed25519.Ed25519PrivateKey) else SHA256())


def pem(key, password=None):
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


@pytest.fixture
def own(tmp_path):
    """Write a studio's own certificate and key; return settings that name them."""

    def own(key=None, password=None, **options):
        root = tmp_path / "own"
        root.mkdir(exist_ok=True)
        authority, key = generate_private_key(SECP256R1()), key or generate_private_key(SECP256R1())
        chain = [
            issue("Studio Ada", key, "A root", authority, **options),
            issue("A root", authority, "A root", authority, authority=True),
        ]
        (root / "chain.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in chain))
        (root / "key.pem").write_bytes(pem(key, password and password.encode()))
        more = {"signing_key_password": password} if password else {}
        return Settings(root=root, signing_certificate="chain.pem", signing_key="key.pem", **more)

    return own


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(lambda: generate_private_key(SECP256R1()), id="P-256"),
        pytest.param(lambda: rsa.generate_private_key(65537, 2048), id="RSA"),
        pytest.param(ed25519.Ed25519PrivateKey.generate, id="Ed25519"),
    ],
)
def test_a_studio_signs_with_its_own_certificate(own, key, tmp_path, make_painting):
    settings = own(key())
    picture = tmp_path / "a.png"
    picture.write_bytes(open_credentials(settings).sign(encode_picture(make_painting(1), ".png"), "a.png", {}))
    verdict = Verifier(settings).verify(picture)
    assert verdict.state == "intact"
    assert verdict.says["signed_by"] | {"own": True, "local": False, "name": "Studio Ada"} == verdict.says["signed_by"]
    assert not (settings.scratch / "credentials").exists()


def test_a_key_may_have_a_password(own, make_painting):
    settings = own(password="sesame")
    assert open_credentials(settings).sign(encode_picture(make_painting(1), ".png"), "a.png", {})
    assert "sesame" not in repr(settings)
    with pytest.raises(AtelierError, match="ATELIER_SIGNING_KEY_PASSWORD"):
        open_credentials(settings.model_copy(update={"signing_key_password": None}))


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda root: (root / "chain.pem").write_text("no certificate"), r"certificate .*chain\.pem cannot be read"),
        (lambda root: (root / "chain.pem").unlink(), r"certificate .*chain\.pem cannot be read"),
        (lambda root: (root / "key.pem").write_text("no key"), r"key .*key\.pem cannot be read"),
        (
            lambda root: (root / "key.pem").write_bytes(pem(generate_private_key(SECP256R1()))),
            r"key\.pem does not belong to the first certificate",
        ),
    ],
)
def test_files_that_cannot_sign_are_said_before_a_job(own, spoil, fault):
    settings = own()
    spoil(settings.root)
    with pytest.raises(AtelierError, match=fault):
        open_credentials(settings)


def test_one_of_the_two_alone_is_not_enough(own):
    settings = own()
    with pytest.raises(AtelierError, match="ATELIER_SIGNING_CERTIFICATE is set without ATELIER_SIGNING_KEY"):
        open_credentials(settings.model_copy(update={"signing_key": None}))
    with pytest.raises(AtelierError, match="ATELIER_SIGNING_KEY is set without ATELIER_SIGNING_CERTIFICATE"):
        open_credentials(settings.model_copy(update={"signing_certificate": None}))


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"days": -1}, id="expired"),
        pytest.param({"purpose": ExtendedKeyUsageOID.CODE_SIGNING}, id="for code"),
    ],
)
def test_a_certificate_that_c2pa_refuses_is_found_before_a_job(own, options):
    with pytest.raises(AtelierError, match=r"ATELIER_SIGNING_CERTIFICATE='chain\.pem' cannot sign pictures"):
        open_credentials(own(**options))


def test_a_curve_that_c2pa_does_not_know_is_named(own):
    with pytest.raises(AtelierError, match=r"key\.pem is of a kind that C2PA does not know"):
        open_credentials(own(generate_private_key(SECP256K1())))
