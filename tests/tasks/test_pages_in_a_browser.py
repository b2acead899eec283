"""The pages in a real browser: what foreign words hold does not run."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from artmodels.family import Answers, Judged
from tasks import gallery, registry
from tasks.batch import Item, item_key
from tasks.batch.encode import write_picture
from tasks.batch.ledger import Ledger
from tasks.decision import Decision, Verdict
from tasks.evaluation import Evaluation, record_evaluation
from tasks.gallery import build_gallery
from tasks.read_page import write_page
from tasks.read_texts import Text
from tasks.reports.evaluation import evaluation_report
from tasks.reports.promotion import promotion_report
from tasks.reports.training import training_report

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


def test_a_large_page_turns_its_leaves(browser, tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "PER_LEAF", 4)
    out = tmp_path / "out"
    with Ledger(_made(out)) as ledger:
        style = _source(tmp_path / "s.png", "Nocturne")
        for number in range(10):
            record = {"content": _source(tmp_path / f"c{number}.png", f"content {number}"), "style": style}
            item = Item(item_key({"number": number}), f"{number}.jpg", record)
            ledger.add_done(item, write_picture(np.full((40, 60, 3), number, np.uint8), out / item.output), 0.1)
    # Sent alone: nothing lies beside it.
    browser.get(build_gallery(out, title="Leaves").rename(tmp_path / "alone.html").as_uri())

    def titles() -> list[str]:
        cards = browser.execute_script(
            "return [...document.querySelectorAll('a[data-card]')].map((a) => a.dataset.card)"
        )
        return [json.loads(card)["title"] for card in cards]

    assert titles() == [f"content {n}" for n in range(4)]
    browser.execute_script("document.querySelector('.leaves .on').click()")
    browser.execute_script("document.querySelector('.leaves .on').click()")
    assert titles() == ["content 8", "content 9"]
    browser.execute_script("document.querySelectorAll('a[data-card]')[1].click()")
    browser.execute_script("document.querySelector('dialog .on').click()")
    assert browser.find_element("css selector", "dialog h3").text == "content 0", "after the last comes the first"
    seen = "const i = document.querySelector(arguments[0]); return i.complete && i.naturalWidth"
    for image in (".after", ".before", ".content img", ".painting img"):
        WebDriverWait(browser, 10).until(lambda driver, image=image: driver.execute_script(seen, f"dialog {image}") > 0)


@pytest.mark.parametrize("kind", ["training", "evaluation", "promotion"])
def test_a_report_runs_nothing_foreign(browser, house, add_version, kind):
    evil = EVIL[1]
    version = add_version(trigger=evil, code_revision=EVIL[0])
    registry.connect(house).log_metric(version.run_id, "loss", 1.0, step=1)
    registry.connect(house).log_param(version.run_id, "option", EVIL[3])
    answers = {"style": Answers(tuple(EVIL), tuple(EVIL))}
    judged = Judged({"ideal_distance": np.linspace(0, 1, 6)}, {}, {}, {"told": evil}, answers=answers)
    record_evaluation(house, version, Evaluation("theset", judged))
    version = registry.find(house, "style", "1")
    said = Verdict(True, EVIL[4], evil)
    page = {
        "training": lambda: training_report(house, version.run_id),
        "evaluation": lambda: evaluation_report(house, version),
        "promotion": lambda: promotion_report(house, Decision("style", "promoted", evil, evil, 1, approval=said)),
    }[kind]()
    assert not ran(browser, page)
    assert EVIL[0] in browser.find_element("tag name", "body").text or kind == "evaluation"
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_previews_are_scrubbed_through_and_played(browser, house, tmp_path):
    run_id = registry.start_run(house, "style", "now", {}, {})
    client = registry.connect(house)
    for step in (20, 30, 1045):
        Image.new("RGB", (60, 40), (step % 256, 9, 9)).save(tmp_path / f"{step:07d}.jpg")
        client.log_artifact(run_id, str(tmp_path / f"{step:07d}.jpg"), "previews")
        client.log_metric(run_id, "loss", 1 / step, step=step)
    browser.get(training_report(house, run_id).as_uri())

    def shown() -> tuple[list[str], str]:
        pictures = browser.find_elements("css selector", ".film > img:not([hidden])")
        (words,) = browser.find_elements("css selector", ".film > p:not([hidden])")
        return [one.get_attribute("alt") for one in pictures], words.text.split(";")[0]

    assert shown() == (["Preview at step 1045"], "step 1,045, loss 0.0009569")
    strip = browser.find_elements("css selector", ".strip button")
    assert [one.text for one in strip] == ["20", "30", "1,045"]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", strip[0])
    strip[0].click()
    assert shown() == (["Preview at step 20"], "step 20, loss 0.05")
    browser.find_element("css selector", ".film input").send_keys(Keys.ARROW_RIGHT)
    assert shown() == (["Preview at step 30"], "step 30, loss 0.03333")
    play = browser.find_element("css selector", ".way button")
    play.click()
    WebDriverWait(browser, 10).until(lambda _: shown()[0] == ["Preview at step 1045"])
    assert play.text == "Play", "it stops at the end"


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _source(path: Path, title: str) -> dict[str, str]:
    Image.new("RGB", (60, 40), (9, 9, 9)).save(path)
    return {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "title": title}
