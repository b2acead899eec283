"""How `atelier status` and `atelier doctor` look."""

from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tasks.doctor.findings import Finding
from tasks.services.status import Status

_COLOURS = {
    **dict.fromkeys(("up", "running", "Completed", "champion", "ok"), "green"),
    **dict.fromkeys(("starting", "backoff", "Late", "Pending", "Cancelled", "challenger", "warning"), "yellow"),
    **dict.fromkeys(("does not answer", "exited", "fatal", "Failed", "Crashed", "fault"), "red"),
}


_CUT = ("with", "run", "data", "what was said")
"""Columns that may be cut; they are whole in the JSON."""

_LEAST = 6
"""Characters that are left of one."""


def show_status(status: Status) -> None:
    """Print a table for each part that has anything to tell, and the notes."""
    console = Console()
    if status.services:
        rows = [[one.name, _word(one.state), one.address, _when(one.since)] for one in status.services]
        console.print(_table("Services", ["", "", "address", "since"], rows))
    if status.models:
        rows = [
            [one.family, _word(one.alias), f"v{one.version}", _when(one.since), one.data_md5] for one in status.models
        ]
        console.print(_table("Models", ["family", "", "version", "since", "data"], rows))
    if status.scheduled:
        rows = [[one.flow, one.parameters, _when(one.at), _word(one.state)] for one in status.scheduled]
        console.print(_table("Next", ["flow", "with", "at", ""], rows))
    if status.ran:
        rows = [
            [one.flow, one.parameters, one.name, _when(one.at), _length(one.seconds), _word(one.state), one.message]
            for one in status.ran
        ]
        console.print(_table("Last", ["flow", "with", "run", "began", "took", "", "what was said"], rows))
    for note in status.notes:
        console.print(note, markup=False, highlight=False)


def show_finding(finding: Finding) -> None:
    """Print one line of the doctor's."""
    words = f"{finding.verdict:8}{finding.subject:10}"
    Console().print(words.replace(finding.verdict, _word(finding.verdict), 1), escape(finding.text), soft_wrap=True)


def _table(title: str, columns: list[str], rows: list[list[str]]) -> Table:
    # What others wrote is no markup.
    cells = [[cell if cell.endswith("[/]") else escape(cell) for cell in row] for row in rows]
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="dim")
    for column, width in zip(columns, _widths(columns, cells), strict=True):
        table.add_column(column, no_wrap=True, overflow="ellipsis", width=width)
    for row in cells:
        table.add_row(*row)
    return table


def _widths(columns: list[str], cells: list[list[str]]) -> list[int]:
    """Return how wide each column is: in a narrow terminal what is long is cut, but no name, time or state is."""
    longest = [
        max(len(column), *(len(Text.from_markup(row[number])) for row in cells))
        for number, column in enumerate(columns)
    ]
    cut = sorted((number for number, column in enumerate(columns) if column in _CUT), key=lambda one: longest[one])
    room = Console().width - sum(longest) + sum(longest[number] for number in cut) - 2 * (len(columns) - 1)
    for place, number in enumerate(cut):
        longest[number] = min(longest[number], max(_LEAST, room // (len(cut) - place)))
        room -= longest[number]
    return longest


def _word(word: str) -> str:
    colour = _COLOURS.get(word)
    return f"[{colour}]{word}[/]" if colour else word


def _when(time: datetime | None) -> str:
    return f"{time.astimezone():%Y-%m-%d %H:%M}" if time else ""


def _length(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
