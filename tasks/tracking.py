"""What a training process tells MLflow as it goes."""

from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.utils.time import get_current_time_millis


class Tracker:
    """Writes figures and pictures to one run; does nothing where no run is given."""

    def __init__(self, tracking_uri: str, run_id: str) -> None:
        self.run_id = run_id
        self.client = MlflowClient(tracking_uri) if run_id else None

    def figures(self, figures: dict[str, float], step: int) -> None:
        """Log figures of one step."""
        if self.client is not None:
            now = get_current_time_millis()
            metrics = [Metric(name, value, now, step) for name, value in figures.items()]
            self.client.log_batch(self.run_id, metrics=metrics)

    def picture(self, path: Path, folder: str) -> None:
        """Log a picture file under `folder` of the run's artifacts."""
        if self.client is not None:
            self.client.log_artifact(self.run_id, str(path), folder)
