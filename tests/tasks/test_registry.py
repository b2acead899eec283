import pickletools
import re
import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artmodels.bundle import load_bundle
from artmodels.errors import AtelierError
from artmodels.family import get_family
from tasks import registry
from tasks.registry import CHALLENGER, CHAMPION, bundles, parse_reference
from tasks.settings import Settings

LINEAGE = {"data_md5": "01.dir", "code_revision": "abc", "config": "{}", "trigger": "Ada"}


def sentence(function, *arguments) -> str:
    """Return the fault that a call meets: one line."""
    with pytest.raises(AtelierError) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def crown(settings: Settings, number: int) -> None:
    registry.connect(settings).set_registered_model_alias("style", CHAMPION, str(number))


def test_a_version_says_where_it_comes_from(house, add_version):
    version = add_version(**LINEAGE)
    assert (str(version), version.uri) == ("style v1", "models:/style/1")
    assert version.tags == LINEAGE
    assert registry.aliases(house, "style") == {CHALLENGER: 1}
    assert registry.find(house, "style", CHALLENGER) == registry.newest(house, "style") == version
    second = add_version()
    assert registry.aliases(house, "style") == {CHALLENGER: 2}
    assert registry.newest(house, "style") == second
    assert second.run_id != version.run_id


def test_mlflow_serves_the_champion_and_nothing_is_pickled(house, add_version, make_painting, encode, monkeypatch):
    version = add_version()
    crown(house, 1)
    monkeypatch.setattr(mlflow.tracking._tracking_service.utils, "_tracking_uri", None)
    mlflow.set_tracking_uri(house.mlflow_uri)
    model = mlflow.pyfunc.load_model("models:/style@champion")
    rows = pd.DataFrame({"content": [encode(make_painting(1))], "style": [encode(make_painting(2))]})
    (painted,) = model.predict(rows, params={"alpha": 0.5})
    assert painted.startswith(b"\x89PNG")
    logged = house.scratch / "artifacts" / "style" / version.run_id / "artifacts" / "model"
    files = [path for path in logged.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"MLmodel", "model.safetensors", "config.json", "serving.py"}
    for path in files:
        assert path.suffix in {"", ".py", ".yaml", ".txt", ".json", ".safetensors"}
        assert not is_pickle(path.read_bytes()), path


def is_pickle(data: bytes) -> bool:
    # torch's own format is a zip of pickles.
    if data.startswith(b"PK"):
        return True
    try:
        return len(list(pickletools.genops(data))) > 1
    except Exception:  # noqa: BLE001 - pickletools raises what it likes
        return False


def test_a_bundle_may_lie_in_any_folder(house, bundle):
    elsewhere = bundle.rename(bundle.with_name("my model"))
    run_id = registry.start_run(house, "style", "test", {"depth": 1}, {"who": "Ada"})
    version = registry.register(house, get_family("style"), run_id, elsewhere, {})
    assert load_bundle(registry.fetch_bundle(house, version), "style").config["depth"] == 1


def test_a_run_has_one_version(house, bundle):
    """A registration that was killed before its end is made again."""
    run_id = registry.start_run(house, "style", "test", {}, {})
    first = registry.register(house, get_family("style"), run_id, bundle, {})
    registry.connect(house).delete_registered_model_alias("style", CHALLENGER)
    assert registry.register(house, get_family("style"), run_id, bundle, {}) == first
    assert registry.aliases(house, "style") == {CHALLENGER: 1}
    assert registry.run_is_open(house, run_id)
    registry.finish_run(house, run_id)
    assert not registry.run_is_open(house, run_id)
    assert not registry.run_is_open(house, "0" * 32)


def test_a_damaged_bundle_is_not_registered(house, bundle):
    run_id = registry.start_run(house, "style", "test", {}, {})
    (bundle / "model.safetensors").write_bytes(b"no")
    assert "is damaged" in sentence(registry.register, house, get_family("style"), run_id, bundle, {})
    assert registry.newest(house, "style") is None
    assert registry.aliases(house, "style") == {}


def test_what_is_missing_is_said_and_how_to_get_it(house, add_version):
    train = "train one with `atelier train style`."
    for reference in (CHAMPION, CHALLENGER, "1"):
        assert sentence(registry.find, house, "style", reference) == f"No style model is registered yet: {train}"
    add_version()
    assert sentence(registry.find, house, "style", CHAMPION) == (
        "No style model is in use yet: put one to the gate with `atelier promote style`."
    )
    for reference in ("7", "0", "9" * 30, "previous", "v1", "a" * 255, "models:/style/7"):
        fault = sentence(registry.find, house, "style", reference)
        assert fault.startswith("There is no version or alias"), reference
        assert fault.endswith("of style; versions are 1."), reference
    registry.connect(house).delete_registered_model_alias("style", CHALLENGER)
    assert sentence(registry.find, house, "style", CHALLENGER) == f"No style challenger is waiting: {train}"


def test_find_takes_every_form_of_a_reference(house, add_version):
    version = add_version()
    for reference in ("1", "challenger", "style@challenger", "style/1", "models:/style@challenger", "models:/style/1"):
        assert registry.find(house, "style", reference) == version
    assert "is a model of the family 'gan', wanted is 'style'" in sentence(
        registry.find, house, "style", "gan@champion"
    )


NAMES = st.from_regex(re.compile(r"\A[\w-]{1,20}\Z", re.ASCII))


@given(name=NAMES)
def test_a_reference_is_what_follows_the_family(name):
    for text in (name, f"style@{name}", f"style/{name}", f"models:/{name}", f"models:/style@{name}"):
        assert parse_reference(text, "style") == name


@given(text=st.text())
def test_any_text_is_a_reference_or_one_clear_fault(text):
    try:
        found = parse_reference(text, "style")
    except AtelierError as error:
        found, said = None, str(error)
    if found is None:
        assert repr(text) in said
        assert "\n" not in said
    else:
        assert found
        assert found.isascii()
        assert text.endswith(found)


@pytest.mark.parametrize("text", ["", "@", "style@", "a b", "models:/", "²", "1\n", "style@a@b", "../x", "a" * 256])
def test_what_is_no_reference_is_said(text):
    assert "is no model: accepted are an alias, a number, or models:/style@champion." in sentence(
        parse_reference, text, "style"
    )


def test_a_bundle_is_fetched_once(house, add_version):
    version = add_version()
    folder = registry.fetch_bundle(house, version)
    assert load_bundle(folder, "style").tensors
    shutil.rmtree(house.scratch / "artifacts")
    assert registry.fetch_bundle(house, version) == folder
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_bundle_that_the_registry_has_lost_is_said(house, add_version):
    version = add_version()
    shutil.rmtree(house.scratch / "artifacts")
    assert sentence(registry.fetch_bundle, house, version).startswith("The registry cannot give the files of style v1")
    assert not (house.scratch / "models").exists() or not list((house.scratch / "models").iterdir())


def test_a_bundle_that_came_damaged_is_not_kept(house, add_version):
    version = add_version()
    (weights,) = (house.scratch / "artifacts").rglob("model.safetensors")
    weights.write_bytes(weights.read_bytes()[:-9])
    for _ in range(2):
        assert "is damaged" in sentence(registry.fetch_bundle, house, version)


def test_of_two_that_fetch_at_once_both_have_the_bundle(house, add_version, monkeypatch):
    version = add_version()
    first = registry.fetch_bundle(house, version)
    kept = first.rename(first.with_name("kept"))
    check = load_bundle

    def overtaken(folder: Path, family: str) -> None:
        check(folder, family)
        kept.rename(first)

    monkeypatch.setattr(bundles, "load_bundle", overtaken)
    assert registry.fetch_bundle(house, version) == first
    assert load_bundle(first, "style")


@pytest.mark.parametrize(
    "uri", ["{tmp}/mlruns", "file://{tmp}/mlruns", "gopher://studio", "sqlite:///{tmp}", "mysql+x://a:secret@b/c"]
)
def test_a_store_that_mlflow_refuses_is_said(tmp_path, uri):
    settings = Settings(root=tmp_path, tracking_uri=uri.format(tmp=tmp_path))
    fault = sentence(registry.connect, settings)
    assert fault.startswith("The registry ")
    assert "cannot be used: " in fault
    assert "ATELIER_TRACKING_URI" in fault
    assert "secret" not in fault


def test_a_store_that_is_no_database_or_has_no_folder_is_said(tmp_path):
    (tmp_path / "mlflow.db").write_text("These are not the bytes of a database, but a letter to Ada. " * 20)
    assert "file is not a database" in sentence(
        registry.connect, Settings(root=tmp_path, tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
    )
    # Root may write to any folder, but nobody to a file's.
    assert "File exists" in sentence(registry.connect, Settings(root=tmp_path, home=Path("mlflow.db")))
    assert "Not a directory" in sentence(registry.connect, Settings(root=tmp_path, home=Path("mlflow.db/home")))


def test_two_processes_may_make_the_registry_at_once(tmp_path):
    code = "from tasks import registry; from tasks.settings import Settings; registry.connect(Settings())"
    environment = {"ATELIER_ROOT": str(tmp_path), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", code]
    root = Path(__file__).parents[2]
    both = [subprocess.Popen(command, cwd=root, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        _, said = process.communicate(timeout=200)
        assert process.returncode == 0, said
