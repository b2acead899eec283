"""A person decides about a promotion: a real Prefect API and registry; what the gate compares is made up."""

import contextvars
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from prefect import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from artmodels.bundle import save_bundle
from artmodels.errors import AtelierError
from artmodels.family import Judged, get_family
from artmodels.style.config import StyleConfig
from artmodels.style.network import StyleTransferNet
from flows.promote import promote
from tasks import approval, promotion, registry, versions
from tasks.approval_page import approval_page
from tasks.decision import Decision, Verdict, history
from tasks.evaluation import Evaluation
from tasks.settings import Settings

ITEMS = np.linspace(0.9, 0.4, 12)
COSTS = {"seconds_per_megapixel": 1.0, "peak_megabytes": 100.0}


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> tuple[Settings, Path]:
    """Settings of a project whose registry has a champion, and the bundle that its versions are made of."""
    settings = Settings(root=tmp_path_factory.mktemp("studio"), device="cpu")
    config = StyleConfig(depth=1, code=16, blocks=1).model_dump()
    bundle = save_bundle(settings.root / "bundle", "style", config, StyleTransferNet(1, 16, 1).state_dict())
    settings.scratch.mkdir()
    return settings, bundle


@pytest.fixture
def gate(studio, prefect_api, monkeypatch) -> Settings:
    """The project, with a new challenger that is better than all before it by what is made up here."""
    settings, bundle = studio

    def add() -> None:
        run_id = registry.start_run(settings, "style", "test", {}, {})
        registry.register(settings, get_family("style"), run_id, bundle, {"data_md5": "0123.dir"})

    def evaluate(settings: Settings, family: str, path: Path) -> Evaluation:
        number = int(path.name.split("-")[1])
        picture = np.full((40, 60, 3), number, np.uint8)
        return Evaluation("theset", Judged({"ideal_distance": ITEMS - 0.01 * number}, pictures={"pairs": picture}))

    monkeypatch.setenv("ATELIER_ROOT", str(settings.root))
    monkeypatch.setattr(promotion, "evaluate_bundle", evaluate)
    monkeypatch.setattr(promotion, "measure_costs", lambda family, bundles: dict.fromkeys(bundles, COSTS))
    for name in ("pull", "reproduce", "data_md5"):
        monkeypatch.setattr(versions, name, lambda settings: "")
    monkeypatch.setattr(approval, "_LOOK_AGAIN", 0.1)
    if registry.newest(settings, "style") is None:
        add()
        registry.connect(settings).set_registered_model_alias("style", "champion", "1")
    add()
    return settings


def meanwhile(do: Callable[[approval.Waiting], None]) -> Thread:
    """Do something, in a thread, once a promotion waits for a person."""

    def wait_and_do() -> None:
        while not (found := approval.waiting()):
            time.sleep(0.1)
        do(found[0])

    context = contextvars.copy_context()
    thread = Thread(target=lambda: context.run(wait_and_do))
    thread.start()
    return thread


def champion_of(settings: Settings) -> int:
    return registry.aliases(settings, "style")["champion"]


def test_a_person_approves(gate):
    before = champion_of(gate)
    newest = registry.newest(gate, "style").number
    seen = []

    def look_and_approve(one: approval.Waiting) -> None:
        seen.append((one, champion_of(gate), history(gate, "style")))
        # Nothing is held: another may use the gate.
        with promotion._gate(gate.model_copy(update={"lock_seconds": 0}), "style"):
            pass
        approval.answer("style", True, "The strokes\nare finer.", "Grace")

    thread = meanwhile(look_and_approve)
    decision = promote("style", str(newest), "Ada", approval=True)
    thread.join()
    [(one, there, told)] = seen
    assert (one.family, one.name) == ("style", f"promote style {newest}: Ada")
    assert there == before
    assert not [entry for entry in told if entry["version"] == newest], "nothing is decided while it waits"
    assert decision["action"] == "promoted"
    assert decision["approval"] == {
        "approve": True,
        "reason": "The strokes are finer.",
        "by": "Grace",
        "at": decision["approval"]["at"],
    }
    assert decision["reason"].endswith("approved by Grace: The strokes are finer")
    assert champion_of(gate) == newest
    tags = registry.find(gate, "style", str(newest)).tags
    assert json.loads(tags["approval"]) == decision["approval"]
    assert history(gate, "style")[-1]["approval"]["by"] == "Grace"
    assert approval.outcome(one.id).startswith("Completed")
    with get_client(sync_client=True) as client:
        pages = {found.key: found for found in client.read_artifacts() if found.flow_run_id == one.id}
    assert pages.keys() == {"approval-style", "report-style"}
    page, report = pages["approval-style"], pages["report-style"]
    assert page.description == f"style v{newest} in place of v{before}?"
    assert page.data.count(f"![pairs of the champion v{before} and the challenger v{newest}](data:image/jpeg") == 1
    assert f"`atelier open style/{newest} --kind promotion`" in report.data


def test_a_person_refuses(gate):
    before, newest = champion_of(gate), registry.newest(gate, "style").number
    thread = meanwhile(lambda one: approval.answer(str(one.id)[:8], False, "It paints faces green.", "Grace"))
    decision = promote("style", str(newest), "Ada", approval=True)
    thread.join()
    assert decision["action"] == "refused"
    assert "refused by Grace: It paints faces green" in decision["reason"]
    assert champion_of(gate) == before
    assert json.loads(registry.find(gate, "style", str(newest)).tags["approval"])["approve"] is False


@pytest.mark.slow
def test_silence_is_a_refusal(gate):
    before, newest = champion_of(gate), registry.newest(gate, "style").number
    decision = promote("style", str(newest), "Ada", approval=True, approval_hours=1 / 3600)
    assert decision["action"] == "refused"
    assert decision["approval"]["by"] == "nobody"
    assert "no answer within" in decision["reason"]
    assert champion_of(gate) == before
    assert history(gate, "style")[-1]["version"] == newest


@pytest.mark.slow
def test_an_approval_of_what_was_compared_with_another_champion_is_a_refusal(gate):
    newest = registry.newest(gate, "style").number
    other = next(number for number in range(newest - 1, 0, -1) if number != champion_of(gate))

    def crown_another(one: approval.Waiting) -> None:
        registry.connect(gate).set_registered_model_alias("style", "champion", str(other))
        approval.answer("style", True, "Fine.", "Grace")

    thread = meanwhile(crown_another)
    decision = promote("style", str(newest), "Ada", approval=True)
    thread.join()
    assert decision["action"] == "refused"
    assert f"but The champion of style changed to style v{other} meanwhile" in decision["reason"]
    assert champion_of(gate) == other


@pytest.mark.slow
def test_an_answer_that_is_no_answer_is_a_refusal(gate):
    before = champion_of(gate)

    def resume_without_words(one: approval.Waiting) -> None:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(one.id).state
            client.set_flow_run_state(one.id, state.model_copy(update={"type": "RUNNING", "name": "Running"}), True)

    thread = meanwhile(resume_without_words)
    decision = promote("style", "challenger", "Ada", approval=True)
    thread.join()
    assert decision["action"] == "refused"
    assert "the answer cannot be read" in decision["reason"]
    assert champion_of(gate) == before


def test_what_the_gate_refuses_nobody_is_asked_about(gate):
    decision = promote("style", str(min(2, champion_of(gate) - 1) or 1), "Ada", approval=True)
    assert (decision["action"], decision["approval"]) == ("refused", None)


def test_answers_to_what_nobody_asked(gate):
    with pytest.raises(AtelierError, match=r"'style' names no promotion that waits for a person; waiting: none\."):
        approval.answer("style", True, "Fine.", "Grace")


def test_an_answer_without_a_reason_is_a_sentence(gate):
    with pytest.raises(AtelierError, match="reason='' is not accepted"):
        approval.answer("style", False, "", "Grace")


def test_without_a_server_the_person_at_the_terminal_is_asked(gate, monkeypatch, capsys):
    proposal = promotion.propose(gate, "style", "challenger", "Ada")
    with temporary_settings({PREFECT_API_URL: None}):
        assert "or a person at the terminal" in approval.ask(gate, proposal, 1).reason
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        answers = iter(["y", "Finer strokes."])
        monkeypatch.setattr("builtins.input", lambda words: next(answers))
        verdict = approval.ask(gate, proposal, 1)
        assert (verdict.approve, verdict.reason, verdict.by) == (True, "Finer strokes.", "Ada")
        assert "ideal_distance" in capsys.readouterr().out
        with pytest.raises(AtelierError, match="There is no Prefect server, and approvals need one: start it with"):
            approval.waiting()


def test_a_proposal_survives_being_passed_on(gate):
    proposal = promotion.propose(gate, "style", "challenger", "Ada")
    assert Decision.from_dict(json.loads(json.dumps(asdict(proposal)))) == proposal
    concluded = promotion.conclude(gate, proposal, Verdict(False, "No.", "Grace"))
    assert Decision.from_dict(json.loads(json.dumps(asdict(concluded)))) == concluded


def test_the_page_of_a_first_champion_shows_it_alone(gate):
    proposal = promotion.propose(gate, "style", "challenger", "Ada")
    del proposal.figures["champion"]
    alone = Decision.from_dict(asdict(proposal) | {"replaced": None})
    page = approval_page(gate, alone)
    assert page.startswith(f"# style v{alone.version} as the first in use?")
    assert page.count("![pairs of the ") == 1
    assert "| figure | challenger |" in page
