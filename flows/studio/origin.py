"""A picture of a job, large, with where it came from: inputs, model, and its content credentials in words."""

from nicegui import ui

from flows.studio.frame import Notice, Studio, in_thread, telling
from flows.studio.parts import facts, figure, image
from tasks.studio.files import Side, copy_address, download_address, picture_address
from tasks.studio.folders import Picture
from tasks.studio.told import credentials_of, facts_of, origins_of, title_of

_STATES = {"intact": "Signed here, and as it was signed"}
"""What a verdict is called where it is good; the others say what they are."""


def open_picture(studio: Studio, picture: Picture) -> None:
    """Show a picture over the page."""
    with ui.dialog(value=True) as dialog, ui.card().classes("sheet"), ui.element("div").classes("look"):
        title = title_of(studio.settings, picture)
        image(picture_address(picture.job.id, picture.sha256, Side.SCREEN), title).classes("made")
        with ui.column().classes("gap-4 min-w-0"):
            with ui.element("h2"):
                ui.label(title)
            with ui.row().classes("gap-2"):
                ui.button("Download").props(
                    f"unelevated no-caps tag=a download href={download_address(picture.job.id, picture.sha256)}"
                )
                ui.button("Close", on_click=dialog.close).props("flat no-caps")
            _origins(studio, picture)
            facts(facts_of(picture))
            credentials = ui.element("div").classes("w-full")
    dialog.on("hide", dialog.delete)

    async def read() -> None:
        with credentials:
            notice = Notice()
            with telling(notice):
                state, lines = await in_thread(credentials_of, studio.settings, picture)
                if credentials.is_deleted:
                    return
                ui.label(f"Content credentials: {_STATES.get(state, state)}").classes("text-weight-medium")
                for line in lines:
                    ui.label(line).classes("small soft")

    with dialog:
        ui.timer(0, read, once=True)


def _origins(studio: Studio, picture: Picture) -> None:
    origins = list(origins_of(studio.settings, picture))
    if not origins:
        return
    with ui.element("div").classes("origins w-full"):
        for one in origins:
            words = ": ".join(filter(None, [one.role, one.words]))
            if one.has_copy:
                figure(copy_address(picture.job.id, one.sha256), one.title, words)
            else:
                with ui.element("figcaption"), ui.element("b"):
                    ui.label(one.title)
                    ui.label(words)
