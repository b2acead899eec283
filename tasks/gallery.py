"""`gallery.html`: what a job has made, as a page one likes to look at; it needs no network.

It is drawn from the ledger alone. Of an item's record it uses, where they are there:
`content` and `style`, each `{"path": ..., "sha256": ..., "title": ...}` (the title may be left out);
`model`, `{"name": ..., "version": ...}`; `seed`; and `parameters` and `findings`, objects of plain values.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tasks.batch.encode import write_text
from tasks.batch.history import DONE, current_lines
from tasks.contact_sheet import Tile, make_contact_sheet
from tasks.threads import map_in_order
from tasks.thumbnails import data_uri, make_thumbnail

FILES = "gallery_files"
"""The folder of the page's thumbnails."""

SHEET = "contact_sheet.jpg"
"""The contact sheet's name."""

_THUMBNAIL, _PREVIEW, _ICON, _SCREEN = 640, 960, 160, 2048
# A page of so few pictures carries its thumbnails inside, some 3 MB, and may be sent alone.
_INLINE_LIMIT = 48
# A page of more would be slow to open: half a gigabyte for a million pictures, and a thumbnail of each.
_MOST = 2000
# A contact sheet shows a sample: more would be too small to see anything.
_SHEET_ROWS, _SHEET_COLUMNS = 12, 10


def build_gallery(
    out: Path,
    *,
    title: str,
    root: Path | None = None,
    group_by: str | None = None,
    order_by: Callable[[dict[str, Any]], Any] | None = None,
    verb: str = "painted",
) -> Path:
    """Write `gallery.html`, its thumbnails and `contact_sheet.jpg` into a job's folder.

    The page shows the first 2,000 pictures of a larger job, and says so; the ledger has all.

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
    page = _Page(out, root or Path(), inline=len(done) <= _INLINE_LIMIT)
    cards = list(map_in_order(page.card, done[:_MOST]))
    sheet = make_contact_sheet(_sheet_rows(cards, order_by is not None), out / SHEET) if cards else None
    groups = _groups(cards, group_by) if order_by is None else _in_one(cards)
    models = Counter(card["model"] for card in cards if card["model"])
    text = (
        environment()
        .get_template("gallery.html.j2")
        .render(
            title=title,
            groups=groups,
            grouped_by=group_by or "style",
            verb=verb,
            aside=aside[:_MOST],
            set_aside=len(aside),
            total=len(done),
            shown=len(cards),
            seconds=sum(row["seconds"] for row in done),
            models=[name for name, _ in models.most_common()],
            finished=max((row["at"] for row in done), default=""),
            sheet=sheet.name if sheet else None,
            lazy=not page.inline,
        )
    )
    path = out / "gallery.html"
    return write_text(path, text)


class _Page:
    """Turns rows of the ledger into what the template shows."""

    def __init__(self, out: Path, root: Path, inline: bool) -> None:
        self._out, self._root, self.inline = out, root, inline

    def card(self, row: dict[str, Any]) -> dict[str, Any]:
        """One picture: addresses of its files, what it was made from, and the words beside it."""
        record, path = row["record"], self._out / row["output"]
        thumbnail = make_thumbnail(path, row["sha256"], _THUMBNAIL, self._out / FILES)
        content = self._source(record.get("content"))
        model = record.get("model")
        facts = {"Picture": f"{row['width']:.0f} x {row['height']:.0f}", "Seed": record.get("seed")}
        findings = record.get("findings") or {}
        facts |= {name.capitalize(): value for name, value in ((record.get("parameters") or {}) | findings).items()}
        return {
            "path": path,
            "href": quote(row["output"]),
            "thumbnail": self._address(thumbnail),
            "shown": self._screen_copy(path, row["sha256"]),
            "width": int(row["width"]),
            "height": int(row["height"]),
            "title": content["title"] if content else _readable(path.stem),
            "content": content,
            "style": self._source(record.get("style")),
            "model": f"{model['name']} v{model['version']}" if model else "",
            "findings": findings,
            "facts": {name: str(value) for name, value in facts.items() if value is not None},
            "sha256": row["sha256"],
        }

    def _screen_copy(self, path: Path, sha256: str) -> str:
        """Where the page finds a copy of a picture that browsers cannot show; nowhere if they can."""
        copy = make_thumbnail(path, sha256, _SCREEN, self._out / FILES) if path.suffix == ".tif" else None
        return quote(copy.relative_to(self._out).as_posix()) if copy else ""

    def _source(self, source: dict[str, Any] | None) -> dict[str, Any] | None:
        """A content or style picture, with addresses of a preview and an icon if it is still there."""
        if not source:
            return None
        path = self._root / source["path"]
        preview, icon = (make_thumbnail(path, source["sha256"], side, self._out / FILES) for side in (_PREVIEW, _ICON))
        return {
            "id": source["sha256"],
            "path": path,
            "title": source.get("title") or _readable(path.stem),
            "preview": quote(preview.relative_to(self._out).as_posix()) if preview else "",
            "icon": self._address(icon),
        }

    def _address(self, thumbnail: Path | None) -> str:
        """Where the page finds a thumbnail: inside itself, or beside it; nowhere if there is none."""
        if not thumbnail:
            return ""
        return data_uri(thumbnail) if self.inline else quote(thumbnail.relative_to(self._out).as_posix())


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


def environment() -> Environment:
    """The templates, with every value escaped: a title is text, never markup."""
    folder = Path(__file__).with_name("templates")
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}
    return environment
