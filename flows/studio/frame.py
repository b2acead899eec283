"""What all pages of the studio share: the house that they are of, their frame, and how faults are told."""

import asyncio
import html
import logging
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar, cast

from nicegui import run, ui

from artmodels.errors import AtelierError, is_full
from flows.studio.look import CSS, PRIMARY
from tasks.settings import Settings

PAGES = {"Make": "/", "Jobs": "/jobs", "Catalog": "/catalog", "Rate": "/rate", "Promotions": "/promotions"}

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Studio:
    """What the pages work on.

    Attributes:
        settings: where all is.
        person: who sits at this machine, for the record.
        model: held by whoever runs a model: one at a time.
        data: held by whoever makes a version of the data, or answers a promotion.
    """

    settings: Settings
    person: str
    model: asyncio.Lock = field(default_factory=asyncio.Lock)
    data: asyncio.Lock = field(default_factory=asyncio.Lock)


class Notice:
    """A place on a page for one sentence: what went wrong, or what came of something."""

    def __init__(self) -> None:
        self._place = ui.element("div").classes("told").props("role=status aria-live=polite")

    def tell(self, sentence: str, good: bool = False) -> None:
        """Show a sentence in place of the last."""
        self.clear()
        self._place.classes(add="good" if good else "", remove="" if good else "good")
        with self._place:
            say(sentence)

    def clear(self) -> None:
        """Show nothing."""
        self._place.clear()

    @property
    def is_gone(self) -> bool:
        """Whether its page was left meanwhile."""
        return self._place.is_deleted


@contextmanager
def frame(name: str) -> Iterator[None]:
    """Lay out a page; the block fills it."""
    ui.colors(primary=PRIMARY)
    ui.add_css(CSS)
    ui.page_title(f"{name} · Atelier")
    ui.on_exception(_notify)
    with ui.element("nav").classes("top"):
        ui.label("Atelier").classes("name")
        for page, address in PAGES.items():
            ui.link(page, address).classes("here" if page == name else "")
    yield


def say(sentence: str) -> ui.html:
    """Show a sentence; what stands in backticks is a command."""
    words = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(sentence))
    return ui.html(words, sanitize=False)


def say_missing(sentence: str) -> None:
    """Show in place of a page's content what is missing, and the command that mends it."""
    say(sentence).classes("missing")


def sentence_of(error: Exception) -> str | None:
    """Return what a fault says to a person who can mend it; None where it is a bug."""
    import httpx

    if isinstance(error, AtelierError):
        return str(error)
    if is_full(error):
        return "A disk is full: make room, and do it again; what is done stays."
    if isinstance(error, httpx.TransportError | httpx.HTTPStatusError) or str(error).startswith("Failed to reach API"):
        return "Prefect's server does not answer: see `atelier status`, or start it with `atelier up`."
    return None


def _notify(error: Exception) -> None:
    """Tell a fault that came of a click, and that nothing on the page has a place for."""
    ui.notify(_told(error), type="negative", multi_line=True, timeout=10_000)


def _told(error: Exception) -> str:
    """Return what is said of a fault; a bug goes to the terminal."""
    sentence = sentence_of(error)
    if sentence is None:
        logging.getLogger("atelier.studio").error("A fault of the studio's page", exc_info=error)
        return f"This should not have happened ({type(error).__name__}): the terminal says more."
    return sentence


@contextmanager
def telling(notice: Notice) -> Iterator[None]:
    """Tell a fault of the block in its sentence; a bug goes to the terminal, and is told of."""
    notice.clear()
    try:
        yield
    except Exception as error:  # noqa: BLE001 - a page has nobody else to tell it to
        sentence = _told(error)
        if not notice.is_gone:
            notice.tell(sentence)


async def in_thread(do: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Do something slow in a thread, so that the page stays alive."""
    # NiceGUI answers None where the server is being ended; then nobody is there to mind.
    return cast(T, await run.io_bound(do, *args, **options))


async def load(do: Callable[[], T], show: Callable[[T], Awaitable[None] | None]) -> None:
    """Do something slow in a thread while the page shows that it is at work; show what came of it."""
    place = ui.column().classes("w-full gap-0")
    with place:
        spinner = ui.spinner(size="28px").classes("q-my-lg")
        notice = Notice()
    await ui.context.client.connected()
    with telling(notice):
        found = await in_thread(do)
        if not place.is_deleted:
            with place:
                shown = show(found)
                if shown is not None:
                    await shown
    if not place.is_deleted:
        spinner.delete()
