"""What `atelier status` shows in a narrow terminal."""

from datetime import UTC, datetime

from flows.cli.tables import show_status
from tasks.services.status import RunLine, ServiceLine, Status

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_names_and_states_are_whole_however_narrow_the_terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    run = RunLine(
        flow="stylize",
        parameters="contents=/a/very/long/path/to/photographs, out=[bold]out/spring",
        name="muscular-mastodon",
        at=NOON,
        seconds=12,
        state="Completed",
        message="All states completed.",
    )
    service = ServiceLine(name="worker-cpu", state="running", since=NOON)
    show_status(Status(up=True, services=[service], models=[], scheduled=[run], ran=[run], notes=[]))
    said = capsys.readouterr().out
    for word in ("worker-cpu", "running", "stylize", "Completed", "12 s"):
        assert word in said
    assert max(map(len, said.splitlines())) <= 80
