"""The page of promotions: those that wait for a person, and what was decided before."""

from typing import Any

from nicegui import ui

from flows.studio.frame import Notice, Studio, frame, load, say, telling
from flows.studio.stage import one_at_a_time
from tasks import approval
from tasks.studio.decisions import Asked, asked, decided
from tasks.studio.files import report_address

_NOTHING_ASKED = (
    "No promotion waits for a person. One does after `atelier promote style --approval`, where the gate would promote."
)
_NO_SERVER = (
    "No Prefect server is up here, and promotions wait there for a person: start it with `atelier up`, and then "
    "`atelier studio` again."
)


def add_promotions(studio: Studio) -> None:
    """Add the page."""

    @ui.page("/promotions")
    async def promotions() -> None:
        with frame("Promotions"):
            with ui.element("h1"):
                ui.label("Promotions that wait")
            if approval.has_server():
                await load(asked, lambda found: _list(studio, found))
            else:
                say(_NO_SERVER).classes("lead q-my-md")
            with ui.element("h1").classes("later"):
                ui.label("Decided")
            await load(lambda: decided(studio.settings), _history)


def _list(studio: Studio, found: list[Asked]) -> None:
    if not found:
        say(_NOTHING_ASKED).classes("lead q-my-md")
    for one in found:
        _Question(studio, one)


class _Question:
    """A promotion that waits, and the form that answers it."""

    def __init__(self, studio: Studio, one: Asked) -> None:
        self._studio, self._one = studio, one
        waiting = one.waiting
        with ui.element("div").classes("asked"):
            # Names of figures hold underscores, which are no emphasis.
            ui.markdown(one.page or f"# {waiting.name}", extras=["tables", "code-friendly"]).classes("page-of")
            since, until = (f"{moment.astimezone():%Y-%m-%d %H:%M}" for moment in (waiting.since, waiting.until))
            ui.label(
                f"{waiting.name}. It has waited since {since}; without an answer until {until}, it is refused."
            ).classes("small soft")
            with ui.row().classes("items-center gap-3 q-mt-md w-full"):
                self._reason = ui.input("Why").props("outlined dense").style("width: min(420px, 100%)")
                self._by = ui.input("Your name", value=studio.person).props("outlined dense")
                self._buttons = [
                    ui.button("Approve", on_click=lambda: self._answer(True)).props("unelevated no-caps"),
                    ui.button("Refuse", on_click=lambda: self._answer(False)).props("outline no-caps"),
                ]
            self._status = ui.label().classes("small soft")
            self._notice = Notice()

    async def _answer(self, approve: bool) -> None:
        reason, by, one = (self._reason.value or "").strip(), (self._by.value or "").strip(), self._one.waiting
        if not reason or not by:
            self._notice.tell("Say why, and who you are: both are kept with the model.")
            return

        def answer() -> str:
            approval.answer(str(one.id), approve, reason, by)
            return approval.outcome(one.id)

        for button in self._buttons:
            button.disable()
        with telling(self._notice):
            said = "Approved" if approve else "Refused"
            doing = f"{said}; the run goes on and carries it out ..."
            outcome = await one_at_a_time(self._studio.data, self._status, doing, answer)
            if not self._notice.is_gone:
                self._notice.tell(f"{said}. The run of {one.name!r}: {outcome}.", good=True)
            return
        if not self._notice.is_gone:
            for button in self._buttons:
                button.enable()


def _history(found: list[dict[str, Any]]) -> None:
    if not found:
        say("The gate has decided nothing yet: `atelier adopt style` puts the model that ships to it.").classes("lead")
    for one in found:
        with ui.element("div").classes("decided"):
            ui.label(str(one["at"])[:16].replace("T", " ")).classes("small soft")
            with ui.element("div"):
                ui.label(f"{one['family']} v{one['version']} {one['action']}").classes("text-weight-medium")
                ui.label(f"{one['reason']}.").classes("small")
                with ui.row().classes("small soft gap-4"):
                    ui.label(f"by {one['by']}")
                    if one["action"] != "rolled back":
                        ui.link(
                            "Both models, their figures and pictures",
                            report_address(one["family"], one["version"]),
                            True,
                        )
