"""How far a task has come, on Prefect's pages: a real API in this process, and one that has gone away."""

import logging
from pathlib import Path
from uuid import UUID

import httpx
import numpy as np
import pytest
from prefect import flow, task
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.objects import Artifact as Found

from artmodels.previews import preview_path, save_preview
from tasks import progress, progress_artifacts
from tasks.progress import showing_progress


def found(key: str) -> list[Found]:
    with get_client(sync_client=True) as client:
        return client.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])))


def test_a_task_s_progress_and_newest_preview_are_on_prefects_pages(prefect_api, tmp_path, monkeypatch):
    monkeypatch.setattr(progress_artifacts, "_OFTEN", 0.0)
    seen: list[tuple[float, str]] = []

    @task
    def train() -> None:
        with showing_progress("training a Test", "samples", each=4, folder=tmp_path) as show:
            (begun,) = found("progress-training-a-test")
            seen.append((begun.data, begun.description))
            for step in (0, 500, 750):
                save_preview(np.full((8, 8, 3), step // 4, np.uint8), preview_path(tmp_path, step))
                show(step, 1000, {"loss": 0.5})
            show(800, 1000, {"loss": 0.25, "best": 0.125})

    @flow
    def work() -> None:
        train()

    work()
    assert seen == [(0.0, "**training a Test** begins")]
    (one,) = found("progress-training-a-test")
    assert (one.type, one.data) == ("progress", 80.0)
    assert isinstance(one.task_run_id, UUID)
    first, *others = one.description.splitlines()
    assert first.startswith("**training a Test** 800/1,000 80 %, ")
    assert " samples/s, " in first
    assert "left, loss 0.25, best 0.125" in first
    assert others[-1] == f"Newest preview: `{preview_path(tmp_path, 750)}`"
    (page,) = found("preview-training-a-test")
    assert page.data.startswith("**training a Test** 750/1,000 75 %, ")
    assert page.data.count("](data:image/jpeg;base64,") == 1


def test_work_goes_on_where_prefect_does_not_answer(monkeypatch, caplog):
    asked: list[str] = []

    def away(*_: object, **__: object) -> None:
        asked.append("asked")
        raise httpx.ConnectError("All connection attempts failed")

    monkeypatch.setattr(progress_artifacts, "create_progress_artifact", away)
    monkeypatch.setattr(progress.TaskRunContext, "get", lambda: True)
    with caplog.at_level(logging.WARNING), showing_progress("training style", folder=Path("nowhere")) as show:
        for step in range(100):
            show(step, 100, {})
    assert len(asked) == 2, "at the beginning and in the end; in between it is left alone for a minute"
    assert caplog.text.count("Prefect's pages do not show how far training style is; it goes on.") == 1


@pytest.mark.parametrize(("level", "where"), [("INFO", "log"), ("WARNING", "stderr")])
def test_a_line_is_said_once_in_the_log_or_where_that_is_silent_on_standard_error(monkeypatch, capsys, level, where):
    log = logging.Logger("run", level)
    lines: list[str] = []
    monkeypatch.setattr(log, "handle", lambda record: lines.append(record.getMessage()))
    monkeypatch.setattr(progress, "get_run_logger", lambda: log)
    progress._say("half")
    assert (lines, capsys.readouterr().err) == ((["half"], "") if where == "log" else ([], "half\n"))
