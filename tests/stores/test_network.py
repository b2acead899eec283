"""A bad network before MLflow's server and S3, for seconds; `python -m benchmarks.network_faults` has half minutes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from proxy import Proxy
from servers import mlflow_server

from artmodels.bundle import save_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.style.config import StyleConfig
from artmodels.style.network import StyleTransferNet
from tasks import promotion, registry, versions
from tasks.patience import StoreAwayError
from tasks.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SECONDS = 3.0


@pytest.fixture(scope="module")
def server(s3_server, tmp_path_factory) -> Iterator[Proxy]:
    """A bad network before an MLflow server, whose files are on S3."""
    folder = tmp_path_factory.mktemp("mlflow")
    s3_server.create("network")
    options = ("--artifacts-destination", "s3://network/mlflow")
    with (
        mlflow_server(folder, f"sqlite:///{folder}/mlflow.db", *options, **s3_server.environment) as url,
        Proxy(int(url.rpartition(":")[2]), delay=0.2) as proxy,
    ):
        yield proxy


@pytest.fixture
def settings(server: Proxy, tmp_path: Path, monkeypatch) -> Settings:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "6")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "1")
    server.set("none")
    return Settings(root=tmp_path, tracking_uri=server.url)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    config = StyleConfig(depth=1, code=16, blocks=1, crop=32)
    network = StyleTransferNet(1, 16, 1).state_dict()
    return save_bundle(tmp_path / "bundle", "style", config.model_dump(mode="json"), network)


def register(settings: Settings, bundle: Path) -> registry.Version:
    run_id = registry.start_run(settings, "style", "test", {"steps": 2}, {})
    return registry.register(settings, get_family("style"), run_id, bundle, {})


@pytest.mark.parametrize("fault", ["refused", "silent", "slow", "500", "503"])
def test_a_model_is_registered_and_moved_once_through_an_outage(settings, server, bundle, fault):
    first = register(settings, bundle)
    client = registry.connect(settings)
    client.set_registered_model_alias("style", "previous", str(first.number))
    server.set_for(fault, SECONDS)
    second = register(settings, bundle)
    assert registry.newest(settings, "style").number == second.number == first.number + 1
    client.set_registered_model_alias("style", "champion", str(second.number))
    assert registry.fetch_bundle(settings, second).is_dir()

    before = len(promotion.history(settings, "style"))
    server.set_for(fault, SECONDS)
    assert promotion.rollback(settings, "style", "Ada").version == first.number
    assert registry.aliases(settings, "style")["champion"] == first.number
    assert len(promotion.history(settings, "style")) == before + 1


@pytest.mark.parametrize("lost", ["runs/create", "model-versions/create", "set-tag"])
def test_an_answer_that_is_lost_doubles_nothing(settings, server, bundle, lost):
    register(settings, bundle)
    client = registry.connect(settings)
    [experiment] = [one for one in client.search_experiments() if one.name == "atelier-style"]

    def count() -> tuple[int, int]:
        runs = client.search_runs([experiment.experiment_id], max_results=1000)
        return len(runs), len(client.search_model_versions("name='style'", max_results=1000))

    runs, known = count()
    server.set("lost answer", f"{lost} ".encode())
    version = register(settings, bundle)
    if lost == "set-tag":
        client.set_registered_model_tag("style", "audit.test", "once")
    assert server.lost
    server.lost = 0
    assert count() == (runs + 1, known + 1)
    assert version.number == known + 1


def test_a_server_that_is_down_for_good_is_one_sentence(settings, server, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    server.set("refused")
    with pytest.raises(StoreAwayError, match=r"^The registry http://\S+ cannot be used: it does not answer: "):
        registry.aliases(settings, "style")


@pytest.fixture
def remote(project: Settings, s3_server, bucket, monkeypatch) -> Iterator[tuple[Settings, Proxy]]:
    """A project with a DVC remote on S3, and the bad network before it."""
    with Proxy(int(s3_server.url.rpartition(":")[2]), delay=0.1) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        command = [sys.executable, "-m", "dvc", "remote", "add", "--quiet", "studio", f"s3://{bucket}/dvc"]
        subprocess.run(command, cwd=project.root, check=True)
        project.data.mkdir()
        project.catalog.write_text("a catalog")
        yield project.model_copy(update={"dvc_remote": "studio"}), proxy


@pytest.mark.parametrize("fault", ["refused", "503"])
def test_data_is_pushed_and_pulled_through_an_outage(remote, fault):
    settings, proxy = remote
    # Long enough for the first attempt of DVC to fail.
    proxy.set_for(fault, 15)
    versions.track(settings)
    for folder in (settings.data, settings.root / ".dvc" / "cache"):
        subprocess.run(["rm", "-r", folder], check=True)
    proxy.set_for(fault, 15)
    versions.pull(settings)
    assert settings.catalog.read_text() == "a catalog"


def test_a_remote_without_credentials_is_one_sentence(remote, monkeypatch):
    settings, _ = remote
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(settings.root))
    with pytest.raises(AtelierError, match="The DVC remote wants credentials: AWS_ACCESS_KEY_ID"):
        versions.track(settings)
