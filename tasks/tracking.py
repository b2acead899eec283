"""What a training process tells MLflow as it goes.

Training never waits for MLflow. What cannot be sent is kept in a file of the training's folder, is sent when the store
answers again, and at the latest when the model is registered.
"""

import json
import time
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.utils.time import get_current_time_millis

from tasks.files import replacing
from tasks.patience import StoreAwayError
from tasks.stores import open_client

UNSENT = "unsent.jsonl"
"""The file of what MLflow has not been told yet, one figure set or picture a line."""

_LONGEST_WAIT = 60.0
"""Seconds between two attempts while the store is away; the first is made after one."""


class Tracker:
    """Writes figures and pictures to one run; does nothing where no run is given."""

    def __init__(self, tracking_uri: str, run_id: str, folder: Path) -> None:
        self.tracking_uri, self.run_id, self.folder = tracking_uri, run_id, folder
        self._client: MlflowClient | None = None
        self._wait = self._next = 0.0

    def figures(self, figures: dict[str, float], step: int) -> None:
        """Log figures of one step."""
        self._tell({"figures": figures, "step": step, "at": get_current_time_millis()})

    def picture(self, path: Path, folder: str) -> None:
        """Log a picture file under `folder` of the run's artifacts."""
        self._tell({"picture": str(path), "to": folder})

    def _tell(self, news: dict[str, Any]) -> None:
        if not self.run_id:
            return
        keep(self.folder, news)
        if time.monotonic() < self._next:
            return
        try:
            self._client = self._client or open_client(self.tracking_uri, patient=False)
            deliver(self._client, self.run_id, self.folder)
            self._wait = 0.0
        except StoreAwayError as error:
            if not self._wait:
                print(f"{error} Training goes on; figures are kept and sent later.", flush=True)
            self._wait = min(max(1.0, 2 * self._wait), _LONGEST_WAIT)
            self._next = time.monotonic() + self._wait


def keep(folder: Path, news: dict[str, Any]) -> None:
    """Add a line to what MLflow is to be told."""
    with (folder / UNSENT).open("a", encoding="utf-8") as file:
        file.write(json.dumps(news) + "\n")


def deliver(client: MlflowClient, run_id: str, folder: Path) -> None:
    """Tell MLflow all that is kept; what it has heard is kept no longer, also where it goes away in between.

    Raises:
        StoreAwayError: it does not answer.
    """
    path = folder / UNSENT
    kept = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    told = 0
    try:
        for line in kept:
            _deliver(client, run_id, json.loads(line))
            told += 1
    finally:
        if told == len(kept):
            path.unlink(missing_ok=True)
        elif told:
            with replacing(path) as part:
                part.write_text("\n".join(kept[told:]) + "\n", encoding="utf-8")


def _deliver(client: MlflowClient, run_id: str, news: dict[str, Any]) -> None:
    if "picture" in news:
        if Path(news["picture"]).is_file():
            client.log_artifact(run_id, news["picture"], news["to"])
        return
    # The time is that of the event, so that figures which are sent twice are one row.
    metrics = [Metric(name, value, news["at"], news["step"]) for name, value in news["figures"].items()]
    client.log_batch(run_id, metrics=metrics)
