"""Downloads against servers that lie, drip, and send what was not asked for."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from artmodels.errors import AtelierError
from tasks.decode import BadPicture, decode
from tasks.sources import download as module
from tasks.sources.download import _trusted, download

LIMIT = 50_000


class Liar(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        {"/endless": self.endless, "/promise": self.promise, "/drip": self.drip, "/page": self.page}[self.path]()

    def endless(self):
        """No length, and no end."""
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(10_000))
        except OSError:
            self.server.cut_off.set()

    def promise(self):
        """A length beyond all bounds."""
        self.send_header("Content-Length", str(10**15))
        self.end_headers()
        self.wfile.write(b"little")

    def drip(self):
        """A byte now and then, each within the time that a read may take."""
        self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            for _ in range(1000):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.02)
        except OSError:
            pass

    def page(self):
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(b"<html><script>alert(1)</script></html>")

    def log_message(self, *arguments):
        """Keep quiet."""


@pytest.fixture(scope="module")
def liar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Addresses of an https server on this machine, whose certificate is trusted meanwhile."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem: Path = tmp_path_factory.mktemp("liar") / "liar.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    server.daemon_threads = True
    server.cut_off = threading.Event()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(pem))
        _trusted.cache_clear()

        def address(path: str) -> str:
            return f"https://localhost:{server.server_port}/{path}"

        address.cut_off = server.cut_off
        yield address
    _trusted.cache_clear()
    server.shutdown()
    server.server_close()


def test_what_has_no_end_is_cut_off(liar):
    with pytest.raises(AtelierError, match=f"longer than the {LIMIT} bytes of ATELIER_MAX_DOWNLOAD_BYTES"):
        download(liar("endless"), LIMIT, True)
    assert liar.cut_off.wait(10)


def test_a_length_beyond_the_limit_is_refused_before_a_byte_is_read(liar):
    with pytest.raises(AtelierError, match="longer than the"):
        download(liar("promise"), LIMIT, True)


def test_what_drips_is_given_up(liar, monkeypatch):
    monkeypatch.setattr(module, "MOST_SECONDS", 0.3)
    started = time.monotonic()
    with pytest.raises(AtelierError, match=r"took longer than 0\.3 seconds"):
        download(liar("drip"), LIMIT, True)
    assert time.monotonic() - started < 15


def test_what_is_no_picture_is_refused_whatever_it_says(liar):
    with pytest.raises(BadPicture, match="not a picture"):
        decode(download(liar("page"), LIMIT, True), 10**6, 1)


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.1", "0x7f000001", "2130706433", "0", "[::1]", "[::ffff:169.254.169.254]", "169.254.169.254"],
)
def test_no_way_of_writing_a_private_address_is_let_through(host):
    with pytest.raises(AtelierError, match=r"a private address|cannot be found|is not accepted|failed"):
        download(f"https://{host}/latest/meta-data", LIMIT, False)


def test_a_name_that_answers_differently_the_second_time_is_asked_once(monkeypatch):
    answers = iter(["93.184.216.34", "127.0.0.1", "169.254.169.254"])
    asked = []

    def resolve(host, port, *_, **__):
        asked.append(host)
        return [(2, 1, 6, "", (next(answers), port))]

    monkeypatch.setattr(module.socket, "getaddrinfo", resolve)
    assert module.checked_address("rebinding.example", 443, False) == "93.184.216.34"
    assert asked == ["rebinding.example"]
    with pytest.raises(AtelierError, match=r"127\.0\.0\.1, a private address"):
        module.checked_address("rebinding.example", 443, False)


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    mixed = [(2, 1, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(module.socket, "getaddrinfo", lambda *_, **__: mixed)
    with pytest.raises(AtelierError, match=r"10\.0\.0\.1, a private address"):
        module.checked_address("mixed.example", 443, False)
