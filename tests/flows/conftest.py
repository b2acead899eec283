"""Fixtures of the flows' tests: Prefect's API in this process, and a small project that the settings find."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from prefect.testing.utilities import prefect_test_harness

from tasks.settings import Settings, load_settings
from tasks.splits import SPLITS, group_of, split_of

FRACTIONS = {"train": 0.5, "validation": 0.25, "test": 0.25}


@pytest.fixture(scope="session")
def prefect_api() -> Iterator[None]:
    """Prefect with a database of its own."""
    with prefect_test_harness(server_startup_timeout=180):
        yield


@pytest.fixture
def small_project(project: Settings, teacher: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The temporary project, small: the flows find it by the environment."""
    path = project.root / "params.yaml"
    params = yaml.safe_load(path.read_text())
    params["split"]["fractions"] = FRACTIONS
    params["pack"] = {"size": 64, "longest": 128}
    params["evaluation"]["items"] = 4
    path.write_text(yaml.safe_dump(params))
    project.weights.mkdir()
    (project.weights / "perceptor.safetensors").write_bytes(teacher.read_bytes())
    monkeypatch.setenv("ATELIER_ROOT", str(project.root))
    monkeypatch.setenv("ATELIER_DEVICE", "cpu")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return load_settings()


@pytest.fixture
def workshop(small_project: Settings, prefect_api: None) -> Settings:
    """The small project, with Prefect's API."""
    return small_project


def series_of(split: str, first: int) -> str:
    """Return the name of a series that falls into a split."""
    names = (f"series {number}" for number in range(first, first + 1000))
    return next(name for name in names if split_of(group_of("", "Ada", name, None), FRACTIONS, 2) == split)


@pytest.fixture
def make_source(tmp_path: Path, make_painting, encode) -> Callable[[str, int, int], Path]:
    """Make a folder of pictures and its CSV: some in each split."""

    def make(name: str, count: int, seed: int) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        with (tmp_path / f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["path", "title", "artist", "series", "style"])
            for number in range(count):
                (folder / f"{number}.png").write_bytes(encode(make_painting(seed + number)))
                series = series_of(SPLITS[number % 3], 1000 * (seed + number))
                writer.writerow([f"{number}.png", f"{name} {number}", "Ada", series, f"style {number % 2}"])
        return folder

    return make
