"""Keys in the environment: a life of a model leaves no trace of them, in no file, database, log or message.

Passwords in the addresses of stores are tried where the stores are.
"""

import sys
from pathlib import Path

import pytest
from prefect.settings import get_current_settings

from flows import cli
from tasks.settings import Settings

SECRETS = {
    "AWS_ACCESS_KEY_ID": "AKIA-sEcReT-0d1e",
    "AWS_SECRET_ACCESS_KEY": "aws-sEcReT-8f31",
    "AWS_SESSION_TOKEN": "session-sEcReT-77aa",
    "MLFLOW_TRACKING_USERNAME": "studio",
    "MLFLOW_TRACKING_PASSWORD": "mlflow-sEcReT-4b2d",
}

OPTIONS = (
    *("depth=1", "code=16", "blocks=1", "crop=32", "batch_size=2", "steps=2", "precision=32-true"),
    *("preview_steps=2", "checkpoint_steps=1"),
)


def traces(folder: Path) -> list[str]:
    """Return the files below a folder that hold a secret."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [str(path.relative_to(folder)) for path in files if b"sEcReT" in path.read_bytes()]


@pytest.mark.slow
def test_the_life_of_a_model_leaves_no_trace_of_a_secret(
    workshop: Settings, make_source, monkeypatch, capfd, caplog, tmp_path
):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    said: list[str] = []

    def atelier(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["atelier", *arguments])
        with pytest.raises(SystemExit):
            cli.main()
        said.extend(capfd.readouterr())

    for kind, count, seed in (("artwork", 12, 0), ("photograph", 8, 100)):
        source, table = str(make_source(kind, count, seed)), str(tmp_path / f"{kind}.csv")
        atelier("ingest", source, "--kind", kind, "--metadata", table, "--licence", "CC0-1.0")
    atelier("train", "style", *(word for option in OPTIONS for word in ("--set", option)))
    assert "style v1 is the challenger" in said[-2]
    atelier("promote", "style")
    atelier("history", "style")
    atelier("train", "style", "--set", "nonsense=1")
    atelier("stylize", "nowhere", str(tmp_path / "out"), "--style", "nowhere")
    assert "sEcReT" not in "".join(said) + caplog.text
    assert not traces(tmp_path)
    assert not traces(workshop.root)
    assert not traces(get_current_settings().home)
