"""Orders through the flows and the command line."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName
from prefect.utilities.schema_tools import validate
from prefect.utilities.schema_tools.validation import ValidationError
from test_cli import atelier, fault

from artmodels.bundle import save_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from artmodels.gan.config import GanConfig
from artmodels.gan.module import GanModule
from flows import orders
from tasks import registry
from tasks.batch import read_ledger
from tasks.orders.forms import FORMS, GenerateForm
from tasks.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a registry whose model in use is an untrained generator."""
    settings = Settings(root=tmp_path_factory.mktemp("studio"), device="cpu")
    module = GanModule(GanConfig(resolution=16, width=4, widest=8, latent=4), [])
    bundle = save_bundle(settings.root / "bundle", "gan", module.bundle_config(), module.bundle_state())
    run_id = registry.start_run(settings, "gan", "test", {}, {})
    number = registry.register(settings, get_family("gan"), run_id, bundle, {}).number
    registry.connect(settings).set_registered_model_alias("gan", registry.CHAMPION, str(number))
    return settings.scratch


@pytest.fixture
def painter(scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A project with that registry, which the flows find by the environment."""
    root = tmp_path / "house"
    root.mkdir()
    monkeypatch.setenv("ATELIER_ROOT", str(root))
    monkeypatch.setenv("ATELIER_HOME", str(scratch))
    monkeypatch.setenv("ATELIER_DEVICE", "cpu")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return load_settings()


def drop(settings: Settings, name: str, text: str) -> None:
    """Drop an order, a minute ago."""
    path = settings.root / settings.orders / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    os.utime(path, (time.time() - 60, time.time() - 60))


def test_orders_are_filled_by_the_flow_and_told_by_the_command(painter, prefect_api, monkeypatch, capfd):
    drop(painter, "bad.yaml", "kind: generate\ncount: none\n")
    drop(painter, "dreams.yaml", "kind: generate\ncount: 2\ndestination: may/dreams\n")
    monkeypatch.setitem(orders.JOBS, "stylize", lambda **fields: 1 / 0)
    (painter.root / "photo.png").write_bytes(b"")
    drop(painter, "odd.yaml", "kind: stylize\ncontents: ../photo.png\nstyles: [../photo.png]\nmethod: optimise\n")
    assert orders.fill_orders() == {"failed": 1, "done": 1, "waiting": 1}
    assert len(read_ledger(painter.root / "out" / "orders" / "may" / "dreams")) == 2

    capfd.readouterr()
    assert atelier(monkeypatch, "orders", "--json") == 0
    bad, dreams, odd = json.loads(capfd.readouterr().out)
    assert (bad["state"], dreams["state"], odd["state"]) == ("failed", "done", "waiting")
    assert bad["reason"].startswith("bad.yaml: count='none' is not accepted: ")
    assert "ZeroDivisionError" in odd["reason"]
    with get_client(sync_client=True) as client:
        for row, state in ((bad, "FAILED"), (dreams, "COMPLETED")):
            named = FlowRunFilter(name=FlowRunFilterName(any_=[row["order"]]))
            assert [run.state_type.value for run in client.read_flow_runs(flow_run_filter=named)] == [state]


def test_an_order_is_submitted_checked_and_filled_by_the_command(painter, prefect_api, monkeypatch, capfd, tmp_path):
    (tmp_path / "dreams.yaml").write_text("kind: generate\ncount: 1\n")
    (tmp_path / "bad.json").write_text('{"kind": "generate", "count": 0}')
    bad = str(tmp_path / "bad.json")
    for options in (("--check",), ()):
        assert fault(monkeypatch, capfd, "order", bad, *options).startswith("bad.json: count=0 is not accepted: ")
    assert not (painter.root / "orders").exists()
    assert fault(monkeypatch, capfd, "order") == "FILE or --again NAME is needed, one of them."
    assert "cannot be read" in fault(monkeypatch, capfd, "order", "nowhere.yaml")
    assert "There is no order 'x'" in fault(monkeypatch, capfd, "order", "--again", "x")

    order = str(tmp_path / "dreams.yaml")
    capfd.readouterr()
    for options, said in {("--check",): "is accepted.", (): "waiting dreams-", ("--now",): "done    dreams-"}.items():
        assert atelier(monkeypatch, "order", order, *options) == 0
        assert said in capfd.readouterr().out
    assert atelier(monkeypatch, "orders") == 0
    assert capfd.readouterr().out.startswith("done    dreams-")


def test_an_order_by_a_form_is_filled_once(painter, prefect_api):
    told = orders.order_generate(GenerateForm(count=1), "dreams")
    assert (told["state"], told["result"]["done"]) == ("done", 1)
    assert orders.order_generate.fn(GenerateForm(count=1), "dreams") == told
    with pytest.raises(AtelierError, match=r"destination='\.\./x' is not accepted"):
        orders.order_generate.fn(GenerateForm(destination=Path("../x")), "away")
    assert not list((painter.root / "orders").glob("away*"))


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_says_what_is_accepted_and_what_it_takes_the_job_takes(kind):
    flow = {"stylize": orders.order_stylize, "generate": orders.order_generate}[kind]
    schema = flow.parameters.model_dump()
    (form,) = (one for name, one in schema["definitions"].items() if name.endswith("Form"))
    for name, field in form["properties"].items():
        assert field.get("description"), name
    assert form["properties"]["format"]["enum"] == ["png", "jpg", "webp"]
    job = set(orders.JOBS[kind].parameters.properties)
    assert set(FORMS[kind].model_fields) - {"kind", "destination"} <= job
    wrong = {"stylize": {"contents": "a", "styles": ["b"], "alpha": 2}, "generate": {"truncation": 2}}[kind]
    with pytest.raises(
        ValidationError, match=r"field 'order\.\w+'. Failure reason: 2 is greater than the maximum of 1"
    ):
        validate({"order": wrong, "name": "x"}, schema, raise_on_error=True)


@pytest.mark.slow
def test_two_watchers_at_once_fill_each_order_once(painter, tmp_path):
    for number in range(8):
        drop(painter, f"order-{number}.yaml", f"kind: generate\nseeds: '{number}-{number + 20}'\n")
    code = "from flows.orders import fill_orders; import json; print(json.dumps(fill_orders()))"
    # As two machines without a server would: each with a Prefect of its own.
    homes = [os.environ | {"PREFECT_HOME": str(tmp_path / name)} for name in ("one", "two")]
    command = [sys.executable, "-c", code]
    watchers = [subprocess.Popen(command, cwd=ROOT, env=home, stdout=subprocess.PIPE, text=True) for home in homes]
    ended = [json.loads(watcher.communicate(timeout=280)[0].splitlines()[-1]) for watcher in watchers]
    assert sum(one.get("done", 0) for one in ended) == 8
    assert {state for one in ended for state in one} == {"done"}
    for ledger in (painter.root / "out" / "orders").glob("*/ledger.jsonl"):
        assert len(ledger.read_text().splitlines()) == 21


def test_the_deployment_looks_every_minute_and_no_look_waits_for_another():
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    (one,) = (one for one in deployments if one["entrypoint"].endswith(":fill_orders"))
    assert one["schedules"] == [{"interval": 60}]
    assert one["concurrency_limit"]["collision_strategy"] == "CANCEL_NEW"
