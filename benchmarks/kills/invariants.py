"""What must hold whatever was killed: asked all the while, and counted at the end."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from mlflow import MlflowClient
from prefect.client.orchestration import SyncPrefectClient

from artmodels.errors import AtelierError
from tasks import registry
from tasks.batch import find_damaged, read_ledger
from tasks.decision import history
from tasks.files import TEMPORARY
from tasks.settings import Settings


@dataclass
class Watch:
    """Asks the registry's database for the champion, ten times a second, from when there is one."""

    settings: Settings
    answers: int = 0
    faults: list[str] = field(default_factory=list)
    begun: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watch":
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        client: MlflowClient | None = None
        while not self._stop.wait(0.1):
            if not self.begun:
                continue
            try:
                client = client or registry.connect(self.settings)
                number = client.get_registered_model("style").aliases.get(registry.CHAMPION)
            except AtelierError:
                # The database is the one that was killed.
                client = None
                continue
            self.answers += 1
            if number is None:
                self.faults.append("a moment without a champion")


def versions_faults(settings: Settings, lives: int) -> list[str]:
    """Return what is wrong with versions and decisions: each life has made one version, and asked for one rollback."""
    versions = registry.connect(settings).search_model_versions("name='style'")
    runs, configs = (Counter(one.run_id for one in versions), Counter(one.tags.get("config", "") for one in versions))
    faults = [f"run {run} has {count} versions" for run, count in runs.items() if count > 1]
    faults += [f"{count} versions of {config}" for config, count in configs.items() if count > 1]
    if len(versions) != lives + 1:
        faults.append(f"{len(versions)} versions, {lives + 1} were wanted")
    decisions = Counter((one["version"], one["action"]) for one in history(settings, "style"))
    for number in sorted(int(one.version) for one in versions)[1:]:
        if decisions[number, "promoted"] + decisions[number, "refused"] != 1:
            faults.append(f"v{number} has {decisions[number, 'promoted']} + {decisions[number, 'refused']} decisions")
    returns = sum(count for (_, action), count in decisions.items() if action == "rolled back")
    if returns != lives:
        faults.append(f"{returns} rollbacks, {lives} were asked for")
    return faults


def pictures_faults(out: Path, wanted: int) -> list[str]:
    """Return what is wrong with a job's folder that should hold so many pictures."""
    ledger = read_ledger(out)
    written = Counter(line.split('"')[3] for line in (out / "ledger.jsonl").read_text().splitlines())
    faults = [f"{name} was made {count} times" for name, count in written.items() if count > 1]
    if len(ledger) != wanted or set(ledger["status"]) != {"done"}:
        faults.append(f"{out.name}: {len(ledger)} of {wanted} pictures")
    faults += [f"{name} is not as it was written" for name in find_damaged(out)]
    return faults + [f"{part.name} was left" for part in out.rglob(f"*{TEMPORARY}")]


def taken_slots(client: SyncPrefectClient, patience: float = 240) -> list[str]:
    """Return the slots that are still taken when leases have had their time."""
    deadline = time.monotonic() + patience
    while True:
        try:
            limits = client.read_global_concurrency_limits(limit=200)
            taken = [f"{limit.name} is still taken" for limit in limits if limit.active_slots]
        except httpx.HTTPError:
            taken = ["Prefect does not answer"]
        if not taken or time.monotonic() > deadline:
            return taken
        time.sleep(5)
