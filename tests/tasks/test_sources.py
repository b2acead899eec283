import csv
import io
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from artmodels.errors import AtelierError
from tasks.sources import open_source
from tasks.sources.download import _is_public, _trusted, checked_address, download
from tasks.sources.table import read_rows


def test_a_folder_names_its_styles(pictures, settings):
    (pictures / "at-the-top.jpg").write_bytes(b"x")
    (pictures / "notes.txt").write_text("no picture")
    (pictures / ".hidden.png").write_bytes(b"x")
    candidates = list(open_source(str(pictures), settings, defaults={"licence": "CC0-1.0"}))
    assert [Path(one.where).relative_to(pictures).as_posix() for one in candidates] == [
        *(f"Cubism/{number}.png" for number in (1, 3, 5, 7)),
        *(f"Rococo/{number}.png" for number in (0, 2, 4, 6)),
        "at-the-top.jpg",
    ]
    assert candidates[0].metadata == {"kind": "artwork", "licence": "CC0-1.0", "style": "Cubism"}
    assert "style" not in candidates[-1].metadata
    assert candidates[0].fetch() == pictures / "Cubism" / "1.png"


def test_a_default_style_and_photographs_do_not_take_the_folders_name(pictures, settings):
    given_style = next(open_source(str(pictures), settings, defaults={"style": "Fauvism"}))
    assert given_style.metadata["style"] == "Fauvism"
    assert "style" not in next(open_source(str(pictures), settings, kind="photograph")).metadata


def test_a_csv_describes_a_folder(pictures, settings):
    (pictures / "labels.csv").write_text(
        "path,title,Epoch,wikiart_genre\nCubism/1.png,One,1910,portrait\nCubism/lost.png,Lost,,\nnotes.txt,,,\n"
    )
    (pictures / "notes.txt").write_text("named, so a candidate")
    columns = {"year": "Epoch", "genre": "wikiart_genre"}
    candidates = list(open_source(str(pictures), settings, metadata="labels.csv", columns=columns))
    assert len(candidates) == 10
    expected = {"kind": "artwork", "style": "Cubism", "title": "One", "year": "1910", "genre": "portrait"}
    assert candidates[0].metadata == expected
    lost = next(one for one in candidates if one.where.endswith("lost.png"))
    with pytest.raises(AtelierError, match="No such file"):
        lost.fetch()


def write_manifest(folder: Path, *rows: str) -> str:
    (folder / "list.csv").write_text("\n".join(["path,artist,source", *rows]) + "\n")
    return str(folder / "list.csv")


def test_a_manifest_lists_paths_and_addresses(pictures, settings):
    source = write_manifest(pictures, "Cubism/1.png,Ada,Museum", "https://example.org/a.jpg,Bea,")
    local, remote = open_source(source, settings, defaults={"artist": "nobody", "licence": "CC0-1.0"})
    assert local.fetch() == pictures / "Cubism" / "1.png"
    assert (local.metadata["artist"], local.metadata["source"]) == ("Ada", "Museum")
    assert (remote.where, remote.metadata["source"]) == ("https://example.org/a.jpg",) * 2


def test_manifests_cannot_leave_their_folder(pictures, settings, tmp_path):
    outside = tmp_path / "secret.png"
    outside.write_bytes(b"secret")
    (pictures / "link.png").symlink_to(outside)
    (pictures / "up").symlink_to(tmp_path)
    paths = ["../secret.png", "Cubism/../../secret.png", str(outside), "link.png", "up/secret.png"]
    candidates = list(open_source(write_manifest(pictures, *(f"{path},," for path in paths)), settings))
    assert len(candidates) == 5
    for candidate in candidates:
        with pytest.raises(AtelierError, match="leads outside its folder"):
            candidate.fetch()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "nowhere"}, "neither a folder nor a CSV"),
        ({"kind": "sculpture"}, "'sculpture' is not accepted: artwork, photograph"),
        ({"defaults": {"painter": "Ada"}}, "'painter' is not one of kind, title"),
        ({"metadata": "none.csv"}, "No metadata CSV at none.csv or"),
        ({"columns": {"genre": "g"}}, "needs a metadata CSV"),
        ({"metadata": "list.csv", "columns": {"genre": "g"}}, "no column 'g'.*it has path, artist, source"),
        ({"metadata": "list.csv", "columns": {"mood": "path"}}, "'mood' is not one of path, kind"),
        ({"metadata": "twice.csv"}, "column 'path' twice"),
        ({"metadata": "pathless.csv"}, "no column 'path'; it has file, title"),
        ({"metadata": "latin.csv"}, "not UTF-8"),
        ({"metadata": "long.csv"}, "line 2: 2 values under 1 columns"),
        ({"metadata": "empty.csv"}, "is empty"),
        ({"metadata": "open.csv"}, "cannot be read"),
        ({"metadata": "same.csv"}, "names 'a.png' twice"),
    ],
)
def test_faults_in_the_question_are_named(pictures, settings, arguments, message):
    write_manifest(pictures)
    (pictures / "twice.csv").write_text("path,path\n")
    (pictures / "pathless.csv").write_text("file,title\n")
    (pictures / "latin.csv").write_bytes("path\nManét.png\n".encode("latin-1"))
    (pictures / "long.csv").write_text("path\na,b\n")
    (pictures / "empty.csv").write_text("")
    (pictures / "open.csv").write_text('path\n"a\n')
    (pictures / "same.csv").write_text("path\na.png\n./a.png\n")
    with pytest.raises(AtelierError, match=message):
        open_source(**({"source": str(pictures), "settings": settings} | arguments))


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@given(lines=st.lists(st.tuples(cells.filter(str.strip), cells, cells), max_size=6))
def test_any_cell_survives_the_csv(tmp_path_factory, lines):
    file = tmp_path_factory.mktemp("csv") / "table.csv"
    text = io.StringIO()
    csv.writer(text).writerows([("path", "Titel", "artist"), *lines])
    file.write_bytes(text.getvalue().encode("utf-8-sig"))
    expected = [
        {"path": path.strip(), "title": title.strip(), "artist": artist.strip()} for path, title, artist in lines
    ]
    assert read_rows(file, {"title": "Titel"}) == expected


@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("csv") / "table.csv"
    file.write_bytes(b"path,title\n" + content)
    # Anything but an AtelierError would be a bug.
    with suppress(AtelierError):
        assert all(set(row) == {"path", "title"} for row in read_rows(file, {}))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1"),
        *("::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::"),
    ],
)
def test_private_addresses_are_known(address):
    assert not _is_public(address)


def test_public_addresses_are_known():
    assert all(_is_public(address) for address in ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"))


class Museum(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
        elif self.path == "/picture":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"picture" * 1000)
        else:
            self.send_error(404)

    def log_message(self, *arguments):
        """Keep quiet."""


@pytest.fixture(scope="module")
def museum(tmp_path_factory):
    """The address of an https server on this machine, whose certificate is trusted meanwhile."""
    folder = tmp_path_factory.mktemp("museum")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.2"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "museum.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Museum)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(pem))
        _trusted.cache_clear()
        yield f"https://localhost:{server.server_port}"
    _trusted.cache_clear()
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_download_follows_redirects_and_checks_the_certificate(museum):
    assert download(f"{museum}/picture", 10_000, True) == b"picture" * 1000
    assert download(f"{museum}/to//picture", 10_000, True) == b"picture" * 1000
    with pytest.raises(AtelierError, match=r"(?i)certificate"):
        download(museum.replace("localhost", "127.0.0.1") + "/picture", 10_000, True)


@pytest.mark.parametrize(
    ("path", "max_bytes", "allow_private", "message"),
    [
        ("/picture", 6_999, True, "longer than the 6999 bytes"),
        ("/picture", 10_000, False, r"127\.0\.0\.1, a private address"),
        ("/none", 10_000, True, "status 404"),
        ("/to/http://localhost/picture", 10_000, True, "only https"),
        ("/to/file:///etc/passwd", 10_000, True, "file"),
    ],
)
def test_downloads_are_refused(museum, path, max_bytes, allow_private, message):
    with pytest.raises(AtelierError, match=message):
        download(museum + path, max_bytes, allow_private)


def test_redirects_are_checked_again(museum, monkeypatch):
    seen = []

    def check(host, port, allow_private):
        seen.append(host)
        return checked_address(host, port, allow_private=len(seen) == 1)

    monkeypatch.setattr("tasks.sources.download.checked_address", check)
    with pytest.raises(AtelierError, match="a private address"):
        download(f"{museum}/to/{museum}/picture", 10_000, False)
    assert seen == ["localhost", "localhost"]


def test_other_schemes_and_unknown_hosts_are_refused():
    for address in ("http://example.org/a.jpg", "ftp://example.org/a.jpg"):
        with pytest.raises(AtelierError, match="only https"):
            download(address, 10, False)
    with pytest.raises(AtelierError, match="cannot be found"):
        download("https://nowhere.invalid/a.jpg", 10, False)
