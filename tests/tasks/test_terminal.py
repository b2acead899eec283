"""What is shown of a standing, in a terminal and in a log."""

import io
import logging
import re

import pytest
from rich.console import Console
from rich.theme import Theme

from tasks import terminal
from tasks.pace import Pace, Standing
from tasks.terminal import displaying, shared_console


def standing(done: int, elapsed: float = 1.0, **figures: float) -> Standing:
    return Standing("training style", done, 4000, "samples", 12.3, 200.0, elapsed, done / 4000, figures)


class Tty(io.StringIO):
    """Passes for a terminal, and keeps what it shows."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def console(monkeypatch) -> Console:
    """A console of Prefect's kind, which knows no styles, on a terminal."""
    monkeypatch.setenv("TERM", "xterm")
    console = Console(file=Tty(), width=110, theme=Theme({}, inherit=False))
    monkeypatch.setattr(terminal, "shared_console", lambda: console)
    return console


def last_line(console: Console, words: str) -> str:
    return next(line for line in reversed(re.split(r"[\r\n]", console.file.getvalue())) if words in line)


def test_a_terminal_shows_one_line_below_the_log(console):
    said: list[str] = []
    with displaying("training style", said.append) as display:
        display(standing(1234, loss=0.5, nats=2.0))
        console.print("A line of the log")
        display(standing(2000, loss=0.25))
    assert "A line of the log\n" in console.file.getvalue()
    final = last_line(console, "2,000/4,000 50 %")
    for words in ("training style", "12.3 samples/s", "0:03:20 left", "loss 0.25"):
        assert words in final
    assert said == []


def test_a_narrow_terminal_loses_figures_first(console):
    console.width = 80
    with displaying("training style", print) as display:
        display(standing(1234, loss=0.123, discriminator=5.0, generator=7.0))
    final = last_line(console, "1,234/4,000 31 %")
    assert "training style" in final
    assert "12.3 samples/s, " in final
    assert "generator" not in final


def test_a_log_gets_lines_that_become_rare_and_a_last_one(monkeypatch):
    monkeypatch.setattr(terminal, "shared_console", lambda: Console(file=io.StringIO(), force_terminal=True))
    said: list[str] = []
    with displaying("training style", said.append) as display:
        for second in range(4000):
            display(standing(second, float(second)))
    steps = [int(line.split(": ")[1].split("/")[0].replace(",", "")) for line in said]
    assert steps == [30, 60, 120, 240, 480, 960, 1920, 3720, 3999]
    assert said[0] == "training style: 30/4,000 1 %, 12.3 samples/s, 0:03:20 left, 0:00:30 gone"
    assert "\x1b" not in "".join(said)


def test_what_is_soon_done_needs_no_line_and_what_fails_says_how_far_it_came():
    said: list[str] = []

    def work(elapsed: float) -> None:
        with displaying("training style", said.append) as display:
            display(standing(7, elapsed))
            display(standing(8, elapsed + 1))
            raise InterruptedError

    with pytest.raises(InterruptedError):
        work(5.0)
    assert said == []
    with pytest.raises(InterruptedError):
        work(40.0)
    assert said == [str(standing(7, 40.0)), str(standing(8, 41.0))]


def test_the_console_is_that_of_the_log(monkeypatch):
    handler = logging.StreamHandler(io.StringIO())
    handler.console = Console(file=handler.stream)
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    assert shared_console() is handler.console
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(logging.getLogger("prefect"), "handlers", [])
    assert shared_console().stderr


def test_a_pace_begins_when_it_is_made():
    assert Pace().elapsed < 60
