import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import torch
from mlflow import MlflowClient
from torch import Tensor

from artmodels.bundle import load_bundle
from artmodels.errors import AtelierError
from tasks import training
from tasks.tracking import Tracker
from tasks.training import LOG, PROGRESS, TrainerDiedError, TrainingProgress, TrainingSpec, follow_trainer, read_spec

ROOT = Path(__file__).parents[2]

OPTIONS = {
    **{"depth": 1, "code": 16, "blocks": 1, "crop": 32, "batch_size": 2, "steps": 11, "precision": "32-true"},
    **{"checkpoint_steps": 3, "preview_steps": 1, "learning_rate": 0.02, "ema_decay": 0.9},
}
"""Previews after steps 1, 2, 3, 5 and 8, which a test can wait for; checkpoints that most steps fall between."""


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch) -> Iterator[None]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def spec(packed_folder, teacher, tmp_path) -> TrainingSpec:
    return TrainingSpec(
        family="style",
        config=OPTIONS,
        prepared=packed_folder.parent,
        perceptor=str(teacher),
        folder=tmp_path / "run",
        accelerator="cpu",
    )


def nothing(_: TrainingProgress) -> None:
    """Hear nothing."""


def wait_for(condition: Callable[[], bool], seconds: float = 100) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def children(process: int | None = None) -> list[psutil.Process]:
    return [one for one in psutil.Process(process).children() if "tasks.training" in one.cmdline()]


def kill_at(spec: TrainingSpec, step: int, seconds: float, how: signal.Signals) -> threading.Thread:
    """Kill the trainer that follows so long after the preview of a step has appeared."""

    def kill() -> None:
        wait_for((spec.folder / "previews" / f"{step:07d}.jpg").exists)
        time.sleep(seconds)
        for child in children():
            child.send_signal(how)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def tensors(folder: Path) -> dict[str, Tensor]:
    return load_bundle(folder, "style").tensors


def test_a_killed_training_goes_on_as_if_nothing_had_happened(spec, tmp_path):
    reported: list[int] = []
    calm = training.train(
        spec.model_copy(update={"folder": tmp_path / "calm"}), lambda progress: reported.append(progress.step)
    )
    assert reported[-1] == 11
    moments = random.Random(11)
    for step, attempt in zip(sorted(moments.sample([1, 2, 3, 5, 8], 3)), range(3), strict=True):
        killer = kill_at(spec, step, moments.uniform(0, 0.03), signal.SIGKILL)
        with pytest.raises(TrainerDiedError, match=rf"was killed by SIGKILL; its log is {spec.folder / LOG}"):
            follow_trainer(spec, nothing)
        killer.join()
        assert not (spec.folder / "bundle").exists(), attempt
        # So that the next killer waits for the step to come round again.
        for preview in (spec.folder / "previews").iterdir():
            preview.unlink()
    (spec.folder / PROGRESS).write_text('{"step": 999, "steps": 999}')
    heard: list[TrainingProgress] = []
    bundle = follow_trainer(spec, heard.append)
    assert bundle == spec.folder / "bundle"
    ours, theirs = tensors(bundle), tensors(calm)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert (bundle / "config.json").read_bytes() == (calm / "config.json").read_bytes()
    assert heard[-1].step == heard[-1].steps == 11
    assert "loss" in heard[-1].figures
    assert all(progress.step <= 11 for progress in heard), "an earlier attempt's progress is not this one's"
    assert read_spec(spec.folder / "spec.json") == spec


FOLLOWER = """
import sys
from pathlib import Path
from tasks.training import follow_trainer, read_spec

follow_trainer(read_spec(Path(sys.argv[1])), lambda progress: None)
"""


def test_a_training_begins_with_the_weights_of_another(spec, tmp_path):
    first = training.train(spec, nothing)
    slow = spec.config | {"steps": 1, "learning_rate": 1e-12}
    onward = spec.model_copy(update={"folder": tmp_path / "onward", "config": slow, "start": first})
    before, after = tensors(first), tensors(training.train(onward, nothing))
    assert all(torch.allclose(before[name], after[name], atol=1e-6) for name in before)
    other = onward.model_copy(update={"folder": tmp_path / "other", "config": slow | {"code": 32}})
    with pytest.raises(AtelierError, match=r"has another shape: its .* is \(.*\), here of shape"):
        training.train(other, nothing)


def test_the_trainer_ends_with_its_follower(spec, tmp_path):
    long = spec.model_copy(update={"config": OPTIONS | {"steps": 100_000, "preview_steps": 5}})
    (tmp_path / "long.json").write_text(long.model_dump_json())
    with subprocess.Popen([sys.executable, "-c", FOLLOWER, str(tmp_path / "long.json")], cwd=ROOT) as follower:
        wait_for(lambda: (long.folder / "previews" / "0000005.jpg").exists() or follower.poll() is not None)
        (trainer,) = children(follower.pid)
        follower.kill()
        wait_for(lambda: not trainer.is_running() or trainer.status() == psutil.STATUS_ZOMBIE, 5)
    assert not (long.folder / "bundle").exists()


def test_a_terminated_trainer_ends_soon_and_does_not_pass_for_finished(spec):
    long = spec.model_copy(update={"config": OPTIONS | {"steps": 100_000, "preview_steps": 5}})
    killer = kill_at(long, 5, 0, signal.SIGTERM)
    with pytest.raises(TrainerDiedError, match="was killed by SIGTERM"):
        follow_trainer(long, nothing)
    killer.join()
    log = (long.folder / LOG).read_text()
    assert "Traceback" not in log
    assert "Warning" not in log


def test_a_fault_that_the_trainer_finds_is_the_followers(spec):
    bad = spec.model_copy(update={"prepared": spec.folder / "nothing"})
    with pytest.raises(AtelierError, match=r"^No packed images in .*nothing/packed: run `dvc repro`\.$"):
        follow_trainer(bad, nothing)
    assert "Traceback" not in (spec.folder / LOG).read_text()


class Cancelled(BaseException):
    """What stops a flow, as Prefect's own."""


def cancel(_: TrainingProgress) -> None:
    raise Cancelled


def test_whoever_stops_following_ends_the_trainer(spec):
    threading.Timer(1, lambda: (spec.folder / PROGRESS).write_text('{"step": 1, "steps": 11}')).start()
    with pytest.raises(Cancelled):
        follow_trainer(spec, cancel)
    assert children() == []


@pytest.mark.parametrize(
    ("command", "fault"),
    [("exit 5", "crashed with exit code 5"), ("kill -SEGV $$", "was killed by SIGSEGV")],
)
def test_a_trainer_that_crashes_names_its_log(spec, tmp_path, monkeypatch, command, fault):
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho Oh no\n{command}\n")
    python.chmod(0o755)
    monkeypatch.setattr(training.sys, "executable", str(python))
    with pytest.raises(TrainerDiedError, match=f"The trainer {fault}; its log is {spec.folder / LOG}"):
        follow_trainer(spec, nothing)
    assert (spec.folder / LOG).read_text() == "Oh no\n"


def run_main(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["tasks.training", *arguments])
    return training.main()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"colour": 1}, "colour: Extra inputs are not permitted."),
        ({"family": None}, "family: Input should be a valid string."),
        ({"accelerator": "tpu"}, "accelerator: Input should be 'auto', 'cpu', 'gpu' or 'mps'."),
        ({"family": "stile"}, "There is no model family 'stile' (did you mean 'style'?); known are style"),
        ({"config": OPTIONS | {"depth": 0}}, "style: depth=0 is not accepted: Input should be greater"),
        ({"config": OPTIONS | {"crop": 33}}, "style: crop=33 is not accepted: Input should be a multiple of 8"),
        (
            {"config": OPTIONS | {"stepz": 3}},
            "style: stepz=3 is not accepted: unknown option (did you mean 'steps'?); known are seed",
        ),
        ({"prepared": "/nowhere"}, "No packed images in /nowhere/packed: run `dvc repro`."),
        ({"perceptor": "/nowhere.safetensors"}, "The perceptual encoder /nowhere.safetensors is missing: run `dvc"),
    ],
)
def test_a_spec_that_does_not_fit_is_one_sentence_and_exit_code_2(spec, tmp_path, monkeypatch, capsys, change, fault):
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(json.loads(spec.model_dump_json()) | change))
    assert run_main(monkeypatch, str(path)) == 2
    said = capsys.readouterr().err.strip()
    assert fault in said
    assert "\n" not in said
    assert not (spec.folder / "bundle").exists()


@pytest.mark.parametrize("text", [None, "", "{", "[]"])
def test_a_spec_that_is_none_is_one_sentence_and_exit_code_2(tmp_path, monkeypatch, capsys, text):
    path = tmp_path / "spec.json"
    if text is not None:
        path.write_text(text)
    assert run_main(monkeypatch, str(path)) == 2
    said = capsys.readouterr().err.strip()
    assert str(path) in said
    assert "\n" not in said
    assert ": :" not in said


@pytest.mark.parametrize("arguments", [(), ("--help",), ("a", "b", "c")])
def test_a_wrong_command_shows_the_right_one(monkeypatch, capsys, arguments):
    assert run_main(monkeypatch, *arguments) == 2
    assert capsys.readouterr().err == "usage: python -m tasks.training SPEC.json\n"


def test_figures_and_previews_arrive_in_mlflow(spec, tmp_path, monkeypatch, capsys):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    client = MlflowClient(uri)
    experiment = client.create_experiment("atelier-style", (tmp_path / "artifacts").as_uri())
    run_id = client.create_run(experiment).info.run_id
    options = OPTIONS | {"steps": 6, "preview_steps": 4}
    monkeypatch.setenv("ATELIER_TRACKING_URI", uri)
    tracked = spec.model_copy(update={"tracking_uri": "postgresql://a:secret@b/c", "run_id": run_id, "config": options})
    path = tmp_path / "spec.json"
    path.write_text(tracked.model_dump_json())
    assert "secret" not in path.read_text() + repr(tracked)
    assert run_main(monkeypatch, str(path)) == 0
    run = client.get_run(run_id)
    assert run.info.status == "RUNNING", "who opened the run closes it"
    assert run.data.metrics.keys() >= {"loss", "content", "texture", "moments", "identity"}
    assert client.get_metric_history(run_id, "loss")[-1].step == 6
    pictures = [file.path for file in client.list_artifacts(run_id, "previews")]
    assert pictures == ["previews/0000004.jpg", "previews/0000006.jpg"]
    progress = TrainingProgress.model_validate_json((spec.folder / PROGRESS).read_text())
    assert (progress.step, progress.steps) == (6, 6)
    assert progress.figures["loss"] == pytest.approx(run.data.metrics["loss"])


def test_a_tracker_without_a_run_tells_nobody(tmp_path):
    tracker = Tracker("", "", tmp_path)
    tracker.figures({"loss": 1.0}, 1)
    tracker.picture(tmp_path / "none.jpg", "previews")
    assert list(tmp_path.iterdir()) == []
