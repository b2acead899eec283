"""What `atelier status` says of versions, and where nothing is up."""

import json
from datetime import UTC, datetime

import pytest

from tasks import registry
from tasks.registry import Version
from tasks.services import status
from tasks.services.status import read_status

CREATED = datetime(2026, 3, 1, tzinfo=UTC)
DECIDED = "2026-03-02T10:00:00.000+00:00"


@pytest.mark.parametrize(
    ("alias", "action", "since"),
    [
        ("champion", "promoted", datetime.fromisoformat(DECIDED)),
        ("champion", "rolled back", datetime.fromisoformat(DECIDED)),
        ("challenger", "refused", CREATED),
        ("champion", None, CREATED),
    ],
)
def test_a_version_is_in_use_since_the_gate_decided(alias, action, since):
    tags = {"data_md5": "0123456789abcdef.dir"}
    if action:
        tags["decision"] = json.dumps({"action": action, "at": DECIDED})
    line = status._model(alias, Version("style", 3, "run", tags, CREATED))
    assert (line.since, line.version, line.data_md5) == (since, 3, "01234567")


def test_nothing_up_and_no_registry_is_said_and_nothing_is_made(settings, monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    found = read_status(settings)
    assert not found.up
    assert found.notes == ["The services are not up: `atelier up` starts them."]
    assert (found.services, found.models, found.scheduled, found.ran) == ([], [], [], [])
    assert not (settings.scratch / "mlflow.db").exists()


def test_a_server_that_does_not_answer_is_a_note(settings, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    assert "The Prefect server http://127.0.0.1:1/api does not answer." in read_status(settings).notes


def test_every_alias_is_told_with_its_version(house, add_version):
    registry.connect(house).set_registered_model_alias("style", registry.CHAMPION, str(add_version().number))
    lines = [(line.family, line.alias, line.version, line.data_md5) for line in read_status(house).models]
    assert lines == [("style", "challenger", 1, "0123.dir"), ("style", "champion", 1, "0123.dir")]
