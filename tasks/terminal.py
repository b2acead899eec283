"""How far a piece of work has come, for whoever looks at a terminal, or reads a log later."""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from tasks.pace import Pace, Standing

T = TypeVar("T")

_FIRST, _LONGEST = 30.0, 1800.0
"""Seconds to a log's first line, and most that may pass between two; until then, each comes twice as late."""


def to_stderr(line: str) -> None:
    """Write a line to standard error; not by `print`, which Prefect turns into a line of a run's log."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def counting(items: Iterable[T], name: str, unit: str = "pictures", total: int | None = None) -> Iterator[T]:
    """Hand items on, and show how many have been."""
    pace = Pace()
    with displaying(name, to_stderr) as display:
        for number, item in enumerate(items, 1):
            yield item
            display(Standing.of(pace, name, number, total, {}, unit, 1))


@contextmanager
def displaying(name: str, say: Callable[[str], None]) -> Iterator[Callable[[Standing], None]]:
    """Yield what shows a standing: in a bar where a person watches, else by `say`, in lines that become rare."""
    console = shared_console()
    # Not `is_terminal`, which some set by force to have colours in a log. What captured a log may have closed it since.
    watched = not console.file.closed and console.file.isatty() and not console.is_dumb_terminal
    with _bar(name, console) if watched else _lines(say) as display:
        yield display


def shared_console() -> Console:
    """Return the console that Prefect's log is written to, where it is: only so do lines and bar stay apart."""
    for handler in (*logging.getLogger().handlers, *logging.getLogger("prefect").handlers):
        if isinstance(console := getattr(handler, "console", None), Console):
            return console
    return Console(stderr=True)


class _Facts(ProgressColumn):
    """What is cut off where a terminal is narrow, which may be no column that does not wrap."""

    def render(self, task: Task) -> Text:
        return Text(task.fields["facts"], no_wrap=True, overflow="ellipsis")


@contextmanager
def _bar(name: str, console: Console) -> Iterator[Callable[[Standing], None]]:
    columns = (
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
        # Colours by name: Prefect's console knows none of rich's own styles.
        BarColumn(max(8, min(40, console.width // 5)), "bright_black", "cyan", "green", "bright_black"),
        TextColumn("{task.fields[counted]}", markup=False, table_column=Column(no_wrap=True)),
        TimeElapsedColumn(Column(no_wrap=True)),
        _Facts(),
    )
    # What goes to a file or a pipe stays as it is.
    with Progress(*columns, console=console, redirect_stdout=sys.stdout.isatty()) as progress:
        task = progress.add_task(name, total=None, counted="", facts="")

        def display(standing: Standing) -> None:
            progress.update(
                task,
                total=None if standing.total is None else 1.0,
                completed=standing.share,
                counted=standing.counted(),
                facts=standing.facts(),
            )

        yield display


@contextmanager
def _lines(say: Callable[[str], None]) -> Iterator[Callable[[Standing], None]]:
    due, last, said = _FIRST, None, None

    def display(standing: Standing) -> None:
        nonlocal due, last, said
        last = standing
        if standing.elapsed >= due:
            said = standing
            due = standing.elapsed + min(standing.elapsed, _LONGEST)
            say(str(standing))

    try:
        yield display
    finally:
        # What is soon done needs no line: whoever began it says how it ended.
        if said is not None and last is not None and last is not said:
            say(str(last))
