"""Fixtures of the orders' tests: a studio that paints from seeds, and a place where orders are dropped."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from artmodels.bundle import save_bundle
from artmodels.gan.config import GanConfig
from artmodels.gan.module import GanModule
from tasks.settings import Settings

Drop = Callable[..., Path]


@pytest.fixture(scope="session")
def painting_studio(open_studio, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A registry whose champion is a small untrained generator."""
    module = GanModule(GanConfig(resolution=16, width=4, widest=8, latent=4), [])
    with torch.no_grad():
        for _ in range(10):
            module.generator(torch.randn(16, 4))
    bundle = save_bundle(tmp_path_factory.mktemp("gan"), "gan", module.bundle_config(), module.bundle_state())
    return open_studio(bundle, "gan", device="cpu")


@pytest.fixture
def studio(painting_studio: Settings, tmp_path: Path) -> Settings:
    """The same registry, with orders and results of this test's own."""
    folders = {"orders": str(tmp_path / "orders"), "order_out": str(tmp_path / "out")}
    (tmp_path / "orders").mkdir()
    return painting_studio.model_copy(update={**folders, "order_roots": (str(tmp_path / "photos"),)})


@pytest.fixture
def drop(studio: Settings) -> Drop:
    """Drop an order, written a minute ago unless `age` says otherwise."""

    def drop(name: str, text: str | bytes, age: float = 60) -> Path:
        path = Path(studio.orders) / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        os.utime(path, (time.time() - age, time.time() - age))
        return path

    return drop
