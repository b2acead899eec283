"""The page on which works are rated; the ratings go into the catalog the way that `atelier rate` takes them."""

from typing import Any

import pyarrow as pa
from nicegui import ui

from flows.studio.frame import Notice, Studio, frame, load, say, telling
from flows.studio.parts import Sifter, figure, leaves
from flows.studio.stage import one_at_a_time
from tasks.studio import ratings
from tasks.studio.files import Side, work_address
from tasks.studio.works import works

_PER_LEAF = 24
_HOW = (
    "From one star to ten. What you save goes into the catalog's rating columns, by `atelier rate`, which makes a new "
    "version of the data. Of a work that you rate, earlier ratings that were "
    "not given on this page are replaced."
)


def add_rate(studio: Studio) -> None:
    """Add the page."""

    @ui.page("/rate")
    async def rate() -> None:
        with frame("Rate"):
            await load(lambda: works(studio.settings), lambda table: _Rate(studio, table).show())


class _Rate:
    """What a person has rated on the page, and not saved yet."""

    def __init__(self, studio: Studio, table: pa.Table) -> None:
        self._studio, self._table = studio, table
        self._new: dict[str, float] = {}

    def show(self) -> None:
        """Lay out the page."""
        with ui.element("h1"):
            ui.label("Rate works")
        say(_HOW).classes("lead")
        self._sifter = Sifter(self._table, self._works, "artwork")
        with ui.element("div").classes("save"):
            self._name = ui.input("Your name", value=self._studio.person).props("outlined dense")
            self._save = ui.button(on_click=self._take_in).props("unelevated no-caps")
            self._status = ui.label().classes("small soft")
            self._notice = Notice()
        self._count()

    def _works(self, found: pa.Table) -> None:
        if not len(found):
            ui.label("Nothing in the catalog is like this.").classes("missing")

        def leaf(first: int, end: int) -> None:
            with ui.element("div").classes("wall large"):
                for work in found.slice(first, end - first).to_pylist():
                    self._work(work)

        leaves(len(found), _PER_LEAF, leaf)

    def _work(self, work: dict[str, Any]) -> None:
        with ui.element("div"):
            figure(work_address(work["id"], Side.WALL), work["title"] or work["id"][:12], _rated(work))
            stars = ui.rating(self._new.get(work["id"]), max=10, icon="star_border", icon_selected="star")
            stars.classes("stars").props(f'aria-label="Rating of {work["id"][:12]}"').on_value_change(
                lambda event: self._rate(work["id"], event.value)
            )

    def _rate(self, work: str, rating: float | None) -> None:
        if rating:
            self._new[work] = float(rating)
        else:
            self._new.pop(work, None)
        self._count()

    def _count(self) -> None:
        self._save.text = f"Save {len(self._new)} rating{'' if len(self._new) == 1 else 's'}"
        self._save.set_enabled(bool(self._new))

    async def _take_in(self) -> None:
        settings, user, new = self._studio.settings, self._name.value or "", dict(self._new)

        def take_in() -> tuple[dict[str, Any], pa.Table]:
            from flows.rate import rate

            report = rate(str(ratings.to_take_in(settings, user, new)))
            ratings.remember(settings, user, new)
            return dict(report), works(settings)

        self._save.disable()
        with telling(self._notice):
            doing = "Taking them into the catalog, and making a version of the data ..."
            report, table = await one_at_a_time(self._studio.data, self._status, doing, take_in)
            if not self._save.is_deleted:
                self._new.clear()
                self._sifter.renew(table)
                self._notice.tell(_said(report), good=True)
        if not self._save.is_deleted:
            self._count()


def _rated(work: dict[str, Any]) -> str:
    if not work["rating_count"]:
        return "not rated yet"
    return f"{work['rating_mean']:.1f} by {work['rating_count']} {'person' if work['rating_count'] == 1 else 'people'}"


def _said(report: dict[str, Any]) -> str:
    version = f"data version {report['data_md5'][:12]}"
    if not report["data_changed"]:
        return f"The catalog says this already: it is still {version}."
    works = "1 work in the catalog has" if report["works"] == 1 else f"{report['works']} works in the catalog have"
    return f"{works} new ratings: {version}."
