"""The page on which pictures are made: repainted in a style, or painted from seeds."""

from nicegui import ui

from flows.studio.frame import Studio, frame
from flows.studio.paint import Paint
from flows.studio.repaint import Repaint


def add_make(studio: Studio) -> None:
    """Add the page."""

    @ui.page("/")
    async def make(style: str = "", content: str = "") -> None:
        with frame("Make"):
            with ui.tabs().props("align=left no-caps dense inline-label").classes("q-mb-lg") as tabs:
                ui.tab("repaint", "Repaint a picture")
                ui.tab("paint", "Paint new ones")
            with ui.tab_panels(tabs, value="repaint", keep_alive=True).classes("w-full"):
                with ui.tab_panel("repaint"):
                    repaint = Repaint(studio)
                with ui.tab_panel("paint"):
                    Paint(studio)
        await ui.context.client.connected()
        await repaint.begin(content, style)
