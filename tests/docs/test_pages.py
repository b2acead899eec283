"""Every page can be reached, and leads where it says."""

import itertools
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from docs_pages import PAGES, ROOT, fences, is_run_at_build, page_id, tokens
from markdown.extensions.toc import slugify

DOCS = ROOT / "docs"


class _Loader(yaml.SafeLoader):
    """Reads `mkdocs.yml`, whose tags name Python objects."""


_Loader.add_multi_constructor("tag:yaml.org,2002:python/name:", lambda loader, suffix, node: suffix)


def files_of(entry: object) -> list[str]:
    """Return the files that a part of the navigation names."""
    if isinstance(entry, str):
        return [entry]
    parts = entry.values() if isinstance(entry, dict) else entry
    return [file for part in parts for file in files_of(part)]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as the site and GitHub make them."""
    found: set[str] = set()
    read = tokens(page)
    for opening, inline in itertools.pairwise(read):
        if opening.type == "heading_open":
            words = "".join(child.content for child in inline.children or [])
            found.add(slugify(words, "-"))
    return found


def is_made_at_build(page: Path) -> bool:
    """Tell whether a page gets headings when the site is built, which checks the anchors that lead there."""
    return any(is_run_at_build(fence) for fence in fences(page)) or "\n::: " in page.read_text(encoding="utf-8")


def links(page: Path) -> list[str]:
    """Return what a page links to and shows."""
    found = []
    for token in tokens(page):
        for child in token.children or []:
            if target := child.attrGet("href") or child.attrGet("src"):
                found.append(str(target))
        if token.type == "html_block":
            found += re.findall(r'(?:href|src(?:set)?)="([^"]+)"', token.content)
    return found


def test_the_navigation_names_every_page():
    navigation = files_of(yaml.load((ROOT / "mkdocs.yml").read_text(), _Loader)["nav"])
    pages = [str(page.relative_to(DOCS)) for page in PAGES if DOCS in page.parents]
    assert sorted(navigation) == sorted(pages), "the navigation is the end of mkdocs.yml"


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_somewhere(page):
    for link in links(page):
        if re.match(r"https?://|mailto:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: there is no such file"
        assert target.is_relative_to(ROOT), f"{link}: leads out of the repository"
        if DOCS in page.parents:
            assert DOCS in target.parents, f"{link}: is not part of the site"
        if anchor and target.suffix == ".md" and not is_made_at_build(target):
            assert anchor in anchors(target), f"{link}: there is no such heading"


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_a_page_has_one_title(page):
    titles = [token for token in tokens(page) if token.type == "heading_open" and token.tag == "h1"]
    assert len(titles) == 1
