"""Where what is made is shown: beside what it was made from, and as each version of the model made it."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

from nicegui import ui

from flows.studio.frame import Studio, in_thread
from flows.studio.origin import open_picture
from flows.studio.parts import image
from tasks.registry import Version
from tasks.studio.files import Side, download_address, picture_address
from tasks.studio.folders import Picture

T = TypeVar("T")


async def one_at_a_time(lock: asyncio.Lock, status: ui.label, doing: str, do: Callable[[], T]) -> T:
    """Do something in a thread, when whoever is before has done; the page says so, and stays alive."""
    status.text = "Another one is being done; yours is next." if lock.locked() else doing
    try:
        async with lock:
            if not status.is_deleted:
                status.text = doing
            return await in_thread(do)
    finally:
        if not status.is_deleted:
            status.text = ""


def both(versions: Mapping[str, Version], role: str) -> dict[str, Version]:
    """Return the versions that a person asked for: `champion`, `challenger`, or all that there are."""
    return {role: versions[role]} if role in versions else dict(versions)


def choose_model(studio: Studio, versions: Mapping[str, Version]) -> ui.toggle | None:
    """Ask which model is to paint, where there are two."""
    if len(versions) < 2:
        return None
    options = {"both": "Both"} | {role: f"{role.capitalize()} v{one.number}" for role, one in versions.items()}
    return ui.toggle(options, value="both").props("no-caps dense unelevated spread toggle-color=primary")


def made(
    studio: Studio, picture: Picture, title: str, words: str, side: Side = Side.SCREEN, whole: bool = True
) -> None:
    """Show a picture that was made, with what made it, its file, and where it came from."""
    job, sha256 = picture.job.id, picture.sha256
    with ui.element("figure"):
        shown = image(picture_address(job, sha256, side), title).classes("large whole" if whole else "large")
        shown.on("click", lambda: open_picture(studio, picture))
        with ui.element("figcaption"):
            with ui.element("b"):
                ui.label(title)
            if words:
                ui.label(words)
            ui.link("Download", download_address(job, sha256)).props("download")
            origin = ui.element("a").props("tabindex=0 role=button")
            origin.on("click", lambda: open_picture(studio, picture)).on(
                "keydown.enter", lambda: open_picture(studio, picture)
            )
            with origin:
                ui.html("Origin", sanitize=False, tag="span")
