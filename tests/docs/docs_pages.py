"""What the tests of the documentation share: its pages, and what is written in them."""

import re
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])


def page_id(page: Path) -> str:
    """Name a page in a test's name."""
    return str(page.relative_to(ROOT))


def tokens(page: Path) -> list[Token]:
    """Read a page's Markdown."""
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def fences(page: Path) -> list[Token]:
    """Return a page's fenced blocks, in order."""
    return [token for token in tokens(page) if token.type == "fence"]


def is_run_at_build(fence: Token) -> bool:
    """Tell whether a block is replaced by what it prints when the site is built."""
    return 'exec="true"' in fence.info


def commands(page: Path) -> list[str]:
    """Return the shell's lines of a page, one command each, without prompts and comments."""
    found = []
    for fence in fences(page):
        if fence.info.partition(" ")[0] not in ("", "bash", "sh", "console"):
            continue
        text = fence.content.replace("\\\n", " ")
        for line in text.splitlines():
            if fence.info.startswith("console") and not line.startswith("$ "):
                continue
            line = re.sub(r"(^|\s)#.*", "", line.removeprefix("$ ")).strip()
            found += [part.strip() for part in re.split(r"&&|\|\||;", line) if part.strip()]
    return found


def mentions(page: Path) -> list[str]:
    """Return what a page sets as code within its sentences."""
    children = (child for token in tokens(page) for child in token.children or [])
    return [child.content for child in children if child.type == "code_inline"]
