import csv
import io
import signal
import struct
import subprocess
import time
import zlib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artmodels.errors import AtelierError
from tasks.admission import plain_name
from tasks.catalog import read_catalog
from tasks.decode import decode
from tasks.ingest import IngestReport, ingest
from tasks.locks import hold_data
from tasks.near import as_numbers, nearest
from tasks.rejected import Refusal, add_refusals
from tasks.settings import Settings
from tasks.sources import Candidate, open_source


def take_in(folder: Path, settings: Settings, **defaults: str) -> IngestReport:
    return ingest(open_source(str(folder), settings, defaults={"licence": "CC0-1.0", **defaults}), settings)


def rejected(settings: Settings) -> list[dict[str, str]]:
    with (settings.data / "rejected.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def files_of(settings: Settings) -> dict[str, bytes]:
    found = (path for path in settings.data.rglob("*") if path.is_file())
    return {path.relative_to(settings.data).as_posix(): path.read_bytes() for path in found}


def counts(report: IngestReport) -> tuple[int, int, int, int]:
    return report.added, report.already_known, report.rejected, report.near_duplicates


def test_pictures_come_in_once(pictures, settings, encode, make_painting):
    source = open_source(str(pictures), settings, defaults={"licence": "CC0-1.0"})
    assert counts(ingest(source, settings, dry_run=True)) == (8, 0, 0, 0)
    assert files_of(settings) == {}, "a dry run only tells"
    assert counts(take_in(pictures, settings)) == (8, 0, 0, 0)
    before = read_catalog(settings.catalog)
    (pictures / "Cubism" / "new.png").write_bytes(encode(make_painting(99)))
    assert counts(take_in(pictures, settings)) == (1, 8, 0, 0)
    after = read_catalog(settings.catalog).to_pandas()
    kept = after[after["id"].isin(before["id"].to_pylist())].reset_index(drop=True)
    assert kept.equals(before.to_pandas())
    for row in after.itertuples():
        stored = decode(settings.data / row.file, 10**6, 1)
        assert stored.image.shape == (row.height, row.width, 3)


def test_plain_files_are_kept_and_others_become_srgb(tmp_path, settings, encode, make_painting):
    folder = tmp_path / "mixed"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    jpeg = encode(make_painting(1), "JPEG")
    (folder / "plain.jpg").write_bytes(jpeg)
    (folder / "turned.jpg").write_bytes(encode(make_painting(2), "JPEG", exif=exif))
    (folder / "deep.tif").write_bytes(encode(make_painting(3), "TIFF"))
    assert take_in(folder, settings).added == 3
    stored = {name for name in files_of(settings) if name.startswith("artworks/")}
    assert sorted(Path(name).suffix for name in stored) == [".jpg", ".jpg", ".png"]
    assert jpeg in files_of(settings).values()
    sizes = read_catalog(settings.catalog).to_pandas()[["width", "height"]].to_numpy().tolist()
    assert sorted(sizes) == [[96, 120], [120, 96], [120, 96]]


def damaged(seed: int, good: bytes) -> bytes:
    """Return one of 200 damaged files: its kind by the seed, the damage by chance."""
    chance = np.random.default_rng(seed)
    match seed % 5:
        case 0:
            return good[: int(len(good) * chance.uniform(0.05, 0.95))]
        case 1:
            content = bytearray(good)
            for place in chance.integers(0, len(content), 4):
                content[place] ^= 1 << int(chance.integers(8))
            return bytes(content)
        case 2:
            return b"%PDF-1.7 number " + chance.bytes(300)
        case 3:
            header = b"IHDR" + struct.pack(">IIBBBBB", *chance.integers(20_000, 2**31 - 1, 2), 8, 2, 0, 0, 0)
            return b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + struct.pack(">I", zlib.crc32(header)) + chance.bytes(99)
        case _:
            return b""


def is_whole(content: bytes) -> bool:
    """Whether Pillow alone makes a picture of it: then the damage did not make it a bad file."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > 10**6:
                return False
            picture.load()
            return min(picture.size) >= 64
    except (OSError, SyntaxError, ValueError):
        return False


@pytest.mark.filterwarnings("ignore:::PIL")
def test_damaged_files_never_stop_the_rest(tmp_path, encode, make_painting):
    root, folder = tmp_path / "root", tmp_path / "many"
    folder.mkdir()
    bad = set()
    for seed in range(200):
        kind = ("JPEG", "PNG")[seed // 5 % 2]
        content = damaged(seed, encode(make_painting(seed), kind))
        name = f"bad-{seed:03}.{'jpg' if kind == 'PNG' else 'png'}"
        (folder / name).write_bytes(content)
        # A bit-flipped file that still decodes is a good one; all other damage must be found.
        if seed % 5 != 1 or not is_whole(content):
            bad.add(name)
    for seed in range(1000, 1040):
        kind = ("JPEG", "PNG")[seed % 2]
        # The extension lies, which is no fault.
        (folder / f"good-{seed}.{'png' if kind == 'JPEG' else 'jpg'}").write_bytes(encode(make_painting(seed), kind))
    settings = Settings(root=root, max_pixels=10**6)
    report = take_in(folder, settings)
    rows = rejected(settings)
    assert {Path(row["where"]).name for row in rows} == bad
    assert (report.added, report.rejected) == (240 - len(bad), len(bad))
    assert len(bad) > 165
    assert all(row["reason"] for row in rows)
    # Once more: nothing is added, and no refusal is written twice.
    assert take_in(folder, settings).added == 0
    assert rejected(settings) == rows


def test_the_same_bytes_twice_are_one_work(pictures, settings):
    (pictures / "Rococo" / "again.png").write_bytes((pictures / "Cubism" / "1.png").read_bytes())
    assert counts(take_in(pictures, settings)) == (8, 0, 1, 0)
    (row,) = rejected(settings)
    assert row["where"].endswith("again.png")
    assert row["reason"].startswith("the same bytes as")
    assert row["sha256"] in read_catalog(settings.catalog)["id"].to_pylist()


def test_near_duplicates_are_marked_and_share_a_group(pictures, settings, encode, make_painting):
    take_in(pictures, settings)
    (pictures / "copy.jpg").write_bytes(encode(make_painting(3), "JPEG", quality=60))
    assert counts(take_in(pictures, settings)) == (1, 8, 0, 1)
    works = read_catalog(settings.catalog).to_pandas().set_index("id")
    copy = works[works["near_duplicate_of"].notna()].iloc[0]
    original = works.loc[copy["near_duplicate_of"]]
    assert copy["group"] == original["group"] == original.name


def test_the_nearest_of_many_hashes_is_found():
    hashes = np.random.default_rng(0).integers(0, 2**63, 100_000).astype(np.uint64)
    hashes[77_000] = hashes[5] ^ np.uint64(0b101)
    assert nearest(hashes, hashes[5], 4) == 5
    assert nearest(hashes[6:], hashes[5], 4) == 76_994
    assert nearest(hashes[6:], hashes[5], 1) is None
    assert nearest(as_numbers([]), hashes[5], 4) is None


@pytest.mark.parametrize(
    ("defaults", "reason"),
    [
        ({"licence": ""}, "no licence is given; accepted: CC0-1.0, public domain"),
        ({"licence": "All rights reserved"}, "the licence 'All rights reserved' is not accepted"),
        ({"licence": "cc0-1.0", "artist": "Émile  Zöla!"}, "the artist 'Émile  Zöla!' is on the opt-out list"),
    ],
)
def test_licences_and_opt_outs_are_heeded(pictures, settings, defaults, reason):
    (settings.root / "opt-out.txt").write_text("# Asked in 2026.\nemile-zola # by letter\n\n", encoding="utf-8")
    assert counts(take_in(pictures, settings, **defaults)) == (0, 0, 8, 0)
    assert all(row["reason"].startswith(reason) for row in rejected(settings))
    assert take_in(pictures, settings, licence="PUBLIC domain", artist="Zola").added == 8


def test_names_are_compared_plainly():
    assert plain_name("Édouard  MANET") == plain_name("edouard-manet") == "edouardmanet"
    assert plain_name("葛飾 北斎") == plain_name("葛飾北斎") != ""


def test_a_named_opt_out_list_must_exist(pictures, settings):
    named = settings.model_copy(update={"opt_out": Path("nobody.txt")})
    with pytest.raises(AtelierError, match="ATELIER_OPT_OUT"):
        take_in(pictures, named)


def test_metadata_lands_in_the_catalog(pictures, settings):
    (pictures / "m.csv").write_text(
        "path,title,artist,year,series,rating_mean,rating_count\n"
        "Cubism/1.png,  A\tB ,Ada,1910.0,Stacks,3.5,12\nCubism/3.png,,Ada,c. 1890,stacks,,-1\n"
    )
    ingest(open_source(str(pictures), settings, metadata="m.csv", defaults={"licence": "CC0-1.0"}), settings)
    works = {row["title"] or row["note"]: row for row in read_catalog(settings.catalog).to_pylist()}
    first, second = works["A B"], works["year 'c. 1890' left out; rating_count '-1' left out"]
    assert (first["year"], first["rating_mean"], first["rating_count"]) == (1910, 3.5, 12)
    assert (second["year"], second["rating_count"]) == (None, None)
    assert first["group"] == second["group"] != first["id"]


def test_rejections_are_no_formulas(tmp_path):
    path = tmp_path / "rejected.csv"
    refusals = [Refusal(f"{sign}cmd|' /C calc'!A0", "", "bad\r\n=news") for sign in "=+-@"]
    refusals.append(Refusal("\udcff.png", "", "odd name"))
    add_refusals(path, refusals)
    first = path.read_bytes()
    add_refusals(path, refusals)
    assert path.read_bytes() == first
    lines = list(csv.reader(io.StringIO(first.decode())))
    assert len(lines) == 6
    assert not any(cell.startswith(tuple("=+-@\t\r")) for line in lines for cell in line)


def test_memory_holds_few_files_at_once(settings, encode, make_painting):
    drawn, done = [], []

    def candidates():
        for number in range(200):
            drawn.append(number)
            yield Candidate(str(number), {"licence": "CC0-1.0"}, lambda: encode(make_painting(0)))

    def watch(results):
        for result in results:
            done.append(result)
            assert len(drawn) - len(done) <= 3 * 16
            yield result

    report = ingest(candidates(), settings, progress=watch)
    assert (report.added, report.rejected) == (1, 199)


def test_a_full_disk_is_no_refusal(pictures, settings, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tasks.ingest.shutil.copyfile", full)
    with pytest.raises(OSError, match="No space left"):
        take_in(pictures, settings)
    assert not (settings.data / "rejected.csv").exists()


def test_who_waits_too_long_for_the_data_is_told(pictures, settings):
    hasty = settings.model_copy(update={"lock_seconds": 0.1})
    with hold_data(settings), pytest.raises(AtelierError, match="Another process still holds the data"):
        take_in(pictures, hasty)


SLOW_INGEST = """
import sys, time
from tasks.ingest import ingest
from tasks.settings import Settings
from tasks.sources import Candidate, open_source

def slow(one):
    def fetch():
        time.sleep(0.03)
        return one.fetch()
    return Candidate(one.where, one.metadata, fetch)

settings = Settings(root=sys.argv[1])
ingest(map(slow, open_source(sys.argv[2], settings, defaults={"licence": "CC0-1.0"})), settings)
"""


def test_a_killed_ingest_is_made_good_by_the_next(tmp_path, encode, make_painting, python_here):
    folder, killed, calm = tmp_path / "many", Settings(root=tmp_path / "killed"), Settings(root=tmp_path / "calm")
    folder.mkdir()
    for seed in range(80):
        (folder / f"{seed}.png").write_bytes(encode(make_painting(seed)) if seed % 10 else b"bad")
    process = subprocess.Popen([*python_here, "-c", SLOW_INGEST, killed.root, folder])
    limit = time.monotonic() + 30
    while len(list(killed.data.glob("artworks/*/*.png"))) < 10 and time.monotonic() < limit:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert 10 <= len(list(killed.data.glob("artworks/*/*.png"))) < 72
    assert not killed.catalog.exists()
    (killed.data / "artworks" / ".left.png.0.atelier-part").write_bytes(b"half a picture")
    report, undisturbed = take_in(folder, killed), take_in(folder, calm)
    assert counts(report) == counts(undisturbed) == (72, 0, 8, 0)
    assert files_of(killed) == files_of(calm)
    assert asdict(report)["catalog"] == killed.catalog


@pytest.mark.real_data
def test_the_real_paintings_come_in(real_data, settings):
    paintings = open_source(
        str(real_data / "paintings"),
        settings,
        metadata="labels.csv",
        columns={"genre": "wikiart_genre"},
        defaults={"licence": "public domain"},
    )
    assert counts(ingest(paintings, settings)) == (1726, 0, 0, 0)
    photographs = open_source(str(real_data / "photos"), settings, kind="photograph", defaults={"licence": "CC0-1.0"})
    assert ingest(photographs, settings).added == 31
    works = read_catalog(settings.catalog).to_pandas()
    assert works["year"].notna().sum() == 1097
    assert (works["genre"] != "").sum() == 598
    assert set(works["kind"]) == {"artwork", "photograph"}
