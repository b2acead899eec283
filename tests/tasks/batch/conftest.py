from pathlib import Path

import pytest
from batch_toy import Negative, contents, plan, write_pictures

from tasks.batch import run_job


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("pictures") / "source", 30)


@pytest.fixture(scope="session")
def plain(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The bytes that a job makes one picture at a time."""
    return contents(run_job(plan(source), Negative(), tmp_path_factory.mktemp("plain")).out)
