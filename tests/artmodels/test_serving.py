import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import torch

import artmodels.serving
from artmodels.bundle import load_bundle, save_bundle
from artmodels.family import get_family
from artmodels.pictures import from_bytes
from artmodels.style.network import StyleTransferNet
from artmodels.style.painter import StylePainter
from tasks.registry.registering import _signature

ROOT = Path(__file__).parents[2]
TINY = {"depth": 1, "code": 16, "blocks": 1}

CUSTOMER = """
import sys

class Blocker:
    # What a machine that only serves does not have.
    blocked = {"prefect", "dvc", "lightning", "pytorch_lightning", "tasks", "flows", "albumentations"}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.blocked:
            raise ModuleNotFoundError(f"{name} is not here")

sys.meta_path.insert(0, Blocker())

import mlflow
import pandas as pd

model, rows, answers = sys.argv[1:]
rows = pd.read_pickle(rows)
served = mlflow.pyfunc.load_model(model)
outcome = {"default": served.predict(rows), "half": served.predict(rows, params={"alpha": 0.5})}
assert not Blocker.blocked & {name.partition(".")[0] for name in sys.modules}
pd.to_pickle(outcome, answers)
"""


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As the customer's process, since the number of threads may decide the last bit."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def bundle(tmp_path) -> Path:
    torch.manual_seed(0)
    state = {
        name: (2.1 if value.dim() == 4 else 1) * value for name, value in StyleTransferNet(**TINY).state_dict().items()
    }
    return save_bundle(tmp_path / "bundle", "style", TINY, state)


@pytest.fixture
def saved(tmp_path, bundle) -> Path:
    """The model as `tasks.registry.register` logs it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*input example was not provided.*")
        mlflow.pyfunc.save_model(
            tmp_path / "model",
            python_model=artmodels.serving.__file__,
            artifacts={"bundle": str(bundle)},
            signature=_signature(get_family("style")),
            pip_requirements=["torch", "safetensors", "pydantic", "pillow", "numpy", "pandas"],
        )
    return tmp_path / "model"


def test_nothing_in_a_logged_model_is_pickled(saved):
    names = {path.name for path in saved.rglob("*") if path.is_file()}
    assert {"MLmodel", "serving.py", "model.safetensors", "config.json"} <= names
    assert not {Path(name).suffix for name in names} & {".pkl", ".pickle", ".pt", ".pth", ".bin", ".ckpt"}


def test_a_machine_without_the_pipeline_serves_the_same_pictures(tmp_path, saved, bundle, make_painting, encode):
    files = [encode(make_painting(number, 40 + number, 50), "JPEG" if number else "PNG") for number in range(4)]
    rows = pd.DataFrame({"content": files[:2], "style": files[2:]})
    rows.to_pickle(tmp_path / "rows.pkl")
    command = [sys.executable, "-c", CUSTOMER, str(saved), str(tmp_path / "rows.pkl"), str(tmp_path / "answers.pkl")]
    # Its own folder: only what is installed, or named here, can be imported.
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers = pd.read_pickle(tmp_path / "answers.pkl")
    painter = StylePainter(load_bundle(bundle, "style"))
    for name, alpha in (("default", 1.0), ("half", 0.5)):
        expected = painter.predict(rows, {"alpha": alpha})
        assert [answer[:8] for answer in answers[name]] == [b"\x89PNG\r\n\x1a\n"] * 2
        assert answers[name] == expected
    assert answers["default"] != answers["half"]
    assert [from_bytes(answer).shape[:2] for answer in answers["half"]] == [(40, 50), (41, 50)]
    assert all(np.ptp(from_bytes(answer)) > 0 for answer in answers["default"])
