"""A small studio to be hurt, and its lives."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import SyncPrefectClient

from benchmarks.kills.invariants import Watch, pictures_faults
from benchmarks.kills.life import Blow, Story, drive
from benchmarks.kills.victims import TRAINER, Killer
from tasks import registry
from tasks.settings import Settings
from tests.servers import free_port

HERE = Path(__file__).parents[2]

CONFIG = {
    **{"depth": 1, "code": 16, "blocks": 1, "crop": 64, "batch_size": 2, "precision": "32-true"},
    **{"steps": 400, "checkpoint_steps": 20, "preview_steps": 200},
}
"""A network that learns something in seconds."""

LONGEST = {"training": 8.0, "registering": 4.0, "promoting": 10.0, "stylising": 5.0}
"""Seconds after a phase has begun within which its kill falls."""

CONTENTS, STYLES = 15, 2


@dataclass(frozen=True)
class Studio:
    """Where it is, and where it is asked."""

    root: Path
    settings: Settings
    api_url: str


@dataclass(frozen=True)
class Life:
    """What became of a model: the story of its retraining, and of its pictures."""

    training: Story
    pictures: Story
    faults: list[str]


def make_project(folder: Path) -> Path:
    """Clone this revision with the sample's data, and have a version be judged on few works; return the root."""
    root = folder / "studio"
    _run(["git", "clone", "--quiet", str(HERE), str(root)], folder)
    path = root / "params.yaml"
    params = yaml.safe_load(path.read_text())
    params["evaluation"]["items"] = 8
    path.write_text(yaml.safe_dump(params))
    for command in (["pull", "data.dvc", "weights.dvc", "starters.dvc"], ["repro"]):
        _run([sys.executable, "-m", "dvc", *command], root)
    return root


def studio_environment(root: Path, databases: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of all of the studio's processes; `databases` are the settings that name some."""
    return {
        **os.environ,
        **databases,
        "ATELIER_ROOT": str(root),
        "ATELIER_PREFECT_PORT": str(free_port()),
        "ATELIER_MLFLOW_PORT": str(free_port()),
        "ATELIER_DEVICE": "cpu",
        "PYTHONPATH": str(root),
        "PREFECT_WORKER_QUERY_SECONDS": "2",
    }


@contextmanager
def services(root: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Have `atelier up` run until the block ends.

    Raises:
        RuntimeError: it ended before all was well.
    """
    command = [sys.executable, "-m", "flows.cli", "up"]
    with subprocess.Popen(command, cwd=root, env=dict(environment), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if line.startswith("Ctrl-C"):
                    break
            else:
                raise RuntimeError("".join(said))
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate()


def live(
    studio: Studio, killer: Killer, lives: int, chance: random.Random, victims: list[str], watch: Watch
) -> list[Life]:
    """Live so many lives; each victim is hurt equally often in each phase."""
    hurt = {phase: _dealt(chance, [*victims, TRAINER] if phase == "training" else victims, lives) for phase in LONGEST}
    told = []
    with SyncPrefectClient(studio.api_url) as client:

        def run(deployment: str, parameters: dict[str, Any], blows: list[Blow] = []) -> Story:  # noqa: B006
            return drive(client, deployment, parameters, blows, killer)

        _make_first_champion(studio, run)
        watch.begun = True
        for number in range(1, lives + 1):
            moment = {phase: chance.uniform(0, most) for phase, most in LONGEST.items()}
            begun = _beginnings(studio, number)
            blows = {phase: Blow(phase, hurt[phase][number - 1], moment[phase], begun[phase]) for phase in LONGEST}
            training = run(
                "retrain/studio",
                {"family": "style", "config": {**CONFIG, "seed": number}, "trigger": f"life {number}"},
                [blows["training"], blows["registering"], blows["promoting"]],
            )
            pictures = run("stylize/studio", _order(studio, number), [blows["stylising"]])
            faults = pictures_faults(_out(studio, number), CONTENTS * STYLES)
            run("rollback/studio", {"family": "style", "by": f"life {number}"})
            told.append(Life(training, pictures, faults))
            print(f"life {number}: {training} {pictures} {faults}", flush=True)
    return told


def _make_first_champion(studio: Studio, run: Callable[..., Story]) -> None:
    """Put a network that has learnt nothing in use, past the gate: whatever learns anything is better."""
    run("train/studio", {"family": "style", "config": {**CONFIG, "steps": 1, "learning_rate": 1e-6}})
    client = registry.connect(studio.settings)
    client.set_registered_model_alias("style", registry.CHAMPION, "1")
    client.delete_registered_model_alias("style", registry.CHALLENGER)


def _beginnings(studio: Studio, number: int) -> dict[str, Callable[[], bool]]:
    """Return how to see that a phase of a life has begun."""
    ledger = _out(studio, number) / "ledger.jsonl"

    def reached(name: str) -> bool:
        folders = (studio.settings.scratch / "runs").glob("style-*")
        return any(
            (folder / name).is_file() and f'"seed": {number},' in _read(folder / "spec.json") for folder in folders
        )

    def registered() -> bool:
        try:
            return registry.newest(studio.settings, "style").number == number + 1  # type: ignore[union-attr]
        except Exception:  # noqa: BLE001 - the database is down: seen later
            return False

    return {
        "training": lambda: reached("last.ckpt"),
        "registering": lambda: reached("evaluation.json"),
        "promoting": registered,
        "stylising": lambda: ledger.is_file() and ledger.stat().st_size > 0,
    }


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def _order(studio: Studio, number: int) -> dict[str, Any]:
    photographs = sorted(path for path in (studio.root / "data").rglob("*") if path.suffix in (".jpg", ".png"))
    chosen = studio.root / "chosen"
    if not chosen.is_dir():
        chosen.mkdir()
        for path in photographs[:CONTENTS]:
            (chosen / path.name).symlink_to(path)
    styles = [str(path) for path in photographs[-STYLES:]]
    return {"contents": str(chosen), "out": str(_out(studio, number)), "styles": styles, "alpha": 1 - number / 100}


def _out(studio: Studio, number: int) -> Path:
    return studio.root / "out" / f"life-{number}"


def _dealt(chance: random.Random, victims: list[str], count: int) -> list[str]:
    dealt: list[str] = []
    while len(dealt) < count:
        dealt += chance.sample(victims, len(victims))
    return dealt[:count]


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
