"""Fixtures of this room: a registry of its own for each test, and small models to put in it."""

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from artmodels.bundle import save_bundle
from artmodels.errors import AtelierError, is_full
from artmodels.family import get_family
from artmodels.style.config import StyleConfig
from artmodels.style.network import Guided, StyleTransferNet
from flows.cli import sentence_of
from tasks import registry
from tasks.registry import Version
from tasks.settings import Settings

Register = Callable[..., Version]
OpenStudio = Callable[..., Settings]


def make_bundle(folder: Path, seed: int = 0) -> Path:
    """Save a small untrained style-transfer network whose pictures depend on content and style."""
    config = StyleConfig(depth=1, code=16, blocks=1, crop=32)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        network = StyleTransferNet(1, 16, 1)
        for module in network.modules():
            if isinstance(module, Guided):
                nn.init.normal_(module.affine.weight, std=0.5)
        network.decoder.paint.weight.mul_(20)
    return save_bundle(folder, "style", config.model_dump(mode="json"), network.state_dict())


@pytest.fixture(scope="session")
def empty_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty registry's file, to be copied: MLflow takes seconds to make one."""
    settings = Settings(root=tmp_path_factory.mktemp("registry"))
    registry.connect(settings)
    return settings.scratch / "mlflow.db"


@pytest.fixture(scope="session")
def open_studio(tmp_path_factory: pytest.TempPathFactory, empty_registry: Path) -> OpenStudio:
    """Open a project whose registry has a model in use: by default a small untrained style-transfer network."""

    def open_studio(bundle: Path | None = None, family: str = "style", **options: object) -> Settings:
        root = tmp_path_factory.mktemp("studio")
        settings = Settings(root=root, **options)
        settings.scratch.mkdir()
        shutil.copy(empty_registry, settings.scratch / "mlflow.db")
        bundle = bundle or make_bundle(root / "bundle")
        run_id = registry.start_run(settings, family, "test", {}, {})
        version = registry.register(settings, get_family(family), run_id, bundle, {"data_md5": "0123.dir"})
        registry.connect(settings).set_registered_model_alias(family, registry.CHAMPION, str(version.number))
        return settings

    return open_studio


@pytest.fixture
def house(tmp_path: Path, empty_registry: Path, packed_folder: Path, teacher: Path) -> Settings:
    """Settings of a project with prepared data, an encoder and an empty registry, without git and DVC."""
    settings = Settings(root=tmp_path / "house", device="cpu")
    settings.scratch.mkdir(parents=True)
    shutil.copy(empty_registry, settings.scratch / "mlflow.db")
    settings.prepared.mkdir()
    (settings.prepared / "packed").symlink_to(packed_folder)
    settings.weights.mkdir()
    shutil.copy(teacher, settings.weights / "perceptor.safetensors")
    weights = "weights/perceptor.safetensors"
    (settings.root / "params.yaml").write_text(
        f"evaluation: {{teacher: {weights}, judge: {weights}, items: 4, samples: 8}}\n"
    )
    (settings.root / "data.dvc").write_text("outs:\n- md5: 0123456789abcdef0123456789abcdef.dir\n")
    return settings


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A small untrained network's bundle."""
    return make_bundle(tmp_path / "bundle")


@pytest.fixture
def add_version(house: Settings, bundle: Path) -> Register:
    """Register versions: each has its own run, and the tags that are given."""

    def add(**tags: str) -> Version:
        run_id = registry.start_run(house, "style", "test", {}, {})
        return registry.register(house, get_family("style"), run_id, bundle, {"data_md5": "0123.dir", **tags})

    return add


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that is a file system of 32 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", folder], capture_output=True).returncode != 0:
        pytest.skip("mounting a small file system takes root's rights")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def fill_disk(small_disk: Path) -> Callable[[int], Path]:
    """Fill the small disk but for so many bytes; returns the file that does."""

    def fill(leave: int) -> Path:
        stuffing = small_disk / "stuffing"
        # Who is being tested may write meanwhile, and leave less room than was counted: then it is full all the same.
        with contextlib.suppress(OSError):
            stuffing.write_bytes(bytes(max(0, shutil.disk_usage(small_disk).free - leave)))
        return stuffing

    return fill


@pytest.fixture
def say_full() -> Callable[[BaseException], str]:
    """Return what a person is told of a fault that a full disk caused: one sentence."""

    def say(error: BaseException) -> str:
        assert isinstance(error, AtelierError) or is_full(error)
        said = sentence_of(error)  # type: ignore[arg-type]
        assert "\n" not in said
        assert "No space left on device" in said or "full" in said
        return said

    return say
