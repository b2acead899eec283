import subprocess
import sys
from pathlib import Path

import pytest

from artmodels.errors import AtelierError
from tasks.settings import Settings, find_root, load_settings

ROOT = Path(__file__).parents[2]


def test_every_setting_is_explained():
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        (
            "ATELIER_DEVICE",
            "tpu",
            "ATELIER_DEVICE='tpu' is not accepted: Input should be 'auto', 'cpu', 'cuda' or 'mps'.",
        ),
        ("ATELIER_MIN_SIDE", "small", "ATELIER_MIN_SIDE='small' is not accepted: Input should be a valid integer"),
        ("ATELIER_MIN_SIDE", "0", "ATELIER_MIN_SIDE='0' is not accepted: "),
        ("ATELIER_LOCK_SECONDS", "-1", "ATELIER_LOCK_SECONDS='-1' is not accepted: "),
        ("ATELIER_ALLOW_PRIVATE_URLS", "perhaps", "ATELIER_ALLOW_PRIVATE_URLS='perhaps' is not accepted: "),
        ("ATELIER_ALLOWED_LICENCES", "CC0-1.0", "ATELIER_ALLOWED_LICENCES"),
        ("ATELIER_ALLOWED_LICENCES", '{"a": 1}', "ATELIER_ALLOWED_LICENCES"),
    ],
)
def test_a_value_that_is_not_accepted_is_one_sentence(monkeypatch, name, value, fault):
    monkeypatch.setenv(name, value)
    with pytest.raises(AtelierError) as caught:
        load_settings()
    assert str(caught.value).startswith(fault)
    assert "\n" not in str(caught.value)


def test_the_root_is_where_dvc_yaml_is(tmp_path, monkeypatch):
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_root(deep) == deep
    (tmp_path / "dvc.yaml").touch()
    assert find_root(deep) == tmp_path
    monkeypatch.chdir(deep)
    monkeypatch.delenv("ATELIER_ROOT", raising=False)
    assert load_settings().root == tmp_path


def test_a_relative_root_is_taken_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATELIER_ROOT", "studio")
    settings = load_settings()
    assert settings.root == tmp_path / "studio"
    assert settings.mlflow_uri == f"sqlite:///{tmp_path}/studio/.atelier/mlflow.db"
    assert settings.artifacts_of("style") == f"file://{tmp_path}/studio/.atelier/artifacts/style"


def test_settings_of_a_studio_take_the_place_of_the_local_ones(tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_TRACKING_URI", "http://registry:5000")
    monkeypatch.setenv("ATELIER_ARTIFACT_ROOT", "s3://studio")
    monkeypatch.setenv("ATELIER_DEVICE", "mps")
    settings = load_settings(root=tmp_path)
    assert (settings.mlflow_uri, settings.artifacts_of("style")) == ("http://registry:5000", "s3://studio/style")
    assert settings.torch_device == "mps"
    monkeypatch.setenv("ATELIER_ARTIFACT_ROOT", "")
    assert load_settings(root=tmp_path).artifacts_of("style") is None, "MLflow's server decides"


QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DVC_NO_ANALYTICS": "1",
    "NO_ALBUMENTATIONS_UPDATE": "1",
}


@pytest.mark.parametrize("own", [None, "0"])
def test_telemetry_is_off_unless_the_user_wants_it(own):
    code = f"import tasks, os; print([os.environ[name] for name in {list(QUIET)}])"
    environment = {"PATH": "/usr/bin:/bin"} | ({} if own is None else dict.fromkeys(QUIET, own))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == str(list(QUIET.values()) if own is None else [own] * len(QUIET)), done.stderr
