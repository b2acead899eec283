"""What all pages share: templates in which every value is text, never markup, and one look."""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from tasks.batch.encode import write_text


def write_page(path: Path, template: str, **values: Any) -> Path:
    """Write a page of `templates/`; it needs no network, and no file beside it; return its path.

    Raises:
        CannotWrite: the folder takes no file.
    """
    return write_text(path, environment().get_template(template).render(**values))


def plain(template: str) -> Template:
    """Return a template of Markdown; there the filter `words` keeps foreign words from being markup."""
    markdown = environment().overlay(autoescape=False)
    markdown.filters["words"] = _words
    return markdown.get_template(template)


def environment() -> Environment:
    """The templates, with every value escaped: a title is text, never markup."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}
    environment.filters["count"] = "{:,}".format
    environment.filters["duration"] = duration
    return environment


def duration(seconds: float) -> str:
    """Say a time as a person would: 340 ms, 4.2 s, 12 min, 3 h 20 min."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _words(text: object) -> str:
    """Return text for a line of Markdown: what could be markup, of HTML too, is said to be none."""
    return re.sub(r"([\\`*_{}\[\]<>|#&])", r"\\\1", " ".join(str(text).split()))
