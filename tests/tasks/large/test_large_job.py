"""Large contents in a style-transfer job: real registry, small untrained network, real pictures."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tasks import stylize
from tasks.batch import find_damaged, read_ledger
from tasks.decode import decode
from tasks.provenance.reading import Verifier
from tasks.settings import Settings
from tasks.stylize_order import order

LARGE = 60_000


@pytest.fixture(scope="module")
def studio(open_studio) -> Settings:
    """A registry whose champion is an untrained network, and a low threshold."""
    return open_studio(device="cpu", tile_above=LARGE)


@pytest.fixture
def photos(tmp_path: Path, make_painting, encode) -> Path:
    """A small content and two large ones."""
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "small.png").write_bytes(encode(make_painting(1, 120, 160)))
    (folder / "large.jpg").write_bytes(encode(make_painting(2, 320, 480), "JPEG"))
    (folder / "web.webp").write_bytes(encode(make_painting(3, 300, 400), "WEBP"))
    return folder


@pytest.fixture
def style(tmp_path: Path, make_painting, encode) -> Path:
    path = tmp_path / "style.png"
    path.write_bytes(encode(make_painting(50, 70, 80)))
    return path


def run(settings: Settings, show=lambda done, total, figures: None, **fields: object) -> dict:
    return stylize.run(settings, order(**fields), show)


def test_large_contents_sit_in_the_job_like_all_others(studio, photos, style, small_tiles, tmp_path):
    told = []
    out = tmp_path / "out"
    report = run(studio, lambda *what: told.append(what), contents=photos, out=out, styles=[style])
    assert (report["done"], report["skipped"], report["set_aside"]) == (3, 0, 0)
    ledger = read_ledger(out).set_index("output")
    assert set(ledger.index) == {"small--style.png", "large--style.tif", "web--style.tif"}
    assert tuple(ledger.loc["large--style.tif", ["width", "height"]]) == (480, 320)
    assert find_damaged(out) == []
    for output in ledger.index:
        verdict = Verifier(studio).verify(out / output)
        assert (verdict.state, verdict.says["model"]["name"]) == ("intact", "style")
    assert (out / "large--style.c2pa").is_file()
    assert any("share of the next" in figures for _, _, figures in told)
    assert not (out / ".unfinished").exists()
    page = (out / "gallery.html").read_text()
    assert page.count("gallery_files") > 4
    assert '"shown": "gallery_files/' in page.replace("&#34;", '"')
    again = run(studio, contents=photos, out=out, styles=[style])
    assert (again["done"], again["skipped"]) == (0, 3)


def test_strips_and_whole_pictures_look_the_same(studio, photos, style, small_tiles, tmp_path):
    run(studio, contents=photos, out=tmp_path / "strips", styles=[style], alpha=0.7)
    whole = studio.model_copy(update={"tile_above": 10**9})
    run(whole, contents=photos, out=tmp_path / "whole", styles=[style], alpha=0.7)
    for name in ("small", "large", "web"):
        tiled, untiled = (
            decode(next((tmp_path / folder).glob(f"{name}--*.[tp]*")), 10**9, 1).image.astype(int)
            for folder in ("strips", "whole")
        )
        assert np.abs(tiled - untiled).max() <= 1


def test_regions_are_the_same_in_strips_and_in_whole_pictures(studio, photos, style, small_tiles, tmp_path):
    (photos / "small.png").unlink()
    masks = tmp_path / "masks"
    masks.mkdir()
    for name, size in {"large": (480, 320), "web": (400, 300)}.items():
        for number, box in enumerate(((0, 0, size[0] // 2, size[1]), (size[0] // 3, 0, *size)), 1):
            mask = Image.new("L", size)
            mask.paste(200, box)
            mask.save(masks / f"{name}-{number}.png")
    styles = [style, photos / "web.webp"]
    for size in (None, 260):
        pictures = []
        for folder, above in {f"strips-{size}": 60_000, f"whole-{size}": 10**9}.items():
            settings = studio.model_copy(update={"tile_above": above})
            report = run(settings, contents=photos, out=tmp_path / folder, styles=styles, masks=masks, size=size)
            assert (report["done"], report["set_aside"]) == (2, 0)
            files = sorted(
                file for file in (tmp_path / folder).iterdir() if "--" in file.name and file.suffix != ".c2pa"
            )
            pictures.append([decode(file, 10**9, 1).image.astype(int) for file in files])
        for tiled, untiled in zip(*pictures, strict=True):
            # Where the size changes, libvips and OpenCV round the content differently, a level or two before painting.
            assert np.abs(tiled - untiled).mean() <= (0.1 if size is None else 1.0)


@pytest.mark.parametrize(
    ("size", "level", "words"),
    [((480, 319), 255, "has 480 x 319 pixels where the picture has 480 x 320"), ((480, 320), 0, "is black all over")],
)
def test_a_mask_that_does_not_fit_a_large_picture_is_named(studio, photos, style, tmp_path, size, level, words):
    Image.new("L", size, level).save(tmp_path / "large.png")
    out = tmp_path / "out"
    run(studio, contents=photos / "large.jpg", out=out, styles=[style], masks=tmp_path)
    assert words in read_ledger(out)["reason"].item()


def test_size_is_kept_to_and_small_results_are_plain_files(studio, photos, style, tmp_path):
    run(studio, contents=photos / "large.jpg", out=tmp_path / "out", styles=[style], size=100)
    with Image.open(tmp_path / "out" / "large--style.png") as picture:
        assert picture.size == (150, 100)


def test_a_large_picture_that_cannot_be_made_stops_nothing(studio, photos, style, tmp_path):
    whole = (photos / "large.jpg").read_bytes()
    (photos / "half.jpg").write_bytes(whole[: len(whole) // 2])
    small = studio.model_copy(update={"max_pixels": 100_000})
    report = run(small, contents=photos, out=tmp_path / "out", styles=[style])
    assert (report["done"], report["set_aside"]) == (2, 2)
    reasons = read_ledger(tmp_path / "out").set_index("output")["reason"]
    assert "truncated" in reasons["half--style.tif"]
    assert "WEBP must be decoded whole" in reasons["web--style.tif"]


JOB = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from tasks import stylize
from tasks.large import paint
from tasks.settings import Settings
paint.TILE = 96
root, contents, out, style = sys.argv[1:]
from tasks.stylize_order import order
wanted = order(contents=contents, out=out, styles=[style])
show = lambda done, total, figures: print(done, figures, flush=True)
stylize.run(Settings(root=Path(root), device="cpu", tile_above=60000), wanted, show)
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_job_killed_in_a_picture_goes_on_in_it(studio, style, tmp_path, make_painting, encode):
    content = tmp_path / "large.png"
    content.write_bytes(encode(make_painting(7, 1500, 300)))
    command = [sys.executable, "-c", JOB, str(studio.root), str(content)]
    subprocess.run([*command, str(tmp_path / "calm"), str(style)], check=True, stdout=subprocess.DEVNULL)
    chance, out = random.Random(0), tmp_path / "killed"
    with subprocess.Popen([*command, str(out), str(style)], stdout=subprocess.PIPE) as job:
        assert job.stdout is not None
        for _ in range(4):
            job.stdout.readline()
        time.sleep(chance.uniform(0, 0.1))
        job.send_signal(signal.SIGKILL)
    assert len(list((out / ".unfinished").glob("*.rgb"))) == 1
    rest = subprocess.run([*command, str(out), str(style)], check=True, capture_output=True, text=True)
    assert 0 < rest.stdout.count("share of the next") <= 16 - 4
    name = "large--style.tif"
    assert (out / name).read_bytes() == (tmp_path / "calm" / name).read_bytes()
    assert find_damaged(out) == []
    assert not (out / ".unfinished").exists()
