"""The page of the catalog: which works there are, sifted, and what is known of each."""

from typing import Any

import pyarrow as pa
from nicegui import ui

from flows.studio.frame import Studio, frame, load
from flows.studio.parts import Sifter, facts, image, leaves, wall
from tasks.studio.files import Side, work_address
from tasks.studio.works import works

_PER_LEAF = 60


def add_catalog(studio: Studio) -> None:
    """Add the page."""

    @ui.page("/catalog")
    async def catalog() -> None:
        with frame("Catalog"):
            await load(lambda: works(studio.settings), _show)


def _show(table: pa.Table) -> None:
    with ui.element("h1"):
        count = ui.label()

    def show(found: pa.Table) -> None:
        count.text = f"{len(found):,} works" if len(found) != 1 else "1 work"
        if not len(found):
            ui.label("Nothing in the catalog is like this.").classes("missing")
            return

        def leaf(first: int, end: int) -> None:
            wall(found.slice(first, end - first).to_pylist(), open_work)

        leaves(len(found), _PER_LEAF, leaf)

    Sifter(table, show)


def open_work(work: dict[str, Any]) -> None:
    """Show a work, and what the catalog says of it."""
    with ui.dialog(value=True) as dialog, ui.card().classes("sheet"), ui.element("div").classes("look"):
        image(work_address(work["id"], Side.SHEET), work["title"]).classes("made")
        with ui.column().classes("gap-4"):
            with ui.element("h2"):
                ui.label(work["title"] or "Untitled")
            facts(_told(work))
            with ui.row().classes("gap-2"):
                if work["kind"] == "artwork":
                    ui.button("Paint in its style", on_click=lambda: ui.navigate.to(f"/?style={work['id']}")).props(
                        "unelevated no-caps"
                    )
                else:
                    ui.button("Repaint it", on_click=lambda: ui.navigate.to(f"/?content={work['id']}")).props(
                        "unelevated no-caps"
                    )
                ui.button("Close", on_click=dialog.close).props("flat no-caps")
    dialog.on("hide", dialog.delete)


def _told(work: dict[str, Any]) -> dict[str, str]:
    """Say what is known of a work; what is not known is left out."""
    rated = ""
    if work["rating_count"]:
        people = "person" if work["rating_count"] == 1 else "people"
        rated = f"{work['rating_mean']:.1f} of 10, by {work['rating_count']} {people}"
    known = {name.capitalize(): work[name] for name in ("artist", "year", "style", "genre", "series")}
    known |= {"Licence": work["licence"], "Source": work["source"], "Rated": rated, "Note": work["note"]}
    known |= {"Size": f"{work['width']} x {work['height']}", "Kind": work["kind"], "Id": work["id"]}
    if work["near_duplicate_of"]:
        known["Looks like"] = work["near_duplicate_of"]
    return {name: str(value) for name, value in known.items() if value not in (None, "")}
