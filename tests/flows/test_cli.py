import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import typer

from artmodels.bundle import save_bundle
from artmodels.family import get_family
from artmodels.style.config import StyleConfig
from artmodels.style.network import StyleTransferNet
from flows import cli
from flows.cli.contents import CONTENTS
from tasks import registry
from tasks.settings import Settings

ROOT = Path(__file__).parents[2]
COMMANDS = [command.name for command in cli.app.registered_commands]
READING = {
    *("status", "doctor", "rights", "orders", "approvals", "history", "open", "card", "verify", "schedule list"),
    # They note what they measure, and change nothing; they start what is there; they are what other commands do.
    *("evaluate", "watch", "up", "studio", "demo"),
}
"""Commands that write nothing, or nothing that could be told beforehand."""
WITHOUT_REPORT = {"up", "studio", "demo"}
"""Commands that tell as they go."""


def atelier(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command here; return its exit code."""
    monkeypatch.setattr(sys, "argv", ["atelier", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def fault(monkeypatch, capfd, *arguments: str) -> str:
    """Return what a command says that a person must mend something for: one sentence."""
    capfd.readouterr()
    assert atelier(monkeypatch, *arguments) == 1
    said = capfd.readouterr().err.strip()
    assert said.startswith("atelier: ")
    assert "\n" not in said
    return said.removeprefix("atelier: ")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_explains_itself(monkeypatch, capsys, command):
    assert atelier(monkeypatch, *filter(None, [command, "--help"])) == 0
    said = capsys.readouterr().out
    for name in COMMANDS if not command else ["Example: atelier"]:
        assert name in said


def test_every_command_reports_as_json_and_tells_first_what_it_would_write():
    group = typer.main.get_command(cli.app)
    found = dict(group.commands)
    found |= {f"schedule {name}": command for name, command in found.pop("schedule").commands.items()}
    options = {name: {one for each in command.params for one in each.opts} for name, command in found.items()}
    assert {name for name, known in options.items() if "--dry-run" not in known} == READING
    assert {name for name, known in options.items() if "--json" not in known} == WITHOUT_REPORT


def test_the_help_is_a_table_of_contents(monkeypatch, capsys):
    assert atelier(monkeypatch, "--help") == 0
    said = capsys.readouterr().out
    places = [said.index(f"─ {heading} ─") for heading in CONTENTS]
    assert places == sorted(places)
    lines = [(command.callback.__doc__ or "").splitlines()[0] for command in cli.app.registered_commands]
    assert max(map(len, lines)) <= 72, "one line each"


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("train s", ["sketch", "style"]),
        ("promote style --model ch", ["challenger", "champion"]),
        ("train gan --set res", ["resolution="]),
        ("schedule retrain --on d", ["data", "drift"]),
        ("stylize a b --format w", ["webp"]),
    ],
)
def test_the_shell_completes_names(monkeypatch, capsys, words, offered):
    monkeypatch.setenv("_ATELIER_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", f"atelier {words}")
    monkeypatch.setenv("COMP_CWORD", str(len(words.split())))
    with pytest.raises(SystemExit):
        cli.app([], prog_name="atelier")
    assert sorted(capsys.readouterr().out.split()) == offered


def test_help_answers_at_once():
    code = (
        "import sys; sys.argv = ['atelier', '--help']\n"
        "from flows.cli import main\n"
        "try:\n    main()\nfinally:\n"
        "    loaded = {'torch', 'mlflow', 'prefect', 'lightning', 'pandas', 'numpy', 'dvc'} & set(sys.modules)\n"
        "    print('loaded:', sorted(loaded))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "loaded: []" in done.stdout


def test_the_command_that_is_installed_says_its_faults_in_one_sentence(project):
    command = Path(sys.executable).with_name("atelier")
    environment = os.environ | {"ATELIER_ROOT": str(project.root)}
    for arguments, said in {
        (
            "history",
            "stile",
        ): "There is no model family 'stile' (did you mean 'style'?); known are style, classifier, gan",
        ("train", "--set", "steps"): "--set 'steps' is not accepted: write NAME=VALUE.",
    }.items():
        done = subprocess.run([command, *arguments], env=environment, capture_output=True, text=True)
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith(f"atelier: {said}")
        assert "Traceback" not in done.stderr


def test_a_setting_that_is_not_accepted(workshop, monkeypatch, capfd):
    monkeypatch.setenv("ATELIER_MIN_SIDE", "small")
    assert fault(monkeypatch, capfd, "history").startswith("ATELIER_MIN_SIDE='small' is not accepted")


def test_an_option_without_a_value(monkeypatch, capfd):
    assert fault(monkeypatch, capfd, "train", "--set", "steps") == "--set 'steps' is not accepted: write NAME=VALUE."


@pytest.mark.parametrize("command", ["train", "evaluate", "promote", "retrain", "sweep"])
def test_a_project_without_data(workshop, monkeypatch, capfd, command):
    said = fault(monkeypatch, capfd, command)
    assert said == f"No data.dvc in {workshop.root}: `atelier ingest` makes one."


@pytest.mark.slow
def test_a_registry_without_models(workshop, monkeypatch, capfd, pictures):
    wanted = "No style model is registered yet: train one with `atelier train style`."
    order = ("stylize", str(pictures), str(workshop.root / "out"), "--style", str(pictures))
    assert fault(monkeypatch, capfd, *order) == wanted
    naming = ("classify", str(pictures), "--out", str(workshop.root / "out"))
    assert fault(monkeypatch, capfd, *naming) == wanted.replace("style", "classifier")
    (said := workshop.root / "said.txt").write_text("A calm light.")
    reading = ("read", str(said), "--out", str(workshop.root / "out"))
    assert fault(monkeypatch, capfd, *reading) == wanted.replace("style", "reader")
    judging = ("critique", str(pictures), "--out", str(workshop.root / "out"))
    assert fault(monkeypatch, capfd, *judging) == wanted.replace("style", "critic")
    for command, name in {"generate": "out", "interpolate": "way.gif", "directions": "out", "export": "a.onnx"}.items():
        assert fault(monkeypatch, capfd, command, str(workshop.root / name)) == wanted.replace("style", "gan")
        assert not (workshop.root / name).exists()
    assert fault(monkeypatch, capfd, "compose", str(workshop.root / "out")) == wanted.replace("style", "music")
    assert fault(monkeypatch, capfd, "draw", str(workshop.root / "out")) == wanted.replace("style", "sketch")
    assert fault(monkeypatch, capfd, "rollback") == wanted
    assert fault(monkeypatch, capfd, "history") == wanted
    assert "There is no model family 'stile'" in fault(monkeypatch, capfd, "rollback", "stile")


def test_orders_of_a_generator_that_are_not_accepted(workshop, monkeypatch, capfd):
    out = str(workshop.root / "out")
    assert fault(monkeypatch, capfd, "generate", out, "--direction", "up=1") == (
        "--direction ['up=1'] is not accepted: write NUMBER=AMOUNT, such as 3=-2.5."
    )
    assert "seeds='9-3' is not accepted: 9-3 is empty" in fault(monkeypatch, capfd, "generate", out, "--seeds", "9-3")
    assert "truncation=2.0 is not accepted" in fault(monkeypatch, capfd, "generate", out, "--truncation", "2")
    assert "out='way' is not accepted" in fault(monkeypatch, capfd, "interpolate", "way")
    assert not Path(out).exists()


def test_orders_of_drawings_that_are_not_accepted(workshop, monkeypatch, capfd):
    out = str(workshop.root / "out")
    for options, said in {
        ("--temperature", "0"): "temperature=0.0 is not accepted",
        ("--begun", "a.svg", "--vary", "b.svg"): "begun and vary do not go together: order one of them.",
        ("--seeds", "x"): "seeds='x' is not accepted: write numbers and ranges",
    }.items():
        assert said in fault(monkeypatch, capfd, "draw", out, *options)
    assert "There is no file or folder" in fault(monkeypatch, capfd, "ingest", out, "--kind", "drawing")
    assert not Path(out).exists()


@pytest.fixture
def stocked(workshop: Settings) -> Settings:
    """The workshop with an untrained model, which is not yet in use."""
    bundle = workshop.root / "bundle"
    save_bundle(
        bundle, "style", StyleConfig(depth=1, code=16, blocks=1).model_dump(), StyleTransferNet(1, 16, 1).state_dict()
    )
    run_id = registry.start_run(workshop, "style", "test", {}, {})
    registry.register(workshop, get_family("style"), run_id, bundle, {})
    return workshop


def test_orders_that_cannot_be_filled(stocked, monkeypatch, capfd, pictures, tmp_path):
    out = str(tmp_path / "out")
    order = ("stylize", str(pictures), out, "--style", str(pictures))
    assert "No style model is in use yet: put one to the gate" in fault(monkeypatch, capfd, *order)
    assert "There is no version or alias 'best' of style" in fault(monkeypatch, capfd, *order, "--model", "best")
    registry.connect(stocked).set_registered_model_alias("style", "champion", "1")
    nowhere = ("stylize", "nowhere", out, "--style", str(pictures))
    assert "contents: nowhere does not exist" in fault(monkeypatch, capfd, *nowhere)
    unwritable = ("stylize", str(pictures), str(pictures / "Cubism" / "1.png" / "out"), "--style", str(pictures))
    assert "cannot be written" in fault(monkeypatch, capfd, *unwritable)
    assert fault(monkeypatch, capfd, *order, "--alpha", "2").startswith("alpha=2.0 is not accepted")


@pytest.mark.slow
def test_requests_that_cannot_be_trained(workshop, monkeypatch, capfd, make_source, tmp_path):
    for kind, seed in (("artwork", 0), ("photograph", 100)):
        source, metadata = make_source(kind, 3, seed), str(tmp_path / f"{kind}.csv")
        options = ("--kind", kind, "--metadata", metadata, "--licence", "CC0-1.0")
        assert atelier(monkeypatch, "ingest", str(source), *options) == 0
        assert "3 added, 0 known already, 0 refused" in capfd.readouterr().out
    assert "There is no model family 'stile'" in fault(monkeypatch, capfd, "train", "stile")
    assert "stepz='3' is not accepted: unknown option" in fault(monkeypatch, capfd, "train", "--set", "stepz=3")
    (workshop.weights / "perceptor.safetensors").unlink()
    assert "is missing: run `dvc pull`" in fault(monkeypatch, capfd, "train", "--set", "steps=1")


def test_a_source_is_looked_at_without_being_taken_in(workshop, monkeypatch, capfd, pictures):
    (pictures / "notes.png").write_text("no picture")
    capfd.readouterr()
    order = ("ingest", str(pictures), "--licence", "CC0-1.0", "--dry-run", "--json")
    assert atelier(monkeypatch, *order) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["dry_run"], told["added"], told["rejected"]) == (True, 8, 1)
    assert list(told["reasons"].values()) == [1]
    assert not (workshop.root / "data.dvc").exists()
    assert not list(workshop.data.rglob("*.png"))


def test_a_family_that_is_a_path_is_refused_before_anything_is_asked(workshop, monkeypatch, capfd):
    assert "There is no model family '../..'" in fault(monkeypatch, capfd, "retrain", "../..")


def test_a_source_that_is_not_there(workshop, monkeypatch, capfd):
    assert "nowhere" in fault(monkeypatch, capfd, "ingest", "nowhere")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            RuntimeError("Failed to reach API at http://nowhere/api/"),
            "does not answer (PREFECT_API_URL names another).",
        ),
        (httpx.ConnectError("refused"), "does not answer (PREFECT_API_URL names another)."),
        (
            httpx.HTTPStatusError("no", request=httpx.Request("GET", "http://x"), response=httpx.Response(401)),
            "refuses the credentials: PREFECT_API_AUTH_STRING=USER:PASSWORD gives others.",
        ),
    ],
)
def test_a_prefect_server_that_is_away_or_refuses_is_one_sentence(monkeypatch, capsys, fault, said):
    def fail() -> None:
        raise fault

    monkeypatch.setattr(cli, "app", fail)
    monkeypatch.setattr(sys, "argv", ["atelier", "status"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert told.startswith("atelier: Prefect's server")
    assert told.endswith(f"{said}\n")
    assert told.count("\n") == 1
