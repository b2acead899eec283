"""A batch job spread over workers makes the same pictures as threads: a real server, real clusters, SIGKILL."""

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from prefect_server import end, free_port, serving

from artmodels.errors import AtelierError
from tasks import jobs
from tasks.batch import find_damaged, read_ledger
from tasks.settings import Settings

ROOT = Path(__file__).parents[2]

FLOW = """
import json, sys
from flows.stylize import stylize

if __name__ == "__main__":
    photos, out, styles = sys.argv[1:]
    print("REPORT", json.dumps(stylize(photos, out, styles=[styles])))
"""


@pytest.fixture(scope="module")
def studio(open_studio) -> Settings:
    """A registry whose champion is a small style-transfer network."""
    return open_studio()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    """Photographs and a style; one photograph is none."""
    folder, chance = tmp_path_factory.mktemp("given"), np.random.default_rng(0)
    for name, numbers in (("photos", range(23)), ("styles", range(50, 51))):
        (folder / name).mkdir()
        for number in numbers:
            coarse = Image.fromarray(chance.integers(0, 256, (6, 7, 3), np.uint8))
            coarse.resize((320, 240), Image.Resampling.BICUBIC).save(folder / name / f"{number}.png")
    (folder / "photos" / "bad.png").write_text("no picture")
    return folder


@pytest.fixture
def environment(studio, tmp_path) -> Iterator[dict[str, str]]:
    """Of processes that share a Prefect server."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment = kept | {
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PYTHONPATH": str(ROOT),
        "ATELIER_ROOT": str(studio.root),
        "ATELIER_DEVICE": "cpu",
        "ATELIER_SHARD_ITEMS": "6",
        "OMP_NUM_THREADS": "1",
    }
    with serving(environment, port):
        yield environment


def begin(environment: dict[str, str], mode: str, pictures: Path, out: Path) -> subprocess.Popen:
    """Start the flow in a process of its own."""
    program = out.parent / "program.py"
    program.write_text(FLOW)
    command = [sys.executable, str(program), str(pictures / "photos"), str(out), str(pictures / "styles")]
    return subprocess.Popen(
        command, env=environment | {"ATELIER_FANOUT": mode}, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def finish(process: subprocess.Popen) -> dict:
    """Wait for the flow's report."""
    try:
        said, _ = process.communicate(timeout=500)
    finally:
        end(process)
    assert process.returncode == 0, said
    return json.loads(said.rpartition("REPORT")[2])


def facts(out: Path) -> list[tuple]:
    """What a ledger says that does not depend on the clock, and the pixels: a signature is another each time."""
    rows = sorted(read_ledger(out).to_dict("records"), key=lambda row: row["output"])
    return [(row["output"], row["key"], row["status"], pixels(out / row["output"]), row["record"]) for row in rows]


def pixels(file: Path) -> bytes | None:
    return np.asarray(Image.open(file)).tobytes() if file.is_file() else None


@pytest.fixture(scope="module")
def calm(studio, pictures, tmp_path_factory) -> Path:
    """What threads make of it."""
    out = tmp_path_factory.mktemp("calm") / "out"
    wanted = {"contents": pictures / "photos", "styles": [pictures / "styles"], "out": out}
    report = jobs.run(studio, "stylize", wanted, lambda *_: None)
    assert (report["done"], report["set_aside"]) == (23, 1)
    return out


def assert_same(out: Path, calm: Path) -> None:
    assert facts(out) == facts(calm)
    assert find_damaged(out) == []
    assert len((out / "ledger.jsonl").read_text().splitlines()) == 24, "no picture is entered twice"
    assert not (out / ".shards").exists()


def wait_for_pictures(out: Path, count: int, process: subprocess.Popen) -> None:
    while len(list(out.glob("*.png"))) < count:
        assert process.poll() is None, "it ended too soon"
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_dask_makes_the_same_pictures_though_a_worker_is_killed(environment, pictures, calm, tmp_path):
    out = tmp_path / "out"
    process = begin(environment, "dask", pictures, out)
    wait_for_pictures(out, 2, process)
    workers = [
        one
        for one in psutil.Process(process.pid).children(recursive=True)
        if "multiprocessing.spawn" in " ".join(one.cmdline())
    ]
    assert len(workers) == 2
    workers[0].kill()
    report = finish(process)
    assert (report["done"], report["skipped"], report["set_aside"]) == (23, 0, 1)
    assert_same(out, calm)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ray_makes_the_same_pictures(environment, pictures, calm, tmp_path):
    if importlib.util.find_spec("prefect_ray") is None:
        pytest.skip("prefect-ray is not installed")
    out = tmp_path / "out"
    report = finish(begin(environment, "ray", pictures, out))
    assert (report["done"], report["set_aside"]) == (23, 1)
    assert_same(out, calm)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_work_pool_makes_the_same_pictures(environment, pictures, calm, tmp_path):
    def prefect(*arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "prefect", *arguments], env=environment, cwd=ROOT, check=True)

    prefect("work-pool", "create", "--type", "process", "cpu")
    prefect("--no-prompt", "deploy", "--name", "shard/studio")
    worker = subprocess.Popen(
        [sys.executable, "-m", "prefect", "worker", "start", "--pool", "cpu"],
        env=environment,
        cwd=ROOT,
        start_new_session=True,
    )
    try:
        report = finish(begin(environment, "pool", pictures, tmp_path / "out"))
    finally:
        end(worker)
    assert (report["done"], report["set_aside"]) == (23, 1)
    assert_same(tmp_path / "out", calm)


@pytest.mark.parametrize("mode", ["dask", "ray", "pool"])
def test_without_a_server_there_is_one_sentence(studio, pictures, tmp_path, mode):
    wanted = {"contents": pictures / "photos", "styles": [pictures / "styles"], "out": tmp_path / "out"}
    with pytest.raises(AtelierError, match=f"^ATELIER_FANOUT={mode} needs a Prefect server that all workers reach"):
        jobs.run(studio.model_copy(update={"fanout": mode}), "stylize", wanted, lambda *_: None)
    assert not (tmp_path / "out").exists()
