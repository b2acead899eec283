"""The gate, on a real registry; evaluations are made up where they would take time."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from artmodels.errors import AtelierError
from artmodels.family import Judged, Metric, get_family
from tasks import promotion, registry
from tasks.cost import measure_costs
from tasks.decision import history
from tasks.evaluation import Evaluation
from tasks.promotion import Decision, breached_guards, compare_items, promote, rollback
from tasks.registry import CHALLENGER, CHAMPION, PREVIOUS
from tasks.settings import Settings

STYLE = get_family("style")
ITEMS = np.linspace(0.4, 0.9, 12)
CHEAP = {"seconds_per_megapixel": 1.0, "peak_megabytes": 100.0}


class Gate:
    """A gate whose evaluations and costs are made up: set what each version scores."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.scores: dict[int, np.ndarray] = {}
        self.sets: dict[int, str] = {}
        self.costs: dict[int, dict[str, float]] = {}
        self.meanwhile: Callable[[], None] = lambda: None

    def evaluate(self, settings: Settings, family: str, bundle: Path) -> Evaluation:
        number = int(bundle.name.split("-")[1])
        values = self.scores[number]
        return Evaluation(self.sets.get(number, "the set"), Judged({"ideal_distance": values, "style": values / 2}))

    def measure(self, family: str, bundles: dict[str, Path]) -> dict[str, dict[str, float]]:
        self.meanwhile()
        return {role: self.costs.get(int(path.name.split("-")[1]), CHEAP) for role, path in bundles.items()}

    def ask(self, number: int, scores: np.ndarray | float, by: str = "Ada") -> Decision:
        self.scores[number] = np.broadcast_to(scores, ITEMS.shape)
        return promote(self.settings, "style", str(number), by)

    @property
    def aliases(self) -> dict[str, int]:
        return registry.aliases(self.settings, "style")

    @property
    def history(self) -> list[dict]:
        return history(self.settings, "style")


@pytest.fixture
def gate(house, add_version, monkeypatch) -> Gate:
    """A gate with three versions of which none is in use."""
    for number in range(1, 4):
        add_version(data_md5=f"data {number}")
    gate = Gate(house)
    monkeypatch.setattr(promotion, "evaluate_bundle", gate.evaluate)
    monkeypatch.setattr(promotion, "measure_costs", gate.measure)
    return gate


@pytest.fixture
def reigning(gate) -> Gate:
    """The gate after version 1 has become the champion."""
    assert gate.ask(1, ITEMS).action == "promoted"
    return gate


def refused(gate: Gate, decision: Decision) -> str:
    """Return the reason of a refusal that was recorded and changed nothing."""
    assert decision.action == "refused"
    assert gate.aliases.get(CHAMPION) in (None, 1)
    assert gate.history[-1] == json.loads(json.dumps(asdict(decision)))
    tags = registry.find(gate.settings, "style", str(decision.version)).tags
    assert json.loads(tags["decision"])["reason"] == decision.reason
    assert "\n" not in decision.reason
    return decision.reason


def test_a_better_challenger_is_promoted_and_it_is_known_why(reigning):
    before = time.time()
    decision = reigning.ask(2, ITEMS - 0.1, by="Ada (atelier)")
    assert (decision.action, decision.version, decision.replaced) == ("promoted", 2, 1)
    assert reigning.aliases == {CHAMPION: 2, PREVIOUS: 1, CHALLENGER: 3}
    told = reigning.history[-1]
    assert told["by"] == "Ada (atelier)"
    assert told["metric"] == "ideal_distance"
    assert told["difference"] == pytest.approx({"mean": -0.1, "low": -0.1, "high": -0.1})
    assert told["evaluation_set"] == "the set"
    assert told["data_md5"] == "data 2"
    assert told["figures"]["champion"]["ideal_distance"] == pytest.approx(ITEMS.mean())
    assert told["figures"]["challenger"] == pytest.approx(
        {"ideal_distance": ITEMS.mean() - 0.1, "style": (ITEMS.mean() - 0.1) / 2, **CHEAP}
    )
    assert abs(datetime.fromisoformat(told["at"]).timestamp() - before) < 60
    tags = registry.find(reigning.settings, "style", "2").tags
    assert json.loads(tags["decision"]) == told
    assert (tags["decided_by"], tags["compared_with"]) == ("Ada (atelier)", "1")
    assert tags["evaluation_set"] == "the set"
    assert json.loads(tags["evaluation"])["ideal_distance"]["mean"] == pytest.approx(ITEMS.mean() - 0.1)
    assert [one["version"] for one in reigning.history] == [1, 2]


def test_what_the_gate_would_say_moves_and_records_nothing(reigning):
    reigning.scores[2] = ITEMS - 0.1
    tags, before = registry.find(reigning.settings, "style", "2").tags, reigning.history
    foreseen = promotion.foresee_promotion(reigning.settings, "style", "2")
    assert (foreseen.action, foreseen.version, foreseen.replaced) == ("promoted", 2, 1)
    assert reigning.aliases == {CHAMPION: 1, CHALLENGER: 3}
    assert (registry.find(reigning.settings, "style", "2").tags, reigning.history) == (tags, before)
    reigning.ask(2, ITEMS - 0.1)
    back = promotion.foresee_rollback(reigning.settings, "style")
    assert (back.action, back.version, back.replaced) == ("rolled back", 1, 2)
    assert reigning.aliases[CHAMPION] == 2


def test_a_champion_that_learnt_from_who_opted_out_stays_and_it_is_said(reigning):
    house = reigning.settings
    (house.root / "opt-out.txt").write_text("Ada\n")
    registry.connect(house).set_model_version_tag("style", "1", "opted_out", '{"Ada": 3}')
    decision = reigning.ask(2, ITEMS + 0.1)
    assert decision.action == "refused"
    assert "style v1 learnt from 3 works of artists who have opted out (Ada)" in decision.reason
    assert "whether style v2 learnt from artists who have opted out cannot be told" in decision.reason
    assert reigning.aliases[CHAMPION] == 1
    assert reigning.ask(3, ITEMS - 0.1).action == "promoted"
    assert "style v1 learnt from 3 works" in promotion.rollback(house, "style").reason


def test_the_challenger_alias_goes_when_its_version_is_promoted(reigning):
    assert reigning.ask(3, ITEMS - 0.1).action == "promoted"
    assert reigning.aliases == {CHAMPION: 3, PREVIOUS: 1}


@pytest.mark.parametrize(
    "scores",
    [ITEMS, ITEMS + 0.1, ITEMS + 0.1 * (-1.0) ** np.arange(12), ITEMS - np.eye(12)[0] * 0.3, ITEMS[::-1]],
    ids=["equal", "worse", "noise", "one lucky item", "the same in another order"],
)
def test_what_is_not_surely_better_is_refused(reigning, scores):
    reason = refused(reigning, reigning.ask(2, scores))
    assert reason.startswith("ideal_distance is not surely better than style v1's: difference ")
    assert reigning.aliases == {CHAMPION: 1, CHALLENGER: 3}


def test_the_first_champion_must_beat_doing_nothing(gate):
    assert "not surely better than doing nothing's" in refused(gate, gate.ask(1, 1.0))
    assert gate.aliases == {CHALLENGER: 3}
    decision = gate.ask(2, 0.99)
    assert (decision.action, decision.replaced) == ("promoted", None)
    assert gate.aliases == {CHAMPION: 2, CHALLENGER: 3}


@pytest.mark.parametrize(
    ("costs", "words"),
    [
        ({"seconds_per_megapixel": 1.51}, "seconds_per_megapixel rose from 1 to 1.51, allowed is 1.5 x"),
        ({"peak_megabytes": 900.0}, "peak_megabytes rose from 100 to 900, allowed is 1.5 x"),
        ({"peak_megabytes": float("nan")}, "peak_megabytes rose from 100 to nan"),
    ],
)
def test_a_better_challenger_that_costs_too_much_is_refused(reigning, costs, words):
    reigning.costs[2] = CHEAP | costs
    reason = refused(reigning, reigning.ask(2, ITEMS - 0.1))
    assert "is better than style v1's" in reason
    assert words in reason


def test_a_guard_lets_pass_what_is_allowed():
    assert breached_guards(STYLE, {name: 1.5 * cost for name, cost in CHEAP.items()}, CHEAP) == []
    assert len(breached_guards(STYLE, CHEAP, dict.fromkeys(CHEAP, float("nan")))) == 2


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("number", [1, 2])
def test_figures_that_are_not_finite_promote_nothing(reigning, value, number):
    scores = {1: ITEMS, 2: ITEMS - 0.1}
    scores[number] = np.where(np.arange(12) == 5, value, scores[number])
    reigning.scores[1] = scores[1]
    assert "the comparison failed: " in refused(reigning, reigning.ask(2, scores[2]))


def test_figures_on_another_evaluation_set_promote_nothing(reigning):
    reigning.sets[2] = "another set"
    reason = refused(reigning, reigning.ask(2, ITEMS - 0.1))
    assert "challenger and champion were not judged on the same evaluation set" in reason


@pytest.mark.parametrize(
    "error",
    [KeyError("ideal_distance"), TypeError("?"), MemoryError(), RuntimeError("CUDA\nout of memory. " * 9000)],
)
def test_any_error_is_a_refusal(reigning, error):
    def fail() -> None:
        raise error

    reigning.meanwhile = fail
    reason = refused(reigning, reigning.ask(2, ITEMS - 0.1))
    assert reason.startswith(f"the comparison failed: {type(error).__name__}")
    assert not reason.endswith(".")
    assert len(reason) <= 2000


def test_a_challenger_that_the_registry_has_lost_is_refused(reigning):
    shutil.rmtree(reigning.settings.scratch / "artifacts")
    assert "The registry cannot give the files of style v2" in refused(reigning, reigning.ask(2, ITEMS - 0.1))


def test_a_broken_bundle_is_refused_by_the_real_judge(reigning, monkeypatch):
    monkeypatch.undo()
    folder = registry.fetch_bundle(reigning.settings, registry.find(reigning.settings, "style", "2"))
    (folder / "model.safetensors").write_bytes(b"")
    assert "AtelierError: " in refused(reigning, promote(reigning.settings, "style", "2", "Ada"))


def test_a_measuring_process_that_fails_is_a_refusal(reigning, monkeypatch):
    def measure(family: str, bundles: dict[str, Path]) -> dict[str, dict[str, float]]:
        return measure_costs(family, {role: path / "nowhere" for role, path in bundles.items()}, rounds=1)

    monkeypatch.setattr(promotion, "measure_costs", measure)
    reason = refused(reigning, reigning.ask(2, ITEMS - 0.1))
    assert "cannot be measured: artmodels.errors.AtelierError: " in reason
    assert reason.endswith("nowhere is not a model bundle: config.json is missing")


def test_costs_are_measured(bundle):
    costs = promotion.measure_costs("style", {"challenger": bundle}, rounds=1)
    assert costs.keys() == {"challenger"}
    assert 0 < costs["challenger"]["seconds_per_megapixel"] < 100
    assert 50 < costs["challenger"]["peak_megabytes"] < 10_000


def test_there_is_nothing_to_decide_on(reigning):
    settings, registered = reigning.settings, reigning.history
    for reference, fault in {
        "champion": r"^style v1 is the champion already: there is nothing to promote\.$",
        "1": "is the champion already",
        "9": "There is no version or alias '9' of style",
        "gan/1": "is a model of the family 'gan'",
    }.items():
        with pytest.raises(AtelierError, match=fault):
            promote(settings, "style", reference, "Ada")
    with pytest.raises(
        AtelierError, match=r"There is no model family 'stile' \(did you mean 'style'\?\); known are style"
    ):
        promote(settings, "stile", "1", "Ada")
    assert reigning.history == registered


def test_rolling_back_twice_changes_nothing(reigning):
    with pytest.raises(AtelierError, match=r"^There is no style version before style v1: nothing to roll back to\.$"):
        rollback(reigning.settings, "style", "Ada")
    reigning.ask(2, ITEMS - 0.1)
    decision = rollback(reigning.settings, "style", "Grace")
    assert (decision.action, decision.version, decision.replaced, decision.by) == ("rolled back", 1, 2, "Grace")
    assert reigning.aliases == {CHAMPION: 1, PREVIOUS: 2, CHALLENGER: 3}
    rollback(reigning.settings, "style", "Grace")
    assert reigning.aliases == {CHAMPION: 2, PREVIOUS: 1, CHALLENGER: 3}
    assert [one["action"] for one in reigning.history] == ["promoted"] * 2 + ["rolled back"] * 2


def test_nothing_in_use_is_nothing_to_roll_back(gate):
    with pytest.raises(AtelierError, match="No style model is in use yet"):
        rollback(gate.settings, "style", "Ada")
    with pytest.raises(AtelierError, match="There is no model family 'stile'"):
        rollback(gate.settings, "stile", "Ada")
    assert gate.history == []


def test_a_family_without_models_has_no_history(house):
    with pytest.raises(AtelierError, match=r"^No style model is registered yet: train one with `atelier train style`"):
        history(house, "style")
    with pytest.raises(AtelierError, match="There is no model family 'stile'"):
        history(house, "stile")


def test_a_champion_that_changed_while_comparing_is_compared_again(reigning):
    client = registry.connect(reigning.settings)
    reigning.meanwhile = lambda: client.set_registered_model_alias("style", CHAMPION, "3")
    with pytest.raises(AtelierError, match=r"^The champion of style changed to style v3 meanwhile: compare with it"):
        reigning.ask(2, ITEMS - 0.1)
    assert reigning.aliases[CHAMPION] == 3
    assert PREVIOUS not in reigning.aliases


def test_who_waits_too_long_for_the_gate_is_told(reigning):
    settings = reigning.settings.model_copy(update={"lock_seconds": 0.1})
    with FileLock(settings.scratch / "locks" / "promote-style.lock"):
        for ask in (lambda: promote(settings, "style", "2"), lambda: rollback(settings, "style")):
            with pytest.raises(AtelierError, match=r"^Another promotion of style has held the gate for 0\.1 s: try"):
                ask()


FIGURES = arrays(np.float64, 8, elements=st.floats(-1e3, 1e3))


@given(values=FIGURES, better=st.sampled_from(["lower", "higher"]))
def test_an_equal_never_wins(values, better):
    family = get_family("style")
    family.deciding = replace(family.deciding, better=better)  # type: ignore[misc]
    equal = Evaluation("the set", Judged({"ideal_distance": values}))
    won, difference = compare_items(family, equal, equal)
    assert not won
    assert difference.mean == difference.low == difference.high == 0


@given(values=FIGURES, by=st.floats(1e-3, 1e3), better=st.sampled_from(["lower", "higher"]))
def test_one_that_is_better_at_each_item_wins(values, by, better):
    family = get_family("style")
    family.deciding = Metric("ideal_distance", better, 0.0, "")  # type: ignore[misc]
    champion = Evaluation("the set", Judged({"ideal_distance": values}))
    challenger = Evaluation("the set", Judged({"ideal_distance": values - by if better == "lower" else values + by}))
    assert compare_items(family, challenger, champion)[0]
    assert not compare_items(family, champion, challenger)[0]


ASKER = """
import os, signal, sys, time
from pathlib import Path
import numpy as np
from mlflow import MlflowClient
from artmodels.errors import AtelierError
from artmodels.family import Judged
from tasks import promotion, registry
from tasks.evaluation import Evaluation
from tasks.settings import Settings

SCORES = {"1": 1.0, "2": 0.6, "3": 0.5}
PAUSE = float(os.environ.get("PAUSE", "0"))

def evaluate(settings, family, bundle):
    time.sleep(PAUSE)
    return Evaluation("the set", Judged({"ideal_distance": np.full(8, SCORES[bundle.name.split("-")[1]])}))

promotion.evaluate_bundle = evaluate
promotion.measure_costs = lambda family, bundles: {
    role: {"seconds_per_megapixel": 1.0, "peak_megabytes": 1.0} for role in bundles
}

def dying_at(call):
    # Die before the so-many-th change of the registered model.
    left = [call]
    def dying(write):
        def wrapped(*arguments, **options):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return write(*arguments, **options)
        return wrapped
    for name in (
        "set_registered_model_tag", "delete_registered_model_tag",
        "set_registered_model_alias", "delete_registered_model_alias",
    ):
        setattr(MlflowClient, name, dying(getattr(MlflowClient, name)))
"""

ONE_OF_TWO = """
root, reference = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
decision = promotion.promote(Settings(root=root), "style", reference, "process " + reference)
print(decision.action, decision.reason, flush=True)
"""


def start(python_here: list[str], code: str, *arguments: str, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [*python_here, "-c", ASKER + code, *arguments],
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def champions(path: Path) -> list[int]:
    """Ask the database itself, as anyone may at any moment."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)
    try:
        query = "select version from registered_model_aliases where name = 'style' and alias = 'champion'"
        return [row[0] for row in connection.execute(query)]
    finally:
        connection.close()


def test_of_two_promotions_at_once_one_waits(reigning, python_here):
    """At each moment there is one champion, and the second meets the winner of the first."""
    path, seen, done = reigning.settings.scratch / "mlflow.db", [], Event()

    def watch() -> None:
        while not done.is_set():
            seen.append(champions(path))
            time.sleep(0.002)

    root = str(reigning.settings.root)
    both = [start(python_here, ONE_OF_TWO, root, reference, PAUSE="0.3") for reference in ("2", "3")]
    watcher = Thread(target=watch)
    try:
        for process in both:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        watcher.start()
        said = []
        for process in both:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in both:
            out, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
            said.append(out)
    finally:
        done.set()
        for process in both:
            process.kill()
    watcher.join()
    assert {len(one) for one in seen} == {1}
    assert [number for number, *_ in dict.fromkeys(map(tuple, seen))] in ([1, 2, 3], [1, 3])
    assert said[1].startswith("promoted")
    assert reigning.aliases[CHAMPION] == 3
    if "promoted" in said[0]:
        assert reigning.aliases[PREVIOUS] == 2
        assert "is better than style v2's" in said[1]
    else:
        assert reigning.aliases[PREVIOUS] == 1
        assert "not surely better than style v3's" in said[0]


KILLED = """
import json, shutil, sqlite3
root, action = sys.argv[1:]
database = Path(root, ".atelier", "mlflow.db")

def aliases(path):
    connection = sqlite3.connect(path)
    rows = dict(connection.execute("select alias, version from registered_model_aliases"))
    connection.close()
    return rows

def decisions(path):
    connection = sqlite3.connect(path)
    rows = connection.execute("select value from registered_model_tags where key like 'audit.%' order by key")
    found = [(told["action"], told["version"]) for told in (json.loads(value) for value, in rows)]
    connection.close()
    return found

def in_a_process(path, call):
    # The heavy imports are done: a fork costs nothing. It has no open connection to share.
    process = os.fork()
    if process == 0:
        code = 1
        try:
            settings = Settings(root=root, tracking_uri=f"sqlite:///{path}")
            dying_at(call)
            if action == "promote":
                promotion.promote(settings, "style", "challenger", "Ada")
            else:
                promotion.rollback(settings, "style", "Ada")
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])

for call in range(1, 40):
    path = shutil.copy(database, f"{database}.{call}")
    code = in_a_process(path, call)
    left = aliases(path)
    again = in_a_process(path, 0) if code else None
    print(json.dumps({"code": code, "left": left, "again": again, "end": aliases(path),
                      "decisions": decisions(path)}), flush=True)
    if code == 0:
        break
"""


def killed_everywhere(gate: Gate, python_here: list[str], action: str) -> list[dict]:
    """Do it with a kill before each change in turn, and again without; return what was left, and what then."""
    process = start(python_here, KILLED, str(gate.settings.root), action)
    out, err = process.communicate(timeout=250)
    assert process.returncode == 0, err
    reports = [json.loads(line) for line in out.splitlines()]
    assert [report["code"] for report in reports] == [-signal.SIGKILL] * (len(reports) - 1) + [0]
    return reports


def test_a_promotion_that_is_killed_leaves_a_champion_and_is_finished_by_the_next(reigning, python_here):
    *killed, calm = killed_everywhere(reigning, python_here, "promote")
    assert len(killed) == 6
    assert calm["end"] == {CHAMPION: 3, PREVIOUS: 1}
    assert calm["decisions"] == [["promoted", 1], ["promoted", 3]]
    for report in killed:
        assert report["left"][CHAMPION] in (1, 3)
        assert report["again"] == 0
        assert (report["end"], report["decisions"]) == (calm["end"], calm["decisions"])


@pytest.mark.slow
def test_a_rollback_that_is_killed_leaves_a_champion_and_is_finished_by_the_next(reigning, python_here):
    reigning.ask(2, ITEMS - 0.1)
    *killed, calm = killed_everywhere(reigning, python_here, "rollback")
    assert len(killed) == 5
    assert calm["end"] == {CHAMPION: 1, PREVIOUS: 2, CHALLENGER: 3}
    assert calm["decisions"][-1] == ["rolled back", 1]
    for report in killed:
        assert report["left"][CHAMPION] in (1, 2)
        assert report["again"] == 0
        assert (report["end"], report["decisions"]) == (calm["end"], calm["decisions"])


def test_what_was_decided_before_a_person_chose_another_version_is_not_carried_out(reigning):
    client = registry.connect(reigning.settings)
    decision = Decision("style", "promoted", "it was better", "Ada", version=2, replaced=1)
    client.set_registered_model_tag("style", "pending", json.dumps(asdict(decision)))
    client.set_registered_model_alias("style", CHAMPION, "3")
    with pytest.raises(AtelierError, match="style v3 is the champion already"):
        promote(reigning.settings, "style", "3", "Ada")
    assert reigning.aliases[CHAMPION] == 3
    assert "pending" not in client.get_registered_model("style").tags
    assert [one["version"] for one in reigning.history] == [1]
