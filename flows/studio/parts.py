"""Parts of several pages: pictures with words under them, pages of them, and the filters of the catalog."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

import pyarrow as pa
from nicegui import ui

from tasks.studio.files import Side, work_address
from tasks.studio.works import ORDERS, Filters, choices, find_works


def image(address: str, words: str) -> ui.element:
    """Show a picture, once it is scrolled to; `words` are for those who do not see it."""
    shown = ui.element("img").props("loading=lazy decoding=async")
    shown.props["src"], shown.props["alt"] = address, words
    return shown


def figure(address: str, title: str, words: str = "", on_open: Callable[[], Any] | None = None) -> ui.element:
    """Show a picture with its title and a line under it; with `on_open` it is opened by a click, or by Enter."""
    with ui.element("figure") as whole:
        image(address, title)
        with ui.element("figcaption"):
            with ui.element("b"):
                ui.label(title)
            if words:
                ui.label(words)
    if on_open is not None:
        whole.classes("open").props("tabindex=0 role=button").on("click", on_open).on("keydown.enter", on_open)
    return whole


def facts(known: dict[str, str]) -> None:
    """Show names and values."""
    with ui.element("dl").classes("facts"):
        for name, value in known.items():
            with ui.element("dt"):
                ui.label(name)
            with ui.element("dd"):
                ui.label(value)


def leaves(count: int, per_leaf: int, show: Callable[[int, int], None]) -> None:
    """Show `count` things in leaves: `show(first, end)` fills one, and arrows turn them."""
    place = ui.element("div").classes("w-full")

    def turn(leaf: int) -> None:
        place.clear()
        with place:
            show((leaf - 1) * per_leaf, min(count, leaf * per_leaf))

    turn(1)
    if count > per_leaf:
        last = -(-count // per_leaf)
        # The arrows alone would not say how much there is.
        pages = ui.pagination(1, last, direction_links=True, on_change=lambda event: turn(event.value))
        pages.props("max-pages=7 boundary-numbers flat gutter=sm").classes("q-mt-lg")


class Sifter:
    """The filters of the catalog, and the works that pass them.

    Args:
        table: the works.
        show: shows some works; called whenever the filters change.
        kind: only works of this kind, which cannot be changed then.
    """

    def __init__(self, table: pa.Table, show: Callable[[pa.Table], None], kind: str = "") -> None:
        self._all, self._show, self.wanted = table, show, Filters(kind=kind)
        with ui.element("div").classes("sift"):
            ui.input("Words", on_change=self._sift).bind_value_to(self.wanted, "text").props(
                "outlined dense clearable debounce=300"
            ).classes("words")
            for name in ("style", "artist", "licence"):
                self._select(name)
            for name, label in (("first", "From year"), ("last", "To year")):
                ui.number(label, on_change=self._sift, format="%d").bind_value_to(self.wanted, name).props(
                    "outlined dense clearable debounce=300"
                ).classes("year")
            order = ui.select({name: f"By {name}" if name != "mixed" else "Mixed" for name in ORDERS}, value="mixed")
            order.on_value_change(self._sift).bind_value_to(self.wanted, "order")
            order.props("outlined dense options-dense label=Order").classes("order")
        self._place = ui.element("div").classes("w-full")
        self._sift()

    def renew(self, table: pa.Table) -> None:
        """Show other works, or what else is known of the same, by the same filters."""
        self._all = table
        self._sift()

    def _select(self, name: str) -> None:
        shown = find_works(self._all, Filters(kind=self.wanted.kind))
        select = ui.select(
            choices(shown, name), label=name.capitalize(), with_input=True, clearable=True, on_change=self._sift
        )
        select.bind_value_to(self.wanted, name, forward=lambda value: value or "")
        select.props("outlined dense options-dense")

    def _sift(self) -> None:
        wanted = Filters(**{one.name: getattr(self.wanted, one.name) for one in fields(Filters)})
        wanted.text = wanted.text or ""
        self._place.clear()
        with self._place:
            self._show(find_works(self._all, wanted))


def wall(works: Sequence[dict[str, Any]], on_open: Callable[[dict[str, Any]], Any]) -> None:
    """Show works of the catalog."""
    with ui.element("div").classes("wall"):
        for work in works:
            known = (work["artist"], str(work["year"] or ""))
            title = work["title"] or work["id"][:12]
            figure(work_address(work["id"], Side.WALL), title, ", ".join(filter(None, known)), partial(on_open, work))
