"""The pages in a real browser: what foreign words hold does not run."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tasks.batch import Item, item_key
from tasks.batch.encode import write_picture
from tasks.batch.ledger import Ledger
from tasks.gallery import build_gallery
from tasks.read_page import write_page
from tasks.read_texts import Text

pytestmark = pytest.mark.browser

EVIL = [
    "<script>window.ran = 1</script>",
    "\"'><img src=x onerror='window.ran = 1'>",
    "</title></script><script>window.ran = 1</script>",
    "<svg/onload=window.ran=1>",
    "javascript:window.ran=1",
    "{{ 7 * 7 }}${window.ran=1}",
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A headless Chromium with an empty profile."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (
        *("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"),
        *("disable-component-update", "disable-sync", f"user-data-dir={tmp_path_factory.mktemp('profile')}"),
    ):
        options.add_argument(f"--{flag}")
    driver = webdriver.Chrome(options, Service("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


def ran(browser, page: Path) -> bool:
    """Open a page, open and follow what can be clicked on it, and tell whether any foreign words ran."""
    browser.get(page.as_uri())
    browser.execute_script("document.querySelectorAll('details').forEach((one) => one.open = true)")
    for link in range(browser.execute_script("return document.querySelectorAll('a[data-card]').length")):
        browser.execute_script("document.querySelectorAll('a[data-card]')[arguments[0]].click()", link)
    addresses = browser.execute_script("return [...document.querySelectorAll('a[href]')].map((one) => one.href)")
    assert not [address for address in addresses if not address.startswith("file:")]
    return bool(browser.execute_script("return window.ran || 0"))


def test_a_title_does_not_run_in_the_gallery(browser, tmp_path):
    out = tmp_path / "out"
    with Ledger(_made(out)) as ledger:
        for number, words in enumerate(EVIL):
            record = {
                "content": _source(tmp_path / f"c{number}.png", words),
                "style": _source(tmp_path / f"s{number}.png", words),
                "model": {"name": words, "version": words},
                "parameters": {words: words},
                "findings": {words: words},
            }
            output = f"{number}.jpg"
            item = Item(item_key({"number": number}), output, record)
            ledger.add_done(item, write_picture(np.full((40, 60, 3), number, np.uint8), out / output), 0.1)
            ledger.add_set_aside(Item(item_key({"bad": number}), f"bad-{number}.png", record), words)
    page = build_gallery(out, title=EVIL[2])
    assert not ran(browser, page)
    assert browser.title == EVIL[2]
    assert EVIL[0] in browser.find_element("tag name", "body").text


def test_the_browser_would_run_it(browser, tmp_path):
    (tmp_path / "page.html").write_text(f"<html><title>x</title><body>{EVIL[1]}</body></html>")
    browser.get((tmp_path / "page.html").as_uri())
    assert browser.execute_async_script("setTimeout(() => arguments[0](window.ran), 200)") == 1


def test_a_critique_does_not_run_on_the_page_of_readings(browser, tmp_path):
    scores = {name: {"value": 5.0, "low": 4.0, "high": 6.0} for name in ("total",)}
    texts = [Text(words, words, words) for words in EVIL]
    rows = [
        {"status": "done", "scores": scores, "familiar": 1.0, "known": True, "words": [[0, len(words), 1.0]]}
        for words in EVIL[:-1]
    ] + [{"status": "refused", "reason": EVIL[0]}]
    page = write_page(tmp_path / "readings.html", texts, rows, EVIL[2])
    assert not ran(browser, page)
    assert EVIL[0] in browser.find_element("tag name", "body").text


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _source(path: Path, title: str) -> dict[str, str]:
    Image.new("RGB", (60, 40), (9, 9, 9)).save(path)
    return {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "title": title}
