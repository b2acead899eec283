"""`gallery.html`: a job's report, as a page one likes to look at; it needs no network.

It holds small copies of all pictures that it shows, and may be sent alone; beside the job's files it opens these. It is
drawn from the ledger alone. Of an item's record it uses, where they are there:
`content` and `style`, each `{"path": ..., "sha256": ..., "title": ...}` (the title may be left out);
`nearest`, the same of the training work that a picture is nearest to, with its `distance`, and `copy`, whether that is
as near as a copy; `not_compared`, why that was not found out;
`model`, `{"name": ..., "version": ...}`; `seed`; and `parameters` and `findings`, objects of plain values.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tasks.batch.history import DONE, current_lines
from tasks.contact_sheet import Tile, make_contact_sheet
from tasks.copies.report import is_copy, summed
from tasks.pages import write_page
from tasks.threads import map_in_order
from tasks.thumbnails import data_uri, make_thumbnail

FILES = "gallery_files"
"""The folder of larger copies, and of what the page was made from."""

SHEET = "contact_sheet.jpg"
"""The contact sheet's name."""

SHOWN = 5000
"""Pictures on a page: one of a million, half a gigabyte, opens in no browser."""

PER_LEAF = 100
"""Pictures that the page shows at once; it turns its leaves."""

_PREVIEW, _ICON, _SCREEN = 960, 160, 2048
# Up to so many pictures, their copies in the page are of so many pixels: some 3 to 30 MB in all.
_SIDES = {48: 640, 400: 320, SHOWN: 160}
# A contact sheet shows a sample: more would be too small to see anything.
_SHEET_ROWS, _SHEET_COLUMNS = 12, 10
# Pairs of a picture and the training work that it is nearest to.
_CLOSEST = 24
# Set-aside items on the page: their reasons are counted over all.
_ASIDE = 500


def build_gallery(
    out: Path,
    *,
    title: str,
    root: Path | None = None,
    group_by: str | None = None,
    order_by: Callable[[dict[str, Any]], Any] | None = None,
    verb: str = "painted",
) -> Path:
    """Write `gallery.html`, larger copies of sources and `contact_sheet.jpg` into a job's folder.

    The page shows the first 5,000 pictures of a larger job, and says so; the ledger has all.

    Args:
        out: the job's folder.
        title: the page's heading.
        root: what relative paths in the records start from; None: the current folder.
        group_by: a field of the records' findings whose values head the groups, the largest group first; None: the
            pictures stand under their styles.
        order_by: what the pictures are sorted by, of their records, all in one group; None: as they were made.
        verb: what the model did to them.

    Returns:
        the page.

    Raises:
        AtelierError: there is no ledger, it is damaged, or the folder is not writable.
    """
    rows = current_lines(out).values()
    done, aside = ([row for row in rows if (row["status"] == DONE) is made] for made in (True, False))
    if order_by is not None:
        done.sort(key=lambda row: order_by(row["record"]))
    page = _Page(out, root or Path(), side=next(side for most, side in _SIDES.items() if len(done[:SHOWN]) <= most))
    cards = list(map_in_order(page.card, done[:SHOWN]))
    # One of pictures that are withheld now must not stay.
    (out / SHEET).unlink(missing_ok=True)
    sheet = make_contact_sheet(_sheet_rows(cards, order_by is not None), out / SHEET) if cards else None
    groups = _groups(cards, group_by) if order_by is None else _in_one(cards)
    leaves = _leaves(groups)
    return write_page(
        out / "gallery.html",
        "gallery.html.j2",
        title=title,
        groups=[group | {"leaf": _leaf_of(group, leaves)} for group in groups],
        leaves=leaves,
        icons=_icons(cards),
        grouped_by=group_by or "style",
        verb=verb,
        closest=_closest(cards),
        compared=summed(row["record"] for row in done),
        aside=aside[:_ASIDE],
        set_aside=len(aside),
        reasons=Counter(row["reason"] for row in aside).most_common(10),
        total=len(done),
        shown=len(cards),
        seconds=sum(row["seconds"] for row in done),
        megabytes=sum(row["bytes"] for row in done) / 1e6,
        models=_models(done),
        parameters=_common([row["record"].get("parameters") or {} for row in done]),
        finished=max((row["at"] for row in done), default=""),
        sheet=sheet.name if sheet else None,
    )


class _Page:
    """Turns rows of the ledger into what the template shows."""

    def __init__(self, out: Path, root: Path, side: int) -> None:
        self._out, self._root, self._side = out, root, side

    def card(self, row: dict[str, Any]) -> dict[str, Any]:
        """One picture: addresses of its files, what it was made from, and the words beside it."""
        record, path = row["record"], self._out / row["output"]
        thumbnail = make_thumbnail(path, row["sha256"], self._side, self._out / FILES)
        content = self._source(record.get("content"))
        model = record.get("model")
        facts = {"Picture": f"{row['width']:.0f} x {row['height']:.0f}", "Seed": record.get("seed")}
        findings = record.get("findings") or {}
        facts |= {name.capitalize(): value for name, value in ((record.get("parameters") or {}) | findings).items()}
        return {
            "path": path,
            "href": quote(row["output"]),
            "thumbnail": data_uri(thumbnail) if thumbnail else "",
            "shown": self._screen_copy(path, row["sha256"]),
            "width": int(row["width"]),
            "height": int(row["height"]),
            "title": content["title"] if content else _readable(path.stem),
            "content": content,
            "style": self._source(record.get("style")),
            "nearest": self._nearest(record.get("nearest")),
            "copied": is_copy(record),
            "model": f"{model['name']} v{model['version']}" if model else "",
            "findings": findings,
            "facts": {name: _plain(value) for name, value in facts.items() if value is not None},
            "sha256": row["sha256"],
        }

    def _screen_copy(self, path: Path, sha256: str) -> str:
        """Where the page finds a copy of a picture that browsers cannot show; nowhere if they can."""
        copy = make_thumbnail(path, sha256, _SCREEN, self._out / FILES) if path.suffix == ".tif" else None
        return quote(copy.relative_to(self._out).as_posix()) if copy else ""

    def _nearest(self, source: dict[str, Any] | None) -> dict[str, Any] | None:
        """The training work that a picture is nearest to, and how near, if somebody has found out."""
        found = self._source(source)
        if not source or not found:
            return None
        distance = source["distance"]
        return found | {
            "distance": distance,
            "name": found["title"],
            "title": f"{found['title']}, distance {distance:.3g}",
        }

    def _source(self, source: dict[str, Any] | None) -> dict[str, Any] | None:
        """A picture that another was made from, with a preview beside the page and an icon in it if it still exists."""
        if not source:
            return None
        path, files = self._root / source["path"], self._out / FILES
        preview = make_thumbnail(path, source["sha256"], _PREVIEW, files)
        icon = make_thumbnail(preview, source["sha256"], _ICON, files) if preview else None
        return {
            "id": source["sha256"],
            "path": path,
            "title": source.get("title") or _readable(path.stem),
            "preview": quote(preview.relative_to(self._out).as_posix()) if preview else "",
            "icon": data_uri(icon) if icon else "",
        }


def _closest(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the pictures that are nearest to a training work, copies first."""
    compared = [card for card in cards if card["nearest"]]
    return sorted(compared, key=lambda card: (not card["copied"], card["nearest"]["distance"]))[:_CLOSEST]


def _plain(value: Any) -> str:
    """A value as a person reads it."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _leaves(groups: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Part the groups into leaves of at most `PER_LEAF` pictures."""
    parts: list[list[dict[str, Any]]] = [[]]
    room = PER_LEAF
    for group in groups:
        left = group["cards"]
        while left:
            if not room:
                parts.append([])
                room = PER_LEAF
            first = left is group["cards"]
            parts[-1].append(group | {"cards": left[:room], "count": len(group["cards"]), "first": first})
            left, room = left[room:], room - min(room, len(left))
    return [part for part in parts if part]


def _icons(cards: list[dict[str, Any]]) -> dict[str, str]:
    """Return the small copies of what pictures were made from, each once."""
    sources = (card[role] for card in cards for role in ("content", "style", "nearest") if card[role])
    return {source["id"]: source["icon"] for source in sources if source["icon"]}


def _leaf_of(group: dict[str, Any], leaves: list[list[dict[str, Any]]]) -> int:
    """Return the leaf that a group begins on."""
    return next(n for n, leaf in enumerate(leaves) for part in leaf if part["head"] == group["head"])


def _models(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the models that made some rows, those with most pictures first, and the data each learnt from."""
    found = [row["record"].get("model") for row in rows]
    named = Counter((f"{one['name']} v{one['version']}", str(one.get("data_md5", ""))) for one in found if one)
    return [one for one, _ in named.most_common()]


def _common(parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the parameters that all pictures share."""
    first = parameters[0] if parameters else {}
    return {
        name: value
        for name, value in first.items()
        if value is not None and all(one.get(name) == value for one in parameters)
    }


def _groups(cards: list[dict[str, Any]], group_by: str | None) -> list[dict[str, Any]]:
    return _by_style(cards) if group_by is None else _by_finding(cards, group_by)


def _in_one(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"head": None, "cards": cards}] if cards else []


def _by_style(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Group pictures by the style picture they were made from, in the order of the ledger."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for card in cards:
        groups.setdefault(card["style"]["id"] if card["style"] else "", []).append(card)
    return [{"head": group[0]["style"], "cards": group} for group in groups.values()]


def _by_finding(cards: list[dict[str, Any]], field: str) -> list[dict[str, Any]]:
    """Group pictures by what was found out about them, the largest group first."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for card in cards:
        groups.setdefault(str(card["findings"].get(field, "")), []).append(card)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [
        {"head": {"id": f"{number}", "title": name, "icon": group[0]["thumbnail"]}, "cards": group}
        for number, (name, group) in enumerate(ordered)
    ]


def _readable(stem: str) -> str:
    """A file's name as a title."""
    return stem.replace("_", " ")


def _sheet_rows(cards: list[dict[str, Any]], in_order: bool) -> list[list[Tile]]:
    """Styles along the top and contents down the side; a plain grid for pictures in order, or without either."""
    if in_order or not all(card["content"] and card["style"] for card in cards):
        tiles = [Tile(card["path"], card["title"]) for card in cards[: _SHEET_ROWS * _SHEET_COLUMNS]]
        columns = min(_SHEET_COLUMNS, max(1, round(len(tiles) ** 0.5)))
        return [tiles[start : start + columns] for start in range(0, len(tiles), columns)]
    styles = _first({card["style"]["id"]: card["style"] for card in cards}, _SHEET_COLUMNS)
    contents = _first({card["content"]["id"]: card["content"] for card in cards}, _SHEET_ROWS)
    cells = {(card["content"]["id"], card["style"]["id"]): card["path"] for card in cards}
    head = [Tile(), *(Tile(style["path"], style["title"]) for style in styles.values())]
    return [head] + [
        [Tile(content["path"], content["title"]), *(Tile(cells.get((row, style))) for style in styles)]
        for row, content in contents.items()
    ]


def _first(things: dict[str, dict[str, Any]], count: int) -> dict[str, dict[str, Any]]:
    """The first `count` entries."""
    return dict(list(things.items())[:count])
