"""The report of a large job: how long it takes to build, how large it is, and how soon a browser shows it.

    python benchmarks/report_pages.py --pictures 5000

Makes a folder as a job leaves it, of painted-looking pictures of 512 px: contents in styles. Needs Chromium with its
driver. Opened is the page until the browser's `load` event, and until two frames after it are painted.
"""

import argparse
import hashlib
import shutil
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tasks.batch import Item, item_key
from tasks.batch.encode import write_picture
from tasks.batch.ledger import Ledger
from tasks.gallery import build_gallery

STYLES, SIDE, LIKE = 50, 512, 200
FLAGS = (
    *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"),
    *("disable-component-update", "disable-sync"),
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=5000)
    parser.add_argument("--out", type=Path, help="where to leave the job; a folder that is deleted, if not said")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        out = chosen.out or Path(temporary) / "out"
        fill(out, Path(temporary) / "sources", chosen.pictures)
        start = time.perf_counter()
        page = build_gallery(out, title=f"{chosen.pictures:,} pictures")
        print(f"built in {time.perf_counter() - start:.1f} s")
        start = time.perf_counter()
        build_gallery(out, title=f"{chosen.pictures:,} pictures")
        print(f"built again in {time.perf_counter() - start:.1f} s")
        print(f"the page: {page.stat().st_size / 1e6:.1f} MB")
        beside = sum(file.stat().st_size for file in (out / "gallery_files").iterdir())
        print(f"beside it: {beside / 1e6:.1f} MB of copies")
        watch(page, Path(temporary) / "profile")
        alone = Path(shutil.copy(page, Path(temporary) / "alone.html"))
        print("and alone, without the job's files:")
        watch(alone, Path(temporary) / "profile2")


def fill(out: Path, sources: Path, count: int) -> None:
    """Leave what a job leaves: a ledger, and pictures, of which some are the same files under other names."""
    out.mkdir(parents=True)
    styles = [source(sources / f"style-{number}.jpg", number) for number in range(STYLES)]
    contents = [source(sources / f"content-{number}.jpg", 1000 + number) for number in range(-(-count // STYLES))]
    model = {"name": "style", "version": 3, "data_md5": "0123456789abcdef.dir"}
    with Ledger(out) as ledger:
        made = [write_picture(painting(2000 + n), out / f"kind-{n}.jpg") for n in range(min(count, LIKE))]
        for number in range(count):
            record = {"content": contents[number // STYLES], "style": styles[number % STYLES], "model": model}
            record |= {"parameters": {"alpha": 0.8, "size": SIDE}}
            output = f"{number:06d}.jpg"
            (out / output).hardlink_to(out / f"kind-{number % LIKE}.jpg")
            item = Item(item_key({"number": number}), output, record)
            written = made[number % LIKE]
            # The digest names the copy: one of its own for each, as in a job whose pictures are all different.
            ledger.add_done(item, type(written)(hashlib.sha256(output.encode()).hexdigest(), *facts(written)), 0.1)


def facts(written) -> tuple[int, int, int]:
    return written.bytes, written.width, written.height


def source(path: Path, seed: int) -> dict:
    path.parent.mkdir(parents=True, exist_ok=True)
    return {"path": str(path), "sha256": write_picture(painting(seed), path).sha256, "title": path.stem}


def painting(seed: int) -> np.ndarray:
    """A picture with the detail of a painted one: patches of colour under brushstrokes, `(512, 512, 3) uint8`."""
    chance = np.random.default_rng(seed)
    ground = cv2.resize(chance.integers(0, 256, (7, 7, 3), np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    for _ in range(900):
        x, y = chance.integers(0, SIDE, 2).tolist()
        shade = ground[y, x].astype(int) + chance.integers(-40, 40, 3)
        length, angle = chance.integers(8, 40), chance.uniform(0, 3.1)
        end = int(x + length * np.cos(angle)), int(y + length * np.sin(angle))
        cv2.line(ground, (x, y), end, np.clip(shade, 0, 255).tolist(), int(chance.integers(2, 7)), cv2.LINE_AA)
    return ground


def watch(page: Path, profile: Path) -> None:
    """Open a page in a headless browser; print how long that took, and what turning a leaf does."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"user-data-dir={profile}"):
        options.add_argument(f"--{flag}")
    browser = webdriver.Chrome(options, Service("/usr/bin/chromedriver"))
    try:
        frames = "const end = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => end()));"
        browser.get("about:blank")
        for time_of in ("first", "second"):
            start = time.perf_counter()
            browser.get(page.as_uri())
            loaded = time.perf_counter()
            browser.execute_async_script(frames)
            painted = time.perf_counter()
            print(f"opened the {time_of} time: load {loaded - start:.2f} s, painted {painted - start:.2f} s")
        shown = browser.execute_script("return document.querySelectorAll('a[data-card]').length")
        memory = browser.execute_script("return performance.memory.usedJSHeapSize") / 1e6
        start = time.perf_counter()
        browser.execute_script("document.querySelector('.leaves .on')?.click()")
        browser.execute_async_script(frames)
        print(
            f"{shown} pictures at once, {memory:.0f} MB of scripts' memory, a leaf turned in "
            f"{time.perf_counter() - start:.2f} s"
        )
    finally:
        browser.quit()


if __name__ == "__main__":
    main()
