"""Stores that are away, refuse, or come back; and passwords that nobody gets to see."""

import logging

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE, UNAUTHENTICATED
from sqlalchemy.exc import OperationalError

from artmodels.errors import AtelierError
from tasks import patience, registry, stores, versions
from tasks.patience import StoreAwayError, create_once, patiently
from tasks.secrets import hide_password
from tasks.settings import Settings
from tasks.tracking import UNSENT, Tracker, deliver, keep

SECRET = "p%40ss/w#rd"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(patience, "WAITS", (0.0, 0.0))


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://studio:{SECRET}@db:5432/mlflow",
        f"postgresql+psycopg2://studio:{SECRET}@db/mlflow?sslmode=require",
        f"https://studio:{SECRET}@registry.example.org",
        f"postgresql://db/mlflow?user=studio&password={SECRET.replace('#', '%23')}",
    ],
)
def test_a_password_is_hidden_in_an_address_and_wherever_it_is_quoted(address):
    for words in (address, f"{address} cannot be parsed", f"Could not connect to {address!r}: p@ss/w#rd is wrong"):
        hidden = hide_password(words, address)
        assert not any(form in hidden for form in (SECRET, "p@ss/w#rd", "w#rd", "w%23rd"))
        assert "***" in hidden


@pytest.mark.parametrize(
    "text", ["sqlite:////home/ada/mlflow.db", "http://registry:5000", "mail ada@example.org: hello"]
)
def test_what_holds_no_password_stays_as_it_is(text):
    assert hide_password(text, text) == text


def test_settings_that_are_printed_do_not_show_the_address_of_the_store(tmp_path):
    settings = Settings(root=tmp_path, tracking_uri=f"postgresql://studio:{SECRET}@db/mlflow")
    assert SECRET not in f"{settings} {settings!r}"


def away(*_: object) -> MlflowException:
    return MlflowException("(psycopg2.OperationalError) connection refused", TEMPORARILY_UNAVAILABLE)


def test_a_store_that_comes_back_is_asked_again_and_says_so(caplog):
    answers = iter([StoreAwayError("The store is away."), StoreAwayError("The store is away."), "hello"])

    def attempt() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with caplog.at_level(logging.WARNING, "atelier.stores"):
        assert patiently(attempt) == "hello"
    assert caplog.text.count("The store is away. Asked again in 0 s.") == 2


@pytest.mark.parametrize(("asked_again", "calls"), [(False, 3), (True, 1)])
def test_a_store_that_stays_away_is_told_once(asked_again, calls):
    made = []

    def attempt() -> None:
        made.append(1)
        raise StoreAwayError("away", asked_again)

    with pytest.raises(StoreAwayError, match="away"):
        patiently(attempt)
    assert len(made) == calls


def test_what_was_made_before_the_answer_was_lost_is_not_made_again():
    made = []

    def create() -> str:
        made.append("version 1")
        raise StoreAwayError("the answer was lost")

    assert create_once(create, lambda: made[0] if made else None) == "version 1"
    assert made == ["version 1"]


@pytest.mark.parametrize(
    ("error", "away", "says"),
    [
        (away(), True, "connection refused"),
        (
            OperationalError("", {}, Exception("password authentication failed for user")),
            False,
            "authentication failed",
        ),
        (MlflowException("No.", UNAUTHENTICATED), False, "refuses the credentials"),
        (
            MlflowException(
                "API request to http://r/api failed with exception HTTPConnectionPool: [Errno 111] Refused"
            ),
            True,
            "does not answer: Refused",
        ),
    ],
)
def test_an_outage_is_told_from_a_refusal(error, away, says):
    uri = "http://r" if "API" in str(error) else f"postgresql://studio:{SECRET}@db/mlflow"
    fault = stores.told(error, uri)
    assert isinstance(fault, StoreAwayError) == away
    assert says in str(fault)
    assert SECRET not in str(fault)
    assert "\n" not in str(fault)


def test_faults_of_s3_are_told(monkeypatch):
    exceptions = pytest.importorskip("botocore.exceptions")
    gone = stores.told(exceptions.EndpointConnectionError(endpoint_url="http://s3"), "http://r")
    assert isinstance(gone, StoreAwayError)
    assert gone.asked_again
    refused = stores.told(exceptions.NoCredentialsError(), "http://r")
    assert not isinstance(refused, StoreAwayError)
    assert str(refused).startswith("The artifact store cannot be used: Unable to locate credentials (")


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path):
    settings = Settings(root=tmp_path, tracking_uri=f"postgresql://studio:{SECRET.replace('/', '%2F')}@127.0.0.1:9/x")
    pytest.importorskip("psycopg2")
    with pytest.raises(StoreAwayError, match=r"postgresql://studio:\*\*\*@127.0.0.1:9/x cannot be used: .*refused"):
        registry.connect(settings)


def test_figures_wait_for_a_store_that_is_away_and_are_sent_once(house, monkeypatch, capsys):
    run_id = registry.start_run(house, "style", "test", {}, {})
    folder = house.root
    client = registry.connect(house)
    tracker = Tracker(house.mlflow_uri, run_id, folder)
    tracker.figures({"loss": 3.0}, 1)
    real = stores.MlflowClient.log_batch

    def fail(*_: object, **__: object) -> None:
        raise away()

    monkeypatch.setattr(stores.MlflowClient, "log_batch", fail)
    for step in (2, 3):
        tracker.figures({"loss": 3.0 - step}, step)
    tracker.picture(folder / "params.yaml", "previews")
    assert capsys.readouterr().out.count("Training goes on") == 1
    assert len((folder / UNSENT).read_text().splitlines()) == 3
    assert len(client.get_metric_history(run_id, "loss")) == 1

    monkeypatch.setattr(stores.MlflowClient, "log_batch", real)
    # A trainer that is started again finds what the one before could not send.
    Tracker(house.mlflow_uri, run_id, folder).figures({"loss": -1.0}, 4)
    assert [metric.step for metric in client.get_metric_history(run_id, "loss")] == [1, 2, 3, 4]
    assert [file.path for file in client.list_artifacts(run_id, "previews")] == ["previews/params.yaml"]
    assert not (folder / UNSENT).exists()


def test_what_was_sent_before_the_store_went_away_is_not_sent_again(house, monkeypatch):
    run_id = registry.start_run(house, "style", "test", {}, {})
    sent = []

    class Client:
        def log_batch(self, run_id: str, metrics: list) -> None:
            if len(sent) == 1:
                raise StoreAwayError("away")
            sent.append(metrics[0].step)

    for step in (1, 2):
        keep(house.root, {"figures": {"loss": 1.0}, "step": step, "at": 0})
    with pytest.raises(StoreAwayError):
        deliver(Client(), run_id, house.root)
    assert sent == [1]
    assert '"step": 2' in (house.root / UNSENT).read_text()
    assert '"step": 1' not in (house.root / UNSENT).read_text()


@pytest.mark.parametrize("lost", ["create_run", "create_model_version"])
def test_a_lost_answer_makes_no_second_run_or_version(house, add_version, monkeypatch, lost):
    real, answers = getattr(stores.MlflowClient, lost), []

    def lose(*arguments: object, **options: object) -> object:
        answers.append(real(*arguments, **options))
        if len(answers) == 1:
            raise away()
        return answers[-1]

    monkeypatch.setattr(stores.MlflowClient, lost, lose)
    version = add_version()
    client = registry.connect(house)
    [experiment] = [one for one in client.search_experiments() if one.name == "atelier-style"]
    assert [run.info.run_id for run in client.search_runs([experiment.experiment_id])] == [version.run_id]
    assert [found.version for found in client.search_model_versions("name='style'")] == [1]


@pytest.mark.parametrize(
    ("said", "kind", "sentence"),
    [
        ("ERROR: unexpected error - Unable to locate credentials", AtelierError, "wants credentials"),
        ('ERROR: unexpected error - Could not connect to the endpoint URL: "http://s3"', StoreAwayError, "endpoint"),
        (
            "ERROR: unexpected error - Internal Server Error: An error occurred (500) when calling it",
            StoreAwayError,
            "500",
        ),
        ("ERROR: unexpected error - https://ada:secret@host is no remote", AtelierError, r"https://ada:\*\*\*@host"),
    ],
)
def test_a_remote_that_does_not_answer_is_told_from_one_that_refuses(project, monkeypatch, said, kind, sentence):
    command = [versions.sys.executable, "-c", f"import sys; sys.exit({said!r})"]
    real = versions.subprocess.Popen
    monkeypatch.setattr(versions.subprocess, "Popen", lambda _, **options: real(command, **options))
    (project.root / "data.dvc").write_text("")
    with pytest.raises(AtelierError, match=sentence) as caught:
        versions.pull(project)
    assert type(caught.value) is kind
