import hashlib
import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from artmodels.errors import AtelierError
from tasks import gallery
from tasks.batch import JSON, Item, item_key
from tasks.batch.encode import write_picture
from tasks.batch.ledger import Ledger
from tasks.contact_sheet import Tile, make_contact_sheet
from tasks.gallery import build_gallery

EVIL = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>"


def source(path: Path, colour: tuple[int, int, int], **more: JSON) -> dict[str, JSON]:
    """A plain picture on the disk, as a record names it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (60, 40), colour).save(path)
    return {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **more}


def fill(out: Path, records: dict[str, dict[str, JSON]], reason: str | None = None) -> None:
    """A job's folder as the engine leaves it."""
    out.mkdir(parents=True, exist_ok=True)
    with Ledger(out) as ledger:
        for number, (output, record) in enumerate(records.items()):
            item = Item(item_key(record), output, record)
            picture = np.full((40, 60, 3), number % 256, np.uint8)
            ledger.add_done(item, write_picture(picture, out / output), 0.1)
        if reason:
            ledger.add_set_aside(Item("0" * 64, "bad.png", {}), reason)


def stylised(folder: Path, contents: int, styles: int) -> dict[str, dict[str, JSON]]:
    """Records of every content in every style."""
    tops = [source(folder / f"s{n}.png", (n, 0, 99), title=f"Style {n}") for n in range(styles)]
    sides = [source(folder / f"c_{n}.png", (0, n, 0)) for n in range(contents)]
    model = {"name": "style", "version": "3"}
    return {
        f"s{s}/c{c}.jpg": {"content": side, "style": top, "model": model, "parameters": {"alpha": 0.5}}
        for s, top in enumerate(tops)
        for c, side in enumerate(sides)
    }


class Page(HTMLParser):
    """The tags of a page, and what it says of each picture."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def cards(self) -> list[dict]:
        return [json.loads(link["data-card"]) for link in self.all("a") if "data-card" in link]


def test_the_page_shows_what_the_ledger_says(tmp_path: Path) -> None:
    out = tmp_path / "out"
    fill(out, stylised(tmp_path, 3, 2), reason="too dark")
    page = Page(build_gallery(out, title="Spring"))
    assert len(page.cards) == 6
    assert page.cards[0]["title"] == "c 0"
    assert page.cards[0]["styleTitle"] == "Style 0"
    assert page.cards[0]["model"] == "style v3"
    assert list(page.cards[0]["facts"].items()) == [("Picture", "60 x 40"), ("Alpha", "0.5")]
    assert "<h1>Spring</h1>" in page.text
    assert "<dt>bad.png</dt><dd>too dark</dd>" in page.text
    assert re.findall(r"<h2>(.*?)</h2>", page.text) == ["Style 0", "Style 1"]
    for link in page.all("a"):
        if not link.get("href", "").startswith("#") and link.get("href"):
            assert (out / unquote(link["href"])).is_file()
    for card in page.cards:
        assert (out / unquote(card["content"])).is_file()
        assert (out / unquote(card["style"])).is_file()


def test_nothing_is_fetched_from_anywhere(tmp_path: Path) -> None:
    fill(tmp_path, stylised(tmp_path / "sources", 1, 1))
    page = Page(build_gallery(tmp_path, title="Alone"))
    assert "default-src 'none'" in page.text
    assert not re.search(r"https?://|src=\"//", page.text)
    assert all(image["src"].startswith("data:image/") for image in page.all("img") if "src" in image)


def test_a_large_page_has_leaves_and_small_copies_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "PER_LEAF", 20)
    fill(tmp_path, stylised(tmp_path / "sources", 25, 2))
    page = Page(build_gallery(tmp_path, title="Many"))
    assert len(page.cards) == 50
    assert len(page.all("template")) == 2, "the first of three leaves is on the page itself"
    images = [image for image in page.all("img") if image.get("src")]
    # Two styles in the head; 0 to 19 of the first; 20 to 24 of it and 0 to 14 of the second; the rest of the second.
    assert len(images) == 50 + 2 + 4
    assert all(image["src"].startswith("data:image/webp;base64,") and image["loading"] == "lazy" for image in images)
    assert [link["data-leaf"] for link in page.all("a") if "data-leaf" in link] == ["0", "1"]
    assert page.text.count(", continued") == 2
    assert len(re.findall(r'id="icon-[0-9a-f]{64}">data:image/webp;base64,', page.text)) == 25 + 2, "each source once"
    assert len(page.text) < 200_000


def test_the_page_says_what_all_pictures_share_and_why_some_were_set_aside(tmp_path: Path) -> None:
    records = stylised(tmp_path / "sources", 2, 1)
    [first, second] = records.values()
    second["parameters"] = {"alpha": 0.5, "size": 256}
    first["parameters"] = {"alpha": 0.5, "size": 512}
    near = source(tmp_path / "near.png", (9, 9, 9), title="Nocturne")
    first["nearest"] = {**near, "distance": 0.31, "copy": False}
    fill(tmp_path / "out", records)
    with Ledger(tmp_path / "out") as ledger:
        for number in range(30):
            ledger.add_set_aside(Item(f"{number:064d}", f"{number}.png", {}), "too dark" if number else "too large")
    page = Page(build_gallery(tmp_path / "out", title="Shared"))
    assert "<li>alpha <b>0.5</b></li>" in page.text
    assert "size <b>" not in page.text
    assert "<dt>29 times</dt><dd>too dark</dd>" in page.text
    assert "<dt>1 time</dt><dd>too large</dd>" in page.text
    assert [card["nearestTitle"] for card in page.cards] == ["Nocturne, distance 0.31", ""]


def test_copies_are_marked_and_stand_first_among_the_closest(tmp_path: Path) -> None:
    records = stylised(tmp_path / "sources", 4, 1)
    for number, record in enumerate(records.values()):
        work = source(tmp_path / f"work{number}.png", (number, 9, 9), title=f"Work {number}")
        record["nearest"] = {**work, "distance": 0.3 - number / 10, "copy": number == 1}
    del list(records.values())[3]["nearest"]
    list(records.values())[3]["not_compared"] = "the data <is> gone"
    fill(tmp_path / "out", records)
    text = build_gallery(tmp_path / "out", title="Copies").read_text()
    assert '<a href="#closest"><b>1</b> as near to a training work as a copy</a>' in text
    assert "not compared with all training works: the data &lt;is&gt; gone" in text
    # Once on the wall, once among the closest.
    assert text.count('<b class="copy">') == 2
    closest = text[text.index('id="closest"') : text.index("</section>", text.index('id="closest"'))]
    assert re.findall(r"<span>c (\d), distance ([\d.]+)</span>", closest) == [("1", "0.2"), ("2", "0.1"), ("0", "0.3")]


def test_a_contact_sheet_of_pictures_that_are_gone_does_not_stay(tmp_path: Path) -> None:
    records = stylised(tmp_path / "sources", 1, 1)
    fill(tmp_path / "out", records)
    build_gallery(tmp_path / "out", title="Before")
    assert (tmp_path / "out" / gallery.SHEET).is_file()
    with Ledger(tmp_path / "out") as ledger:
        ledger.add_set_aside(Item(item_key({}), next(iter(records)), {}), "withheld", final=True)
    build_gallery(tmp_path / "out", title="After")
    assert not (tmp_path / "out" / gallery.SHEET).exists()


def test_a_page_shows_the_first_pictures_of_a_huge_job_and_says_so(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("tasks.gallery.SHOWN", 3)
    fill(tmp_path / "out", stylised(tmp_path / "in", 5, 1))
    page = Page(build_gallery(tmp_path / "out", title="Job"))
    assert len(page.cards) == 3
    assert "<b>5</b> pictures" in page.text
    assert 'the first <b>3</b> shown, all in <a href="ledger.jsonl">the ledger</a>' in page.text


def test_markup_in_words_stays_words(tmp_path: Path) -> None:
    evil = source(tmp_path / "c.png", (1, 2, 3), title=EVIL)
    model = {"name": EVIL, "version": EVIL}
    record = {"content": evil, "style": evil, "model": model, "parameters": {EVIL: EVIL}, "seed": EVIL}
    fill(tmp_path / "out", {"a'\"&<b>.png": record}, reason=EVIL)
    page = Page(build_gallery(tmp_path / "out", title=EVIL))
    assert [script.get("type") for script in page.all("script")] == ["text/plain", None]
    assert not any("onerror" in attrs for _, attrs in page.tags)
    assert page.cards[0]["title"] == EVIL
    [link] = [link for link in page.all("a") if "data-card" in link]
    assert (tmp_path / "out" / unquote(link["href"])).is_file()


def test_pictures_without_sources_and_sources_that_are_gone(tmp_path: Path) -> None:
    gone = {"path": "nowhere.png", "sha256": "1" * 64}
    fill(tmp_path, {"a.png": {"seed": 7}, "b.png": {"content": gone, "style": gone}})
    page = Page(build_gallery(tmp_path, title="Seeds"))
    assert [card["content"] for card in page.cards] == ["", ""]
    assert page.cards[0]["facts"]["Seed"] == "7"
    assert page.cards[1]["title"] == "nowhere"


def test_relative_sources_start_from_the_root(tmp_path: Path) -> None:
    there = source(tmp_path / "project" / "c.png", (1, 2, 3))
    fill(tmp_path / "out", {"a.png": {"content": {**there, "path": "c.png"}}})
    page = Page(build_gallery(tmp_path / "out", title="Root", root=tmp_path / "project"))
    assert (tmp_path / "out" / page.cards[0]["content"]).is_file()


def test_an_empty_job_has_a_page_too(tmp_path: Path) -> None:
    fill(tmp_path, {})
    assert "No picture is finished yet." in build_gallery(tmp_path, title="None").read_text()
    with pytest.raises(AtelierError, match="is not there"):
        build_gallery(tmp_path / "elsewhere", title="None")


def test_a_second_build_makes_no_thumbnail_again(tmp_path: Path) -> None:
    fill(tmp_path, stylised(tmp_path / "sources", 3, 2))
    first = build_gallery(tmp_path, title="Twice").read_bytes()
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "gallery_files").iterdir()}
    time.sleep(0.01)
    assert build_gallery(tmp_path, title="Twice").read_bytes() == first
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "gallery_files").iterdir()} == made


def test_the_contact_sheet_has_styles_on_top_and_contents_at_the_side(tmp_path: Path) -> None:
    fill(tmp_path, stylised(tmp_path / "sources", 3, 2))
    build_gallery(tmp_path, title="Sheet")
    sheet = np.array(Image.open(tmp_path / "contact_sheet.jpg"))
    step, drop = 256 + 16, 85 + 16 + 36
    assert sheet.shape[:2] == (4 * drop + 48, 3 * step + 48)
    middle = [[sheet[32 + y * drop + 65, 32 + x * step + 128].astype(int) for x in range(3)] for y in range(4)]
    assert middle[0][0].min() > 240, "the corner is empty"
    assert abs(middle[0][2] - (1, 0, 99)).max() < 12
    assert abs(middle[3][0] - (0, 2, 0)).max() < 12
    assert abs(middle[3][2] - 5).max() < 12


def test_an_empty_contact_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AtelierError, match="at least one row with one tile"):
        make_contact_sheet([], tmp_path / "sheet.jpg")
    long = Tile(None, "a title that is far too long for a tile of this size")
    with Image.open(make_contact_sheet([[long]], tmp_path / "sheet.png", tile=64)) as sheet:
        assert sheet.size == (72 + 24, 21 + 8 + 24 + 24)
