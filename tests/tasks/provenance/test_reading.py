import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image

from artmodels.errors import AtelierError
from tasks.batch.encode import encode_picture, write_picture
from tasks.batch.ledger import Ledger
from tasks.provenance import open_credentials
from tasks.provenance.reading import Verifier
from tasks.provenance.words import as_line, told


@pytest.fixture
def signed(credentials, make_painting, photo, stylized, tmp_path):
    """A signed picture in a job's folder, with its ledger."""
    item, path = stylized(photo), tmp_path / "out" / "boat--night.png"
    with_credentials = lambda data: credentials.sign_item(item, data)  # noqa: E731
    written = write_picture(make_painting(2), path, sign=with_credentials)
    with Ledger(path.parent) as ledger:
        ledger.add_done(item, written, 0.1)
    return path


def say(verdict):
    return "\n".join(told(verdict))


def test_an_intact_picture_tells_all(studio, signed):
    verdict = Verifier(studio).verify(signed)
    assert verdict.state == "intact"
    words = say(verdict)
    assert "Made with Atelier" in words
    assert "made by a model from other pictures" in words
    assert "Model: style version 3, which learnt from the data 0123.dir." in words
    assert "From content 'boat.jpg', sha256 " in words
    assert "Signed by this studio's own certificate, made on this machine and known to nobody else" in words
    assert "knows these very bytes" in words
    assert json.loads(as_line(verdict))["says"]["model"]["version"] == 3


def test_one_changed_pixel_is_seen(studio, signed):
    data = bytearray(signed.read_bytes())
    data[-100] ^= 1
    signed.write_bytes(data)
    verdict = Verifier(studio).verify(signed)
    assert verdict.state == "altered"
    assert "something in it was changed since" in say(verdict)
    assert "It says: made with Atelier" in say(verdict)
    assert "Signed by this studio's own certificate" in say(verdict)


def test_changed_credentials_are_seen(studio, signed):
    signed.write_bytes(signed.read_bytes().replace(b"0123.dir", b"9999.dir", 1))
    verdict = Verifier(studio).verify(signed)
    assert verdict.state == "altered"
    assert "its credentials were changed" in say(verdict)


def test_a_picture_that_was_saved_again_has_lost_them(studio, signed):
    Image.open(signed).save(signed)
    verdict = Verifier(studio).verify(signed)
    assert verdict.state == "altered"
    assert "its credentials are gone, and the job's ledger knows other bytes" in say(verdict)


def test_a_picture_in_another_ones_place_is_seen(studio, signed, credentials, make_painting):
    signed.write_bytes(credentials.sign(encode_picture(make_painting(5), ".png"), signed.name, {}))
    verdict = Verifier(studio).verify(signed)
    assert verdict.state == "altered"
    assert "the job's ledger knows other bytes under this name" in verdict.why


def test_a_picture_made_without_credentials_is_known_to_its_ledger(studio, tmp_path, make_painting, photo, stylized):
    item = stylized(photo)
    with Ledger(tmp_path) as ledger:
        ledger.add_done(item, write_picture(make_painting(1), tmp_path / item.output), 0.1)
    verdict = Verifier(studio).verify(tmp_path / item.output)
    assert verdict.state == "no credentials"
    assert "only the job's ledger, which is not signed, knows it" in say(verdict)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP"])
def test_a_foreign_picture_says_nothing(studio, tmp_path, encode, make_painting, kind):
    path = tmp_path / f"foreign.{kind.lower()}"
    path.write_bytes(encode(make_painting(1), kind))
    verdict = Verifier(studio).verify(path)
    assert verdict.state == "no credentials"
    assert say(verdict) == f"{path}: no credentials: nothing says where it comes from."


def test_someone_elses_credentials_are_told_for_what_they_are(studio, stranger, tmp_path, make_painting):
    path = tmp_path / "theirs.png"
    data = encode_picture(make_painting(1), ".png")
    path.write_bytes(open_credentials(stranger).sign(data, path.name, {"model": {"name": "style", "version": 3}}))
    verdict = Verifier(studio).verify(path)
    assert verdict.state == "unknown signer"
    words = say(verdict)
    assert "anyone may have signed" in words
    assert "It says: made with Atelier" in words
    assert "who is not known here" in words


@pytest.mark.parametrize(
    "record",
    [{"model": "style\x1b[31m", "parameters": []}, {"model": {"version": "\x1b[2J"}}, {"seed": {"a": ["\n", None]}}],
)
def test_what_a_stranger_writes_is_neither_believed_nor_obeyed(studio, stranger, tmp_path, make_painting, record):
    path = tmp_path / "theirs.png"
    path.write_bytes(open_credentials(stranger).sign(encode_picture(make_painting(1), ".png"), path.name, record))
    verdict = Verifier(studio).verify(path)
    assert verdict.state == "unknown signer"
    assert "\x1b" not in say(verdict)
    assert json.loads(as_line(verdict))


def test_a_signer_may_be_made_known(studio, stranger, tmp_path, make_painting):
    path = tmp_path / "theirs.png"
    path.write_bytes(open_credentials(stranger).sign(encode_picture(make_painting(1), ".png"), path.name, {}))
    theirs = x509.load_pem_x509_certificates((stranger.scratch / "credentials" / "chain.pem").read_bytes())
    (tmp_path / "known.pem").write_bytes(theirs[-1].public_bytes(Encoding.PEM))
    knowing = studio.model_copy(update={"trusted_certificates": tmp_path / "known.pem"})
    verdict = Verifier(knowing).verify(path)
    assert verdict.state == "intact"
    assert "whose certificate is trusted here" in say(verdict)


@pytest.mark.parametrize("text", [None, "no certificate", "é"])
def test_a_list_of_signers_that_cannot_be_read_is_said(studio, tmp_path, text):
    path = tmp_path / "known.pem"
    if text is not None:
        path.write_text(text)
    with pytest.raises(AtelierError, match="TRUSTED_CERTIFICATES"):
        Verifier(studio.model_copy(update={"trusted_certificates": path}))


@pytest.mark.parametrize("spoil", [lambda data: data[: len(data) // 2], lambda _: b"no picture at all", lambda _: b""])
def test_a_damaged_file_is_one_line(studio, signed, spoil):
    signed.write_bytes(spoil(signed.read_bytes()))
    verdict = Verifier(studio).verify(signed)
    assert verdict.state == "damaged"
    assert len(say(verdict).splitlines()) == 1


def test_reading_makes_no_certificate(settings, stranger, tmp_path, make_painting):
    path = tmp_path / "theirs.png"
    path.write_bytes(open_credentials(stranger).sign(encode_picture(make_painting(1), ".png"), path.name, {}))
    assert Verifier(settings).verify(path).state == "unknown signer"
    assert not settings.scratch.exists()


def test_a_file_that_is_not_there_is_said(studio, tmp_path):
    with pytest.raises(AtelierError, match="does not exist: name a picture"):
        Verifier(studio).verify(tmp_path / "gone.png")
