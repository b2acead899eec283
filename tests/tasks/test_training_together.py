"""Two processes train one model under torchrun as one process does: gloo, on the CPU."""

import signal
import threading
import time
from pathlib import Path

import psutil
import pytest
import torch
from torch import Tensor

from artmodels.bundle import load_bundle
from artmodels.errors import AtelierError
from tasks.training import LOG, TrainerDiedError, TrainingProgress, TrainingSpec, follow_trainer

ROOT = Path(__file__).parents[2]

SHORT = {
    **{"batch_size": 4, "steps": 9, "precision": "32-true", "checkpoint_steps": 3, "preview_steps": 1},
    **{"learning_rate": 0.001, "ema_decay": 0.9},
}

FAMILIES = {
    "style": {"depth": 1, "code": 16, "blocks": 1, "crop": 32},
    "music": {
        **{"window": 8, "hidden": 16, "embedding": 8, "chain": 8, "channels": 2, "check_steps": 3},
        **{"dropout": 0.0, "input_dropout": 0.0},
    },
    "gan": {"resolution": 16, "width": 4, "widest": 8, "latent": 4, "check_steps": 2, "check_samples": 16},
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(autouse=True)
def _small(monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def specify(watched_folder, teacher, tmp_path):
    """Make a spec of a family's training."""

    def specify(family: str, name: str, **options: object) -> TrainingSpec:
        return TrainingSpec(
            family=family,
            config=SHORT | FAMILIES[family] | options,
            prepared=watched_folder.parent,
            perceptor=str(teacher),
            folder=tmp_path / name,
            accelerator="cpu",
        )

    return specify


def run(spec: TrainingSpec, processes: int) -> tuple[dict[str, Tensor], dict[int, TrainingProgress]]:
    """Train; return the tensors and what was heard at each step."""
    heard: dict[int, TrainingProgress] = {}
    bundle = follow_trainer(spec, lambda progress: heard.update({progress.step: progress}), processes=processes)
    return load_bundle(bundle, spec.family).tensors, heard


@pytest.mark.parametrize("family", ["style", "music"])
def test_two_processes_learn_what_one_does(specify, family):
    # One step, since Adam makes of a gradient that is nearly nothing a whole step this way or that.
    one, other = (run(specify(family, f"step-{processes}", steps=1), processes)[0] for processes in (1, 2))
    for name in one:
        torch.testing.assert_close(one[name].float(), other[name].float(), rtol=1e-3, atol=1e-5, msg=name)
    _, told = run(specify(family, "alone"), 1)
    _, heard = run(specify(family, "together"), 2)
    assert heard[9].figures["loss"] == pytest.approx(told[9].figures["loss"], rel=5e-3)


def test_networks_that_learn_against_each_other_learn_together(specify):
    _, heard = run(specify("gan", "together", steps=4), 2)
    assert heard[4].step == 4
    assert set(heard[4].figures) >= {"generator", "discriminator"}


def kill_one(folder: Path) -> threading.Thread:
    """Kill the second of the processes when the fifth step has been taken."""

    def kill() -> None:
        while not (folder / "previews" / "0000005.jpg").exists():
            time.sleep(0.005)
        ours = [one for one in psutil.Process().children(recursive=True) if "tasks.training" in one.cmdline()]
        (second,) = [one for one in ours if one.environ().get("RANK") == "1"]
        second.send_signal(signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_a_training_goes_on_when_one_of_its_processes_was_killed(specify):
    calm, _ = run(specify("style", "calm"), 2)
    spec = specify("style", "killed")
    killer = kill_one(spec.folder)
    with pytest.raises(TrainerDiedError, match=f"crashed with exit code 1; its log is {spec.folder / LOG}"):
        run(spec, 2)
    killer.join()
    assert not (spec.folder / "bundle").exists()
    assert (spec.folder / "last.ckpt").exists()
    ours, heard = run(spec, 2)
    assert min(heard) >= 3, "it goes on from the checkpoint"
    assert all(torch.equal(ours[name], calm[name]) for name in calm)


def test_a_batch_that_cannot_be_shared_is_a_fault(specify):
    with pytest.raises(AtelierError, match=r"^batch_size=3 is not accepted: 2 processes share each batch evenly"):
        run(specify("style", "odd", batch_size=3), 2)
