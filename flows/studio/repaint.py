"""Repaint a picture in the style of another: the choices, and what came of them."""

from collections.abc import Mapping

from nicegui import ui

from artmodels.errors import AtelierError
from flows.studio.frame import Notice, Studio, in_thread, say_missing, telling
from flows.studio.parts import figure, wall
from flows.studio.slots import Slot
from flows.studio.stage import both, choose_model, made, one_at_a_time
from tasks.registry import Version
from tasks.studio import make
from tasks.studio.folders import Picture
from tasks.studio.works import Filters, find_works, one_of_each, works

SIZES = {512: "512 px", 768: "768 px", 1024: "1024 px", 2048: "2048 px", 0: "as it is"}
"""Shorter sides of a result."""

_APART = {"photograph": "title", "artwork": "style"}
"""What tells works apart that are offered to begin with."""

_OFFERED = 10


class Repaint:
    """The part of the page that repaints."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        with ui.element("div").classes("bench"):
            with ui.element("div").classes("panel"):
                self._panel()
            self._stage = ui.element("div").classes("stage")

    def _panel(self) -> None:
        notice = self._notice = Notice()
        with ui.element("div").classes("pair"):
            self.content = Slot(self._studio, "The picture", "Drop a picture here, or click", "photograph", notice)
            self.style = Slot(self._studio, "In the style of", "Drop a style here, or click", "artwork", notice)
        with ui.row().classes("items-center w-full no-wrap gap-4"):
            ui.label("Strength").classes("small soft")
            self._alpha = ui.slider(min=0, max=1, step=0.05, value=1).props("label aria-label=Strength")
        self._size = ui.select(SIZES, value=768, label="Shorter side, at most").props("outlined dense options-dense")
        self._keep = ui.switch("Keep the picture's colours").props("dense")
        self._models = ui.element("div")
        self._button = ui.button("Repaint", on_click=self._repaint).props("unelevated no-caps")
        self._status = ui.label().classes("small soft")
        self._role: ui.toggle | None = None
        self._versions: Mapping[str, Version] = {}

    async def begin(self, content: str, style: str) -> None:
        """Find the models, and put works of the catalog in their places, if the address names any."""
        await self._suggest()
        with telling(self._notice):
            self._versions = await in_thread(make.models, self._studio.settings, "style")
            if self._stage.is_deleted:
                return
            with self._models:
                self._role = choose_model(self._studio, self._versions)
        if not self._versions:
            self._button.disable()
        for slot, id in ((self.content, content), (self.style, style)):
            if id:
                await slot.take_work(id)

    async def _suggest(self) -> None:
        """Offer works to begin with, below what is made."""
        try:
            table = await in_thread(works, self._studio.settings)
        except AtelierError as error:
            with self._stage:
                say_missing(f"Drop a picture and a style, and have it repainted. To choose from: {error}")
            return
        if self._stage.is_deleted:
            return
        with self._stage, ui.element("div").classes("first"):
            for slot, kind, words in ((self.content, "photograph", "Pictures"), (self.style, "artwork", "Styles")):
                found = one_of_each(find_works(table, Filters(kind=kind)), _APART[kind], _OFFERED)
                if found:
                    with ui.element("div"):
                        with ui.element("h2"):
                            ui.label(f"{words} to begin with")
                        wall(found, slot.take)

    async def _repaint(self) -> None:
        content, style = self.content.source, self.style.source
        if content is None or style is None:
            self._notice.tell("A picture and a style are needed: drop them above, or take them from the catalog.")
            return
        controls = {"alpha": self._alpha.value, "size": self._size.value or None, "keep_colours": self._keep.value}
        wanted = both(self._versions, self._role.value if self._role else "")

        def paint() -> dict[str, Picture]:
            return {
                role: make.repaint(self._studio.settings, version, content, style, **controls)
                for role, version in wanted.items()
            }

        self._button.disable()
        with telling(self._notice):
            found = await one_at_a_time(self._studio.model, self._status, "Painting ...", paint)
            if not self._stage.is_deleted:
                self._show(found, content.title, style.title)
        if not self._button.is_deleted:
            self._button.enable()

    def _show(self, found: dict[str, Picture], content: str, style: str) -> None:
        """Put the newest on top; what was made before stays below it, and what there is to begin with."""
        with self._stage, ui.element("div").classes("row-of") as row:
            figure(self.content.address, content, "the picture")
            for role, picture in found.items():
                words = f"{picture.model}, the {role}; {picture.width} x {picture.height}"
                made(self._studio, picture, f"{content} in {style}", words)
        row.move(target_index=0)
