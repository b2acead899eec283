"""The built site: `make docs` builds it by these tests."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from docs_pages import ROOT

pytestmark = pytest.mark.slow


class _References(HTMLParser):
    """Collects what a page links to, what it loads, and its anchors."""

    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.add(given.get("id", ""))
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        elif tag == "link" and given.get("rel") not in ("canonical", "prev", "next"):
            self.loaded.add(given.get("href", ""))
        elif "src" in given:
            self.loaded.add(given["src"])


def read(page: Path) -> _References:
    """Read a page of the site."""
    found = _References()
    found.feed(page.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def site() -> Path:
    """The site, built anew in the folder `site`."""
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    # A block that fails while the site is built leaves its traceback on the page, and the build goes on.
    assert "exited with errors" not in said, said
    return ROOT / "site"


def test_links_of_the_site_lead_somewhere(site):
    pages = {page: read(page) for page in site.rglob("*.html")}
    for page, found in pages.items():
        for link in found.links | found.loaded:
            if re.match(r"https?://|mailto:|javascript:|data:", link):
                continue
            path, _, anchor = unquote(link).partition("#")
            # The page of a missing address is served from anywhere, and names its files from the root.
            start = site if path.startswith("/") else page.parent
            target = (start / path.lstrip("/")).resolve() if path not in ("", ".") else page
            assert target.exists(), f"{page.relative_to(site)}: {link}"
            if anchor and target in pages:
                assert anchor in pages[target].anchors, f"{page.relative_to(site)}: {link}"


def test_the_site_loads_nothing_from_elsewhere(site):
    for page in site.rglob("*.html"):
        foreign = [reference for reference in read(page).loaded if re.match(r"(https?:)?//", reference)]
        assert not foreign, page.relative_to(site)
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(\s*['\"]?(https?:)?//", sheet.read_text(encoding="utf-8")), sheet


def test_the_reference_is_filled(site):
    names = {
        "cli": "atelier stylize",
        "settings": "ATELIER_TRACKING_URI",
        "families": "texture_weight",
        "deployments": "retrain/studio",
        "artmodels": "artmodels.family.Family",
        "tasks": "tasks.promotion.promote",
        "flows": "flows.retrain.retrain",
    }
    for page, name in names.items():
        assert name in (site / "reference" / f"{page}.html").read_text(encoding="utf-8"), page
