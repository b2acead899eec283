"""`prefect.yaml` says what is true."""

from pathlib import Path

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint
from prefect.server.schemas.schedules import CronSchedule

FILE = Path(__file__).parents[2] / "prefect.yaml"
DEPLOYMENTS = yaml.safe_load(FILE.read_text())["deployments"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment["entrypoint"])
def test_a_deployment_names_a_flow_and_its_parameters(deployment, monkeypatch):
    monkeypatch.chdir(FILE.parent)
    flow = load_flow_from_entrypoint(deployment["entrypoint"])
    assert set(deployment.get("parameters", {})) <= set(flow.parameters.properties)
    assert deployment["work_pool"]["name"] in ("cpu", "gpu")


def test_training_goes_to_the_gpu_pool_and_the_watch_has_a_schedule():
    by_flow = {deployment["entrypoint"].rpartition(":")[2]: deployment for deployment in DEPLOYMENTS}
    assert {name for name, one in by_flow.items() if one["work_pool"]["name"] == "gpu"} == {"train", "retrain", "sweep"}
    [schedule] = by_flow["watch"]["schedules"]
    assert CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"])
