"""Fixtures of this room: Prefect's real engine, started once, and a project to run flows in."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.testing.utilities import prefect_test_harness

from tasks.settings import Settings

PARAMS = """
split: {{fractions: {{train: 0.5, validation: 0.2, test: 0.3}}, seed: 0}}
pack: {{size: 48, longest: 96}}
evaluation: {{teacher: {weights}, judge: {weights}, items: 4}}
"""


@pytest.fixture(scope="session")
def prefect() -> Iterator[None]:
    """Prefect's API on a temporary database."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def studio(prefect: None, project: Settings, teacher: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A project with an encoder and nothing else, in which flows run: its root is the current folder."""
    shutil.copytree(teacher.parent, project.root / "weights", dirs_exist_ok=True)
    weights = "weights/" + teacher.name
    (project.root / "params.yaml").write_text(PARAMS.format(weights=weights))
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("ATELIER_ROOT", str(project.root))
    monkeypatch.setenv("ATELIER_DEVICE", "cpu")
    # Processes that the flows start find this repository's rooms as the tests do.
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    )
    return project


@pytest.fixture
def sources(tmp_path: Path, make_painting, encode) -> tuple[Path, Path]:
    """A folder of 16 artworks in two styles, and one of 14 photographs."""
    folders = tmp_path / "artworks", tmp_path / "photographs"
    for number in range(16):
        file = folders[0] / ("Cubism" if number % 2 else "Rococo") / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encode(make_painting(number, 70, 80)))
    folders[1].mkdir()
    for number in range(14):
        (folders[1] / f"{number}.png").write_bytes(encode(make_painting(100 + number, 72, 96)))
    return folders
