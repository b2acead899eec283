"""Paint new pictures from seeds: the choices, and what came of them."""

from collections.abc import Mapping

from nicegui import ui

from artmodels.gan.painter import MOST_SEED
from flows.studio.frame import Notice, Studio, in_thread, say, say_missing, telling
from flows.studio.stage import both, choose_model, made, one_at_a_time
from tasks.registry import Version
from tasks.studio import make
from tasks.studio.files import Side
from tasks.studio.folders import Job

ANY = "any"


class Paint:
    """The part of the page that paints from nothing but seeds."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._versions: Mapping[str, Version] = {}
        with ui.element("div").classes("bench"):
            with ui.element("div").classes("panel"):
                self._panel()
            self._stage = ui.element("div").classes("stage")
        with self._stage:
            say_missing("A seed is a number; every seed is a picture that was never painted before.")
        ui.timer(0, self._begin, once=True)

    def _panel(self) -> None:
        self._notice = Notice()
        with ui.element("div").classes("pair"):
            self._seed = ui.number("First seed", value=0, min=0, max=MOST_SEED, format="%d").props("outlined dense")
            self._count = ui.number("How many", value=12, min=1, max=make.MOST_SEEDS, format="%d").props(
                "outlined dense"
            )
        with ui.row().classes("items-center w-full no-wrap gap-4"):
            ui.label("Variety").classes("small soft")
            self._truncation = ui.slider(min=0, max=1, step=0.05, value=1).props("label aria-label=Variety")
        self._class = ui.select([ANY], value=ANY, label="Class").props("outlined dense options-dense")
        self._class.visible = False
        self._models = ui.element("div")
        self._button = ui.button("Paint", on_click=self._paint).props("unelevated no-caps")
        self._status = ui.label().classes("small soft")
        self._role: ui.toggle | None = None

    async def _begin(self) -> None:
        """Find the generators, and what they may be asked for."""
        with telling(self._notice):
            self._versions = await in_thread(make.models, self._studio.settings, "gan")
            classes = await in_thread(make.classes, self._studio.settings)
            if self._stage.is_deleted:
                return
            self._class.set_options([ANY, *classes])
            self._class.visible = bool(classes)
            with self._models:
                self._role = choose_model(self._studio, self._versions)
        if not self._versions:
            self._button.disable()

    async def _paint(self) -> None:
        wanted = both(self._versions, self._role.value if self._role else "")
        controls = {
            "truncation": self._truncation.value,
            "classes": [] if self._class.value == ANY else [self._class.value],
        }
        self._button.disable()
        with telling(self._notice):
            seeds = range(int(self._seed.value or 0), int(self._seed.value or 0) + int(self._count.value or 1))

            def paint() -> dict[str, Job]:
                return {
                    role: make.paint(self._studio.settings, version, seeds, **controls)
                    for role, version in wanted.items()
                }

            found = await one_at_a_time(self._studio.model, self._status, "Painting ...", paint)
            if not self._stage.is_deleted:
                self._show(found)
        if not self._button.is_deleted:
            self._button.enable()

    def _show(self, found: dict[str, Job]) -> None:
        self._stage.clear()
        with self._stage:
            for role, job in found.items():
                with ui.element("div"):
                    with ui.element("h2"):
                        ui.label(f"{job.pictures[0].model}, the {role}")
                    with ui.element("div").classes("wall"):
                        for picture in job.pictures:
                            made(self._studio, picture, f"Seed {picture.record['seed']}", "", Side.WALL, whole=False)
                    for _, reason in job.set_aside:
                        say(f"Set aside: {reason}").classes("small soft q-mt-sm")
