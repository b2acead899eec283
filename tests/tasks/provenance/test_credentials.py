import io
import json
import stat
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from c2pa import Reader
from cryptography import x509
from PIL import Image

from artmodels.errors import AtelierError
from tasks.batch.encode import encode_picture
from tasks.catalog import SCHEMA, write_catalog
from tasks.provenance import credentials as module
from tasks.provenance import open_credentials
from tasks.provenance.reading import Verifier


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def manifest(data):
    store = json.loads(Reader(None, io.BytesIO(data)).json())
    return store["manifests"][store["active_manifest"]]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_credentials_leave_the_pixels_as_they_are(
    suffix, credentials, make_painting, photo, stylized, tmp_path, studio
):
    plain = encode_picture(make_painting(2), suffix)
    signed = credentials.sign_item(stylized(photo, f"boat{suffix}"), plain)
    assert np.array_equal(pixels(signed), pixels(plain))
    (tmp_path / f"boat{suffix}").write_bytes(signed)
    assert Verifier(studio).verify(tmp_path / f"boat{suffix}").state == "intact"


def test_a_picture_tells_what_it_was_made_of(credentials, make_painting, photo, stylized):
    item = stylized(photo)
    found = manifest(credentials.sign_item(item, encode_picture(make_painting(2), ".png")))
    (generator,) = found["claim_generator_info"]
    assert generator["name"] == "Atelier"
    assertions = {one["label"]: one["data"] for one in found["assertions"]}
    (action,) = assertions["c2pa.actions.v2"]["actions"]
    assert action["action"] == "c2pa.created"
    assert action["digitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
    assert assertions["org.atelier.picture"] == {
        "model": {"name": "style", "version": 3, "data_md5": "0123.dir"},
        "parameters": {"alpha": 0.8, "begun": "sketch.svg"},
        "key": item.key,
    }
    assert [(one["title"], one["relationship"]) for one in found["ingredients"]] == [("boat.jpg", "inputTo")] * 2
    assert [one["metadata"]["org.atelier.role"] for one in found["ingredients"]] == ["content", "style"]
    assert found["ingredients"][0]["metadata"]["org.atelier.sha256"] == item.record["content"]["sha256"]


def test_what_chance_alone_made_says_so(credentials, make_painting):
    data = encode_picture(make_painting(2), ".png")
    found = manifest(credentials.sign(data, "7.png", {"seed": 7, "model": {"name": "gan", "version": 1}}))
    (action,) = found["assertions"][0]["data"]["actions"]
    assert action["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert "ingredients" not in found or found["ingredients"] == []


def test_where_the_maker_keeps_files_is_in_no_picture(credentials, make_painting, photo, stylized):
    signed = credentials.sign_item(stylized(photo), encode_picture(make_painting(2), ".png"))
    assert str(photo.parent).encode() not in signed
    assert b"/home/ada" not in signed


def test_a_work_of_the_catalog_is_named_with_its_licence(settings, make_painting, photo, stylized):
    item = stylized(photo)
    work = item.record["content"]["sha256"]
    row = dict.fromkeys(SCHEMA.names) | {
        **{"id": work, "group": work, "file": "artworks/a.jpg", "kind": "artwork", "width": 1, "height": 1},
        **{"title": "Nocturne", "artist": "Ada", "licence": "CC0-1.0", "source": "a museum", "style": "", "genre": ""},
        "phash": "0" * 16,
    }
    import pyarrow as pa

    write_catalog(pa.Table.from_pylist([row], schema=SCHEMA), settings.catalog)
    found = manifest(open_credentials(settings).sign_item(item, encode_picture(make_painting(2), ".png")))
    assert found["ingredients"][0]["title"] == "Nocturne"
    told = found["ingredients"][0]["metadata"]
    assert told["org.atelier.catalog_id"] == work
    assert told["org.atelier.licence"] == "CC0-1.0"
    assert told["org.atelier.source"] == "a museum"

    # What is kept of a work may be another file than what came in.
    kept = settings.data / "artworks" / "a.jpg"
    kept.parent.mkdir()
    kept.write_bytes(photo.read_bytes() + b"\0")
    found = manifest(open_credentials(settings).sign_item(stylized(kept), encode_picture(make_painting(2), ".png")))
    assert found["ingredients"][0]["metadata"]["org.atelier.catalog_id"] == work


def test_an_input_brings_its_own_credentials_along(credentials, make_painting, photo, stylized, tmp_path, studio):
    first = tmp_path / "first.png"
    first.write_bytes(credentials.sign_item(stylized(photo), encode_picture(make_painting(2), ".png")))
    second = tmp_path / "second.png"
    second.write_bytes(credentials.sign_item(stylized(first), encode_picture(make_painting(3), ".png")))
    verdict = Verifier(studio).verify(second)
    assert verdict.state == "intact"
    assert [one["has_credentials"] for one in verdict.says["inputs"]] == [True, True]


@pytest.mark.parametrize("spoil", [lambda data: data[:2000], lambda data: data.replace(b"jumb", b"jumx")])
def test_an_input_whose_credentials_are_broken_is_still_named(
    spoil, credentials, make_painting, photo, stylized, tmp_path, studio
):
    first = tmp_path / "first.png"
    signed = credentials.sign_item(stylized(photo), encode_picture(make_painting(2), ".png"))
    first.write_bytes(spoil(signed))
    second = tmp_path / "second.png"
    second.write_bytes(credentials.sign_item(stylized(first), encode_picture(make_painting(3), ".png")))
    verdict = Verifier(studio).verify(second)
    assert verdict.state == "intact"
    assert verdict.says["inputs"][0]["title"] == "first.png"


@pytest.mark.parametrize("suffix", [".tif", ".png"])
def test_a_large_file_has_its_credentials_beside_it(
    suffix, credentials, monkeypatch, make_painting, encode, tmp_path, studio, photo, stylized
):
    monkeypatch.setattr(module, "EMBEDDED_BYTES", 100 if suffix == ".png" else 10**9)
    large = tmp_path / f"large{suffix}"
    large.write_bytes(plain := encode(make_painting(2), {".tif": "TIFF", ".png": "PNG"}[suffix]))
    credentials.sign_file(large, large, stylized(photo).record)
    assert large.read_bytes() == plain
    assert (tmp_path / "large.c2pa").is_file()
    verdict = Verifier(studio).verify(large)
    assert verdict.state == "intact"
    assert verdict.says["model"]["version"] == 3
    large.write_bytes(plain[:-1] + bytes([plain[-1] ^ 1]))
    assert Verifier(studio).verify(large).state == "altered"


def test_threads_may_sign_at_once(credentials, make_painting, photo, stylized):
    plain = encode_picture(make_painting(2), ".png")
    with ThreadPoolExecutor(4) as pool:
        signed = list(pool.map(lambda _: credentials.sign_item(stylized(photo), plain), range(40)))
    assert all(np.array_equal(pixels(one), pixels(plain)) for one in signed)


def test_without_credentials_a_file_is_the_same_to_the_bit(settings, make_painting, photo, stylized):
    off = open_credentials(settings.model_copy(update={"credentials": False}))
    plain = encode_picture(make_painting(2), ".png")
    assert off.sign_item(stylized(photo), plain) == plain
    assert not settings.scratch.exists()


def test_the_key_is_the_owners_alone(settings):
    open_credentials(settings)
    key = settings.scratch / "credentials" / "key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    own, authority = x509.load_pem_x509_certificates((settings.scratch / "credentials" / "chain.pem").read_bytes())
    own.verify_directly_issued_by(authority)
    before = key.read_bytes()
    open_credentials(settings)
    assert key.read_bytes() == before


def test_two_at_once_make_one_certificate(settings):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: open_credentials(settings), range(8)))
    assert [path.name for path in settings.scratch.iterdir() if path.is_dir()] == ["credentials"]


def test_a_damaged_catalog_ends_a_job_before_it_begins(settings):
    settings.data.mkdir()
    settings.catalog.write_bytes(b"no parquet")
    with pytest.raises(AtelierError, match=r"catalog .* is damaged"):
        open_credentials(settings)
