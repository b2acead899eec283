"""A disk that is full, for real: a small file system of its own. What was there stays, and work goes on once there is
room."""

from pathlib import Path

import pytest
import torch
from mlflow.exceptions import MlflowException

from artmodels.bundle import load_bundle, save_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from tasks import registry
from tasks.ingest import ingest
from tasks.settings import Settings
from tasks.sources import open_source
from tasks.training import TrainingProgress, TrainingSpec, follow_trainer
from tasks.versions import track

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


OPTIONS = {
    **{"depth": 1, "code": 16, "blocks": 1, "crop": 32, "batch_size": 2, "steps": 40, "precision": "32-true"},
    **{"checkpoint_steps": 2, "preview_steps": 100, "learning_rate": 0.02, "ema_decay": 0.9},
}


def test_a_trainer_says_so_and_resumes(small_disk, fill_disk, say_full, packed_folder, teacher, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    folder, checkpoint = small_disk / "run", small_disk / "run" / "last.ckpt"
    spec = TrainingSpec(
        family="style",
        config=OPTIONS,
        prepared=packed_folder.parent,
        perceptor=str(teacher),
        folder=folder,
        accelerator="cpu",
    )
    stuffing = small_disk / "stuffing"

    def fill_up(progress: TrainingProgress) -> None:
        if checkpoint.is_file() and not stuffing.exists():
            fill_disk(8192)

    with pytest.raises(AtelierError) as caught:
        follow_trainer(spec, fill_up)
    assert "goes on from its last checkpoint" in say_full(caught.value)
    kept = torch.load(checkpoint, weights_only=True)["global_step"]
    assert 0 < kept < 40
    assert not list(folder.glob("*.part"))
    # Once more without room: said again, and nothing lost.
    with pytest.raises((AtelierError, OSError)) as again:
        follow_trainer(spec, lambda progress: None)
    say_full(again.value)
    assert torch.load(checkpoint, weights_only=True)["global_step"] >= kept
    stuffing.unlink()
    assert load_bundle(follow_trainer(spec, lambda progress: None), "style").tensors


def test_a_bundle_is_whole_or_as_it_was(small_disk, fill_disk, say_full):
    folder = save_bundle(small_disk / "bundle", "style", {"width": 4}, {"weight": torch.ones(1000)})
    fill_disk(100_000)
    with pytest.raises(Exception, match="No space left on device") as caught:
        save_bundle(folder, "style", {"width": 8}, {"weight": torch.ones(100_000)})
    say_full(caught.value)
    assert load_bundle(folder).config == {"width": 4}
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]


def start_many_runs(settings: Settings) -> None:
    for number in range(500):
        registry.start_run(settings, "style", f"run {number}", {"text": "x" * 5000}, {"note": "y" * 4000})


def test_the_registry_stays_readable(small_disk, fill_disk, say_full, tmp_path):
    root = small_disk / "project"
    root.mkdir()
    settings = Settings(root=root, artifact_root=(tmp_path / "artifacts").as_uri())
    bundle = save_bundle(tmp_path / "bundle", "style", {}, {"weight": torch.ones(3)})
    run_id = registry.start_run(settings, "style", "first", {"steps": 1}, {})
    registry.register(settings, get_family("style"), run_id, bundle, {})
    stuffing = fill_disk(0)
    with pytest.raises((AtelierError, MlflowException, OSError)) as caught:
        start_many_runs(settings)
    say_full(caught.value)
    assert registry.find(settings, "style", "challenger").number == 1
    stuffing.unlink()
    second = registry.start_run(settings, "style", "second", {"steps": 2}, {})
    assert registry.register(settings, get_family("style"), second, bundle, {}).number == 2


def test_an_ingest_says_so_and_takes_up_the_rest(small_disk, fill_disk, say_full, project, pictures):
    (project.root / "data").symlink_to(small_disk / "data")
    (small_disk / "data").mkdir()
    candidates = lambda: open_source(str(pictures), project, defaults={"licence": "CC0-1.0"})  # noqa: E731
    stuffing = fill_disk(40_000)
    with pytest.raises(OSError, match="No space left on device") as caught:
        ingest(candidates(), project)
    say_full(caught.value)
    assert not project.catalog.exists()
    assert not list(small_disk.rglob("*.atelier-part"))
    stuffing.unlink()
    assert ingest(candidates(), project).added == 8


def test_dvc_says_so_and_adds_once_there_is_room(small_disk, fill_disk, say_full, project, pictures):
    (project.root / ".dvc" / "config").write_text(f"[core]\nanalytics = false\n[cache]\ndir = {small_disk / 'cache'}\n")
    ingest(open_source(str(pictures), project, defaults={"licence": "CC0-1.0"}), project)
    (small_disk / "cache").mkdir()
    stuffing = fill_disk(20_000)
    with pytest.raises(AtelierError) as caught:
        track(project)
    say_full(caught.value)
    assert len(list((project.root / "data").rglob("*.png"))) == 8
    # It would name a version that is stored nowhere.
    assert not (project.root / "data.dvc").exists()
    stuffing.unlink()
    assert track(project).endswith(".dir")
