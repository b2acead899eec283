"""Orders at the desk: a real folder, a real registry, real pictures."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from artmodels.errors import AtelierError
from artmodels.family import get_family
from tasks import generate, registry
from tasks.batch import read_ledger
from tasks.batch.folder import hold_folder
from tasks.generate_order import order
from tasks.orders.desk import Desk
from tasks.settings import Settings

ROOT = Path(__file__).parents[3]


def paint(settings: Settings, fields: dict) -> dict:
    """Do the job of an order."""
    return generate.run(settings, order(**fields), lambda done, total, figures: None)


def fill_all(settings: Settings) -> list[str]:
    """Fill what waits, as the flow does; return the orders' names."""
    desk, filled = Desk(settings), []
    for ticket in desk.tickets():
        if not ticket.ready:
            continue
        with desk.hold(ticket) as holding:
            if holding is not None:
                try:
                    holding.finish(paint(settings, holding.begin().fields))
                except AtelierError as error:
                    holding.fail(error)
                filled.append(ticket.name)
    return filled


def states(settings: Settings) -> dict[str, str]:
    return {ticket.name: ticket.state for ticket in Desk(settings).tickets()}


def add_champion(settings: Settings) -> int:
    """Register the model in use once more, as the next champion."""
    bundle = registry.fetch_bundle(settings, registry.find(settings, "gan"))
    run_id = registry.start_run(settings, "gan", "test", {}, {})
    version = registry.register(settings, get_family("gan"), run_id, bundle, {})
    registry.connect(settings).set_registered_model_alias("gan", registry.CHAMPION, str(version.number))
    return version.number


def test_an_order_is_filled_once(studio, drop, tmp_path):
    drop("dreams.yaml", "kind: generate\nseeds: 3,5\n")
    assert states(studio) == {"dreams": "waiting"}
    assert fill_all(studio) == ["dreams"]
    (ticket,) = Desk(studio).tickets()
    told = ticket.row()
    assert (told["state"], told["result"]["done"], told["model"]) == ("done", 2, "1")
    assert Path(told["out"]) == tmp_path / "out" / ticket.key
    assert list(read_ledger(Path(told["out"]))["output"]) == ["0000000003.png", "0000000005.png"]
    assert json.loads((Path(studio.orders) / f"{ticket.key}.report.json").read_text())["state"] == "done"
    assert fill_all(studio) == []
    assert not list((Path(studio.orders) / ".claims").iterdir())


def test_the_same_file_again_is_the_same_order_and_a_changed_one_is_another(studio, drop):
    drop("dreams.yaml", "kind: generate\nseeds: '3'\n")
    assert fill_all(studio) == ["dreams"]
    drop("dreams.yaml", "kind: generate\nseeds: '3'\n")
    drop("copy.yaml", "kind: generate\nseeds: '3'\n")
    assert fill_all(studio) == []
    drop("dreams.yaml", "kind: generate\nseeds: '4'\n")
    assert fill_all(studio) == ["dreams"]
    assert len({ticket.row()["out"] for ticket in Desk(studio).tickets()}) == 2


def test_a_file_that_is_being_written_is_left_for_the_next_look(studio, drop):
    drop("dreams.yaml", "kind: generate\nsee", age=0)
    (ticket,) = Desk(studio).tickets()
    assert (ticket.state, ticket.ready) == ("waiting", False)
    assert "it was written a moment ago" in ticket.reason
    assert fill_all(studio) == []
    drop("dreams.yaml", "kind: generate\nsee")
    assert fill_all(studio) == ["dreams"]
    (ticket,) = Desk(studio).tickets()
    assert (ticket.state, ticket.reason[:26]) == ("failed", "dreams.yaml: line 2: could")


def test_a_clock_that_is_wrong_does_not_keep_an_order_for_ever(studio, drop):
    drop("dreams.yaml", "kind: generate\nseeds: '3'\n", age=-86400)
    assert fill_all(studio) == ["dreams"]


def test_a_failed_order_blocks_no_other_and_can_be_tried_again(studio, drop, tmp_path):
    drop("a.yaml", "kind: generate\nmodel: best\n")
    drop("b.yaml", "kind: generate\nlike: [liked]\n")
    drop("c.yaml", "kind: generate\ncount: 1\n")
    assert fill_all(studio) == ["a", "b", "c"]
    assert states(studio) == {"a": "failed", "b": "failed", "c": "done"}
    desk = Desk(studio)
    assert "There is no version or alias 'best' of gan" in desk.find("a").reason
    assert desk.find("b").reason.startswith("b.yaml: like: ")
    assert not list((tmp_path / "out").glob("[ab]-*"))
    assert fill_all(studio) == []

    registry.connect(studio).set_registered_model_alias("gan", "best", "1")
    assert desk.again("a").state == "waiting"
    assert fill_all(studio) == ["a"]
    assert desk.find("a").state == "done"
    with pytest.raises(AtelierError, match=r"The order c-.* is done: only one that has failed is tried again"):
        desk.again("c")
    with pytest.raises(AtelierError, match="There is no order 'd'"):
        desk.again("d")
    Path(studio.orders, "b.yaml").unlink()
    with pytest.raises(AtelierError, match=r"The file of the order b-.* is gone: drop it again"):
        desk.again("b")


def test_an_order_in_which_nothing_could_be_made_has_failed(studio, drop):
    drop("a.yaml", "kind: generate\ncount: 1\n")
    desk = Desk(studio)
    with desk.hold(desk.tickets()[0]) as holding, pytest.raises(AtelierError, match="None of the 3 pictures"):
        holding.finish({"done": 0, "skipped": 0, "set_aside": 3})


def test_a_fault_that_may_pass_is_tried_again_some_times(studio, drop):
    drop("a.yaml", "kind: generate\ncount: 1\n")
    desk, said = Desk(studio), []
    while (ticket := desk.find("a")).ready:
        with desk.hold(ticket) as holding:
            said.append(holding.fail(ConnectionError("no answer")))
    assert said == ["waiting", "waiting", "failed"]
    assert ticket.reason == ("attempt 3 of 3 met a fault that is not the order's: ConnectionError('no answer')")


def test_orders_for_one_folder_wait_for_their_turn(studio, drop, tmp_path):
    drop("a.yaml", "kind: generate\ncount: 1\ndestination: both\n")
    drop("b.yaml", "kind: generate\ncount: 2\ndestination: both\n")
    with hold_folder(tmp_path / "out" / "both"):
        assert fill_all(studio) == ["a", "b"]
        assert states(studio) == {"a": "waiting", "b": "waiting"}
    assert fill_all(studio) == ["a", "b"]
    assert states(studio) == {"a": "done", "b": "done"}


def test_who_holds_an_order_keeps_others_from_it(studio, drop):
    drop("dreams.yaml", "kind: generate\nseeds: '3'\n")
    desk = Desk(studio)
    (ticket,) = desk.tickets()
    with desk.hold(ticket) as holding:
        holding.begin()
        assert states(studio) == {"dreams": "running"}
        with Desk(studio).hold(ticket) as second:
            assert second is None
    # It went away without a word: the next goes on.
    (ticket,) = desk.tickets()
    assert (ticket.state, ticket.ready) == ("waiting", True)
    assert "whoever filled it is gone" in ticket.reason
    assert fill_all(studio) == ["dreams"]
    # What a watcher saw before is not what is true now.
    with desk.hold(ticket) as holding:
        assert holding is None


def test_an_order_that_goes_on_keeps_its_model_and_outlives_its_file(studio, drop):
    path = drop("dreams.yaml", "kind: generate\nseeds: '3'\n")
    desk = Desk(studio)
    with desk.hold(desk.find("dreams")) as holding:
        begun = holding.begin().fields["model"]
    assert int(begun) < add_champion(studio)
    path.unlink()
    assert fill_all(studio) == ["dreams"]
    (record,) = read_ledger(Path(desk.find("dreams").row()["out"]))["record"]
    assert record["model"]["version"] == int(begun)


def test_a_report_that_somebody_changed_stops_only_its_own_order(studio, drop):
    drop("a.yaml", "kind: generate\nseeds: '3'\n")
    drop("b.yaml", "kind: generate\nseeds: '4'\n")
    key = Desk(studio).find("a").key
    (Path(studio.orders) / f"{key}.report.json").write_text('{"state": "done"')
    assert fill_all(studio) == ["b"]
    assert "is damaged: delete it" in Desk(studio).find("a").reason


def test_a_report_cannot_lead_an_order_out(studio, drop):
    drop("a.yaml", "kind: generate\nseeds: '3'\n")
    desk = Desk(studio)
    with desk.hold(desk.find("a")) as holding:
        holding.begin()
    (path,) = Path(studio.orders).glob("*.report.json")
    report = json.loads(path.read_text())
    report["order"] |= {"destination": "../../away"}
    path.write_text(json.dumps(report))
    assert fill_all(studio) == ["a"]
    assert desk.find("a").reason.startswith("destination=")


def test_no_name_of_a_file_reaches_a_terminal_as_it_is(studio, drop):
    drop("\x1b[2Jred\n\udcff.yaml", "kind: paint\n")
    fill_all(studio)
    (row,) = (ticket.row() for ticket in Desk(studio).tickets())
    assert row["order"].startswith("2Jred-")
    assert row["reason"].startswith("?[2Jred ?.yaml: kind='paint' is not accepted")
    assert json.dumps(row).isprintable()


def test_an_order_is_submitted_once_and_under_one_name(studio, tmp_path):
    desk = Desk(studio)
    form = desk.check(b"kind: generate\nseeds: '3'\n", "dreams.yaml")
    ticket = desk.submit(form, "Dreams of May!")
    assert ticket.name == "Dreams-of-May"
    assert desk.submit(form, "Dreams of May!") == ticket
    other = desk.check(b"kind: generate\nseeds: '4'\n", "dreams.yaml")
    with pytest.raises(AtelierError, match=r"Dreams-of-May\.yaml is another order: choose another name"):
        desk.submit(other, "Dreams of May!")


def test_a_place_that_cannot_be_used_is_told(studio, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AtelierError, match=r"ATELIER_ORDERS='xyz://a' is not accepted"):
        Desk(studio.model_copy(update={"orders": "xyz://a"}))
    assert Desk(studio.model_copy(update={"orders": str(tmp_path / "nowhere")})).tickets() == []


KILLED = """
import sys
from pathlib import Path
from tasks.orders import claim
from tasks.orders.desk import Desk
from tasks.settings import Settings
sys.path.insert(0, str(Path("tests/tasks/orders")))
from test_desk import fill_all

claim.LEASE_SECONDS = 2.0
fill_all(Settings.model_validate_json(sys.argv[1]))
"""


@pytest.mark.slow
def test_a_watcher_that_is_killed_is_followed_by_the_next(studio, drop, monkeypatch):
    monkeypatch.setattr("tasks.orders.claim.LEASE_SECONDS", 2.0)
    drop("dreams.yaml", "kind: generate\ncount: 1500\n")
    watcher = subprocess.Popen([sys.executable, "-c", KILLED, studio.model_dump_json()], cwd=ROOT)
    while not (ledgers := list(Path(studio.order_out).glob("*/ledger.jsonl"))) or ledgers[0].stat().st_size < 20_000:
        assert watcher.poll() is None
        time.sleep(0.01)
    watcher.send_signal(signal.SIGKILL)
    watcher.wait()
    made = len(read_ledger(ledgers[0]))
    assert 0 < made < 1500
    add_champion(studio)
    while not fill_all(studio):
        assert states(studio) == {"dreams": "running"}, "until the lease is over"
        time.sleep(0.2)
    ticket = Desk(studio).find("dreams")
    assert (ticket.state, ticket.row()["result"]["done"]) == ("done", 1500 - made)
    lines = [json.loads(line) for line in ledgers[0].read_text().splitlines()]
    assert len({line["output"] for line in lines}) == len(lines) == 1500
    assert len({line["record"]["model"]["version"] for line in lines}) == 1
