"""The studio's page, used in a real browser against the real server.

python -m pytest -m browser tests/flows/studio
"""

import contextvars
import json
import time
from threading import Thread

import httpx
import numpy as np
import pytest
from studio_page import Page, picture, served

from artmodels.family import Judged
from flows.promote import promote
from tasks import approval, promotion, registry, versions
from tasks.batch import read_ledger
from tasks.catalog import read_catalog
from tasks.evaluation import Evaluation
from tasks.provenance.reading import Verifier
from tasks.settings import Settings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def upload(page: Page, number: int, path) -> None:
    page.wait(lambda: page.browser.find_elements("css selector", ".slot input[type=file]")[number:])
    page.browser.find_elements("css selector", ".slot input[type=file]")[number].send_keys(str(path))


def test_a_picture_is_brought_repainted_and_taken_away(page, project, tmp_path):
    (tmp_path / "my boat.png").write_bytes(picture(77))
    page.open("/")
    page.says("Styles to begin with")
    page.click("button", "Repaint")
    page.says("A picture and a style are needed")
    page.drop(".slot", tmp_path / "my boat.png")
    page.says("my boat")
    page.click("button", "From the catalog", number=1)
    page.write("Words", "work 4")
    page.wait(lambda: len(page.all(".sheet figure.open")) == 1)
    page.click(".sheet figure.open", "Work 4")
    page.wait(lambda: len(page.all(".slot img")) == 2)
    page.click("button", "Repaint")
    page.says("style v2, the challenger")
    page.says("style v1, the champion")
    pictures = page.shown(".row-of figure img")
    assert len(pictures) == 3, "the picture, and each model's"
    folders = sorted((project.root / "out" / "studio").glob("my-boat-in-Work-4-v*"))
    assert [folder.name[:20] for folder in folders] == ["my-boat-in-Work-4-v1", "my-boat-in-Work-4-v2"]
    for folder in folders:
        ledger = read_ledger(folder)
        assert list(ledger["status"]) == ["done"]
        verdict = Verifier(project).verify(folder / ledger["output"][0])
        assert (verdict.state, verdict.says["source_type"]) == ("intact", "compositeWithTrainedAlgorithmicMedia")
        assert {one["role"]: one["title"] for one in verdict.says["inputs"]} == {
            "content": "my-boat.png",
            "style": "Work 4",
        }
    downloads = [link.get_attribute("href") for link in page.all("figcaption a[download]")]
    taken = httpx.get(downloads[0])
    assert 'filename="my-boat-in-Work-4.png"' in taken.headers["content-disposition"]
    assert taken.content == (folders[0] / read_ledger(folders[0])["output"][0]).read_bytes()
    page.click("figcaption a", "Origin")
    page.says("Signed here, and as it was signed")
    page.says("From style 'Work 4' by Artist 0, CC0-1.0")


def test_what_is_no_picture_is_a_sentence(page, tmp_path):
    (tmp_path / "boat.png").write_bytes(b"This is no picture.")
    page.open("/")
    page.says("Styles to begin with")
    upload(page, 0, tmp_path / "boat.png")
    page.says("undecodable: not a picture in one of")


def test_seeds_are_painted(page, project):
    page.open("/")
    page.click(".q-tab", "Paint new ones")
    page.wait(lambda: page.all("input[aria-label='First seed']"))
    page.write("First seed", "7")
    page.click("button", "Paint", number=0)
    page.says("gan v1, the champion")
    assert len(page.shown(".q-tab-panel .wall figure .large")) == 12
    (folder,) = (project.root / "out" / "studio").glob("seeds-7-18-v1-*")
    assert [record["seed"] for record in read_ledger(folder)["record"]] == list(range(7, 19))
    assert Verifier(project).verify(folder / f"{7:010d}.png").state == "intact"


def test_jobs_are_browsed(page):
    page.open("/jobs")
    page.click("a.job", "spring")
    page.says("2 pictures by style v1")
    assert len(page.shown(".wall img")) == 2
    gallery = page.browser.find_element("link text", "Its gallery").get_attribute("href")
    page.click("figure.open", "Work 8 in Work 0")
    page.says("Content credentials: Signed here, and as it was signed")
    page.says("From content 'Work 8' by Artist 0, CC0-1.0")
    page.says("Model: style version 1, which learnt from the data 0123.dir.")
    assert len(page.shown(".sheet img")) == 3, "the picture and what it was made from"
    page.browser.get(gallery)
    page.says("Repainted by style v1")
    script = "return fetch('/jobs').then(() => 'read', () => 'refused')"
    assert page.browser.execute_script(script) == "refused", "a job's page is not of this site"


def test_the_catalog_is_sifted(page):
    page.open("/catalog")
    page.says("10 works")
    page.write("Words", "artist 1")
    page.says("5 works")
    page.write("From year", "1905")
    page.says("3 works")
    page.write("To year", "1907")
    page.says("2 works")
    page.click("figure.open", "Work 7")
    page.says("Artist 1")
    page.click("button", "Paint in its style")
    page.wait(lambda: page.all(".slot img"))
    page.says("Work 7")


def test_a_title_is_text(page):
    for path in ("/", "/catalog", "/rate"):
        page.open(path)
        page.says("Work 2<img src=x onerror='window.ran = true'>{{ 7 * 7 }}")
        page.wait(lambda: not page.all(".q-spinner"))
        assert page.browser.execute_script("return window.ran || false") is False
    page.open("/catalog")
    page.click("figure.open", "Work 2")
    page.says("Paint in its style")
    assert page.browser.execute_script("return window.ran || false") is False


def test_ratings_go_into_the_catalog(page, project):
    before = versions.data_md5(project) if (project.root / versions.DATA).is_file() else ""
    page.open("/rate")
    page.says("Rate works")
    page.write("Words", "Work 3")
    page.wait(lambda: len(page.all(".stars")) == 1)
    page.click(".q-rating__icon-container", number=7)
    page.says("Save 1 rating")
    page.click("button", "Save 1 rating")
    page.says("1 work in the catalog has new ratings")
    row = next(row for row in read_catalog(project.catalog).to_pylist() if row["title"] == "Work 3")
    assert (row["rating_mean"], row["rating_count"]) == (8, 1)
    md5 = versions.data_md5(project)
    assert md5 != before
    assert md5[:12] in page.text
    page.says("8.0 by 1 person")
    page.says("Save 0 ratings")


@pytest.fixture
def waiting(project: Settings, studio: str, monkeypatch):
    """A promotion of style v2 that waits for a person; what the gate compares is made up."""

    def evaluate(settings, family, path) -> Evaluation:
        number = int(path.name.split("-")[1])
        pairs = np.full((40, 60, 3), 90 * number, np.uint8)
        values = {"ideal_distance": np.linspace(0.9, 0.4, 12) - 0.01 * number}
        return Evaluation("theset", Judged(values, pictures={"pairs": pairs}))

    costs = {"seconds_per_megapixel": 1.0, "peak_megabytes": 100.0}
    monkeypatch.setattr(promotion, "evaluate_bundle", evaluate)
    monkeypatch.setattr(promotion, "measure_costs", lambda family, bundles: dict.fromkeys(bundles, costs))
    monkeypatch.setattr(approval, "_LOOK_AGAIN", 0.2)
    for name in ("pull", "reproduce", "data_md5"):
        monkeypatch.setattr(versions, name, lambda settings: "")
    context = contextvars.copy_context()
    thread = Thread(target=lambda: context.run(promote, "style", "2", "Ada", approval=True))
    thread.start()
    while not approval.waiting():
        time.sleep(0.2)
    yield
    thread.join(60)
    assert not thread.is_alive()


def test_promotions_are_refused_and_approved(page, project, waiting):
    page.open("/promotions")
    page.says("style v2 in place of v1?")
    page.says("seconds_per_megapixel")
    page.says("champion v1 on the left, challenger v2 on the right")
    assert len(page.shown(".page-of img")) == 1, "both models' pictures in one"
    page.click("button", "Refuse")
    page.says("Say why, and who you are")
    assert approval.waiting(), "nothing was answered"
    page.write("Why", "The strokes are finer.")
    page.click("button", "Approve")
    page.says("Approved. The run of 'promote style 2: Ada': Completed")
    assert registry.aliases(project, "style")["champion"] == 2
    decision = json.loads(registry.find(project, "style", "2").tags["approval"])
    assert (decision["approve"], decision["reason"]) == (True, "The strokes are finer.")
    page.open("/promotions")
    page.says("No promotion waits for a person")
    page.says("style v2 promoted")
    report = page.browser.find_element("partial link text", "Both models").get_attribute("href")
    page.browser.get(report)
    page.says("style v2 promoted")


def test_nothing_is_asked_of_others(page):
    for path in ("/", "/jobs", "/catalog", "/rate", "/promotions"):
        page.open(path)
        page.wait(lambda: not page.all(".q-spinner"))
    events = [json.loads(entry["message"])["message"] for entry in page.browser.get_log("performance")]
    asked = {one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"}
    assert len(asked) > 20
    assert not {url for url in asked if url.startswith(("http", "ws")) and not url.startswith(page.address)}


def test_what_is_missing_is_a_sentence_with_its_command(browser, tmp_path):
    (tmp_path / "dvc.yaml").touch()
    with served(tmp_path) as address:
        page = Page(browser, address)
        for path, words in {
            "/": "No style model is registered yet: train one with atelier train style",
            "/jobs": "No batch job has run here yet",
            "/catalog": "run dvc pull or atelier ingest",
            "/rate": "run dvc pull or atelier ingest",
            "/promotions": "promotions wait there for a person: start it with atelier up",
            "/jobs/0123456789abcdef": "There is no such job",
        }.items():
            page.open(path)
            page.says(words)
        page.open("/")
        page.click(".q-tab", "Paint new ones")
        page.says("No gan model is registered yet: train one with atelier train gan")
