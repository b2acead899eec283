"""A bad network between the studio and its stores: what each operation does, and how long it takes.

    python -m benchmarks.network_faults [--seconds 30] [--operation register ...]

MLflow's server and an S3 endpoint run on loopback, each behind a proxy that goes wrong as the operation begins and is
well again after `--seconds` (or never: `for good`). The table says how the operation ended, after how long, and whether
anything is lost or there twice. An operation at a time; several of these may run beside each other.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import torch

from artmodels.bundle import save_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.style.config import StyleConfig
from artmodels.style.network import StyleTransferNet
from tasks import promotion, registry
from tasks.settings import Settings
from tasks.stores import IMPATIENCE
from tasks.tracking import UNSENT, Tracker, deliver
from tests.proxy import Fault, Proxy
from tests.servers import S3, mlflow_server, s3

FAULTS: tuple[Fault, ...] = ("refused", "silent", "slow", "500", "503", "lost answer")


@dataclass
class Studio:
    """A project, its stores, and the bad networks before them."""

    settings: Settings
    bundle: Path
    store: S3
    to_mlflow: Proxy
    to_s3: Proxy

    def new_version(self) -> registry.Version:
        """Register a version while all is well."""
        run_id = registry.start_run(self.settings, "style", "benchmark", {}, {})
        return registry.register(self.settings, get_family("style"), run_id, self.bundle, {})


def figures(studio: Studio, fault: Fault, seconds: float, network: Proxy) -> Callable[[], str]:
    """Log a figure each half second, as a trainer does, through the outage and a little longer."""
    run_id = registry.start_run(studio.settings, "style", "benchmark", {}, {})
    folder = Path(tempfile.mkdtemp(dir=studio.settings.root))
    tracker, count = Tracker(studio.settings.mlflow_uri, run_id, folder), int(2 * min(seconds, 40)) + 10
    calm = dict(os.environ)

    def run() -> str:
        os.environ.update(IMPATIENCE)
        longest = 0.0
        try:
            for step in range(count):
                began = time.monotonic()
                tracker.figures({"loss": 1.0}, step)
                longest = max(longest, time.monotonic() - began)
                time.sleep(0.5)
        finally:
            os.environ.clear()
            os.environ.update(calm)
        waiting = (folder / UNSENT).is_file()
        deliver(registry.connect(studio.settings), run_id, folder)
        known = registry.connect(studio.settings).get_metric_history(run_id, "loss")
        assert sorted(metric.step for metric in known) == list(range(count)), "each figure once"
        return f"{count} figures, each once; longest wait of the trainer {longest:.1f} s; rest sent later: {waiting}"

    return run


def register(studio: Studio, fault: Fault, seconds: float, network: Proxy) -> Callable[[], str]:
    """Upload a bundle and make it a version."""
    run_id = registry.start_run(studio.settings, "style", "benchmark", {}, {})

    def run() -> str:
        try:
            version = registry.register(studio.settings, get_family("style"), run_id, studio.bundle, {})
        finally:
            network.set("none")
            client = registry.connect(studio.settings)
            known = client.search_model_versions(f"name='style' and run_id='{run_id}'")
            assert len(known) <= 1, "no second version"
        shutil.rmtree(studio.settings.scratch / "models", ignore_errors=True)
        registry.fetch_bundle(studio.settings, version)
        return "one version, its files whole"

    return run


def promote(studio: Studio, fault: Fault, seconds: float, network: Proxy) -> Callable[[], str]:
    """Move the aliases, by a rollback, and record it."""
    client = registry.connect(studio.settings)
    for alias in ("previous", "champion"):
        client.set_registered_model_alias("style", alias, str(studio.new_version().number))
    before = len(promotion.history(studio.settings, "style"))

    def run() -> str:
        try:
            decision = promotion.rollback(studio.settings, "style", "benchmark")
        finally:
            network.set("none")
            known = registry.aliases(studio.settings, "style")
            records = len(promotion.history(studio.settings, "style")) - before
            assert "champion" in known, "a champion at every moment"
            assert records <= 1, "no second record"
        assert (known["champion"], known["previous"]) == (decision.version, decision.replaced)
        assert records == 1
        return "aliases moved, one audit record"

    return run


def dvc(command: str) -> Callable[[Studio, Fault, float, Proxy], Callable[[], str]]:
    """Push data to S3, or pull it."""

    def prepare(studio: Studio, fault: Fault, seconds: float, network: Proxy) -> Callable[[], str]:
        from tasks import versions

        root = studio.settings.root
        shutil.rmtree(root / "data", ignore_errors=True)
        (root / "data").mkdir()
        for number in range(20):
            (root / "data" / f"{number}").write_text(f"{time.time()} {number}")
        (root / "data" / "catalog.parquet").write_text(f"{time.time()}")
        if command == "pull":
            versions.track(studio.settings)
            for folder in (root / "data", root / ".dvc" / "cache"):
                shutil.rmtree(folder)

        def run() -> str:
            if command == "push":
                versions.track(studio.settings)
                return "pushed"
            versions.pull(studio.settings)
            assert len(list((root / "data").iterdir())) == 21
            return "21 files pulled"

        return run

    return prepare


OPERATIONS = {
    "figures": (figures, "mlflow"),
    "register": (register, "mlflow"),
    "promote": (promote, "mlflow"),
    "register, S3": (register, "s3"),
    "dvc push": (dvc("push"), "s3"),
    "dvc pull": (dvc("pull"), "s3"),
}
NEEDLES = {"register": b"model-versions/create", "promote": b"registered-models/set-tag"}


def open_studio(stack: ExitStack) -> Studio:
    """Start the stores and make a project."""
    root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    store = stack.enter_context(s3())
    store.create("studio")
    to_s3 = stack.enter_context(Proxy(int(store.url.rpartition(":")[2])))
    os.environ.update({**store.environment, "AWS_ENDPOINT_URL": to_s3.url, "DVC_NO_ANALYTICS": "1"})
    options = ("--artifacts-destination", "s3://studio/mlflow")
    url = stack.enter_context(mlflow_server(root / "server", f"sqlite:///{root}/mlflow.db", *options))
    to_mlflow = stack.enter_context(Proxy(int(url.rpartition(":")[2])))
    project = root / "project"
    project.mkdir()
    (project / "dvc.yaml").write_text("stages: {}\n")
    dvc_remote = ["dvc", "remote", "add", "-q", "studio", "s3://studio/dvc"]
    for command in (["git", "init", "-q"], ["dvc", "init", "-q"], dvc_remote):
        program = ["git"] if command[0] == "git" else [sys.executable, "-m", "dvc"]
        subprocess.run([*program, *command[1:]], cwd=project, check=True, stdout=subprocess.DEVNULL)
    settings = Settings(root=project, tracking_uri=to_mlflow.url, dvc_remote="studio")
    config = StyleConfig(depth=1, code=16, blocks=1, crop=32)
    torch.manual_seed(0)
    network = StyleTransferNet(1, 16, 1).state_dict()
    bundle = save_bundle(root / "bundle", "style", config.model_dump(mode="json"), network)
    return Studio(settings, bundle, store, to_mlflow, to_s3)


def measure(studio: Studio, operation: str, fault: Fault, seconds: float | None) -> str:
    """Return a row of the table."""
    prepare, where = OPERATIONS[operation]
    network = studio.to_mlflow if where == "mlflow" else studio.to_s3
    run = prepare(studio, fault, seconds or 30, network)
    network.set(fault, NEEDLES.get(operation, b""))
    timer = network.set_for(fault, seconds) if seconds and fault != "lost answer" else None
    began = time.monotonic()
    try:
        outcome = run()
    except AtelierError as error:
        outcome = f"told: {' '.join(str(error).split())[:160]}"
    took = time.monotonic() - began
    if timer:
        timer.cancel()
    network.set("none")
    lasting = "once" if fault == "lost answer" else f"{seconds:g} s" if seconds else "for good"
    return f"| {operation} | {fault}, {lasting} | {outcome} | {took:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="how long an outage lasts")
    parser.add_argument("--operation", nargs="*", choices=OPERATIONS, default=list(OPERATIONS))
    options = parser.parse_args()
    with ExitStack() as stack:
        studio = open_studio(stack)
        print("| operation | fault | outcome | seconds |\n|---|---|---|---|", flush=True)
        for operation in options.operation:
            for fault in FAULTS:
                if fault == "lost answer" and operation not in NEEDLES:
                    continue
                print(measure(studio, operation, fault, options.seconds), flush=True)
            if operation != "figures":
                print(measure(studio, operation, "refused", None), flush=True)


if __name__ == "__main__":
    main()
