"""The life of a model with nothing kept in files of this machine: PostgreSQL, S3, and a second machine."""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psycopg2
import pytest
from PIL import Image
from prefect.settings import PREFECT_API_URL, PREFECT_HOME
from servers import STRANGE_PASSWORD, Postgres, mlflow_server

from artmodels.style.family import StyleFamily
from flows.evaluate import evaluate
from flows.ingest import ingest
from flows.promote import promote, rollback
from flows.stylize import stylize
from flows.train import train
from tasks import promotion, registry, runs
from tasks.batch import read_ledger
from tasks.evaluation import interval
from tasks.settings import Settings, load_settings

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(900)]

CONFIG = {
    **{"depth": 1, "code": 16, "blocks": 1, "crop": 32, "batch_size": 2, "steps": 2, "precision": "32-true"},
    **{"preview_steps": 2, "checkpoint_steps": 1},
}


@pytest.fixture(params=["direct", "server"])
def settings(
    request, studio: Settings, postgres_server: Postgres, database: str, bucket: str, tmp_path: Path, monkeypatch
) -> Iterator[Settings]:
    """The studio with MLflow on PostgreSQL and S3, spoken to directly or through MLflow's server."""
    store = postgres_server.address(database)
    if request.param == "direct":
        monkeypatch.setenv("ATELIER_TRACKING_URI", store)
        monkeypatch.setenv("ATELIER_ARTIFACT_ROOT", f"s3://{bucket}/mlflow")
        yield load_settings()
        return
    destination = ("--artifacts-destination", f"s3://{bucket}/mlflow")
    with mlflow_server(tmp_path / "mlflow-server", store, *destination) as url:
        monkeypatch.setenv("ATELIER_TRACKING_URI", url)
        yield load_settings()


def test_a_model_lives_on_postgres_and_s3_and_serves_another_machine(
    settings, s3_server, bucket, database, postgres_server, make_source, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(StyleFamily, "deciding", replace(StyleFamily.deciding, baseline=1e6))
    monkeypatch.setattr(promotion, "measure_costs", functools.partial(promotion.measure_costs, rounds=1))
    specs = watch_specs(monkeypatch)

    for name, kind, count in (("artworks", "artwork", 12), ("photographs", "photograph", 8)):
        source = str(make_source(name, count, 100 * count))
        report = ingest(source, kind, str(tmp_path / f"{name}.csv"), defaults={"licence": "CC0-1.0"})
    assert [key for key in s3_server.keys(bucket) if key.startswith("dvc/")], "the data was pushed"

    assert train("style", CONFIG, "Ada") == 1
    assert registry.find(settings, "style", "challenger").tags["data_md5"] == report["data_md5"]
    assert [key for key in s3_server.keys(bucket) if key.endswith("model.safetensors")]
    assert not (settings.scratch / "artifacts").exists()
    assert not (settings.scratch / "mlflow.db").exists()
    assert evaluate("style", "challenger")["version"] == 1
    assert promote("style", by="Ada")["action"] == "promoted"

    assert train("style", CONFIG | {"seed": 1}, "Ada") == 2
    monkeypatch.setattr(promotion, "compare_items", lambda *_: (True, interval(-np.ones(4))))
    monkeypatch.setattr(promotion, "breached_guards", lambda *_: [])
    assert promote("style", by="Ada")["action"] == "promoted"
    assert registry.aliases(settings, "style") == {"champion": 2, "previous": 1}
    assert rollback("style", "Grace")["version"] == 1

    content, style = tmp_path / "photographs", tmp_path / "artworks" / "0.png"
    assert stylize(str(content), str(tmp_path / "out"), [str(style)], size=32)["done"] == 8

    there = on_another_machine(settings, tmp_path)
    told = there("history", "style")
    assert "champion     v1" in told
    assert "rolled back by Grace" in told
    there("stylize", str(content), str(tmp_path / "out-there"), "--style", str(style), "--size", "32")
    assert pixels(tmp_path / "out-there") == pixels(tmp_path / "out"), "the same model, the same pictures"

    # Nothing that was written or said gives a password away.
    assert specs
    written = "".join(specs) + caplog.text + told + everything_in(postgres_server, database)
    for secret in (STRANGE_PASSWORD, postgres_server.address("x").split(":")[2].split("@")[0]):
        assert secret not in written
    assert s3_server.environment["AWS_SECRET_ACCESS_KEY"] not in written


def watch_specs(monkeypatch) -> list[str]:
    """Return a list that fills with the training specs as they are on the disk, and with the trainers' logs."""
    seen: list[str] = []
    register = runs.register

    def watched(settings, folder: Path, evaluation_file: Path):
        seen.extend(path.read_text() for path in (folder / "spec.json", folder / "train.log"))
        return register(settings, folder, evaluation_file)

    monkeypatch.setattr(runs, "register", watched)
    return seen


def on_another_machine(settings: Settings, tmp_path: Path):
    """Clone the project elsewhere, get its data from S3, and return a function that runs `atelier` there."""
    there = tmp_path / "elsewhere" / "project"
    subprocess.run(["git", "add", "-A"], cwd=settings.root, check=True)
    subprocess.run(["git", "commit", "-q", "-m", "Take in"], cwd=settings.root, check=True)
    subprocess.run(["git", "clone", "-q", settings.root, there], check=True)
    shutil.copytree(settings.weights, there / "weights")
    environment = os.environ | {
        "ATELIER_ROOT": str(there),
        "DVC_SITE_CACHE_DIR": str(tmp_path / "elsewhere" / "dvc-site"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    environment |= {"PREFECT_API_URL": PREFECT_API_URL.value(), "PREFECT_HOME": str(PREFECT_HOME.value())}

    def atelier(*arguments: str) -> str:
        command = [sys.executable, "-m", "flows.cli", *arguments]
        done = subprocess.run(command, cwd=there, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout + done.stderr

    pulled = subprocess.run(
        [sys.executable, "-c", "from tasks import steps; steps.pull_data.fn(); steps.prepare_data.fn()"],
        cwd=there,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert pulled.returncode == 0, pulled.stderr[-3000:]
    assert (there / "data" / "catalog.parquet").is_file()
    return atelier


def pixels(folder: Path) -> dict[str, bytes]:
    """Return the pixels of a job's pictures by their names: a signature is another each time."""
    return {name: np.asarray(Image.open(folder / name)).tobytes() for name in read_ledger(folder)["output"]}


def everything_in(postgres_server: Postgres, database: str) -> str:
    """Return the text of every row that MLflow has about runs and versions."""
    tables = ("tags", "params", "registered_model_tags", "model_version_tags", "model_versions", "runs", "experiments")
    with psycopg2.connect(postgres_server.address(database)) as connection, connection.cursor() as cursor:
        words = []
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
            words += [str(row) for row in cursor.fetchall()]
    connection.close()
    return "\n".join(words)
