"""What the doctor says is wrong is wrong, and what it says to do helps."""

import os
import shutil
import socket
from collections import namedtuple

import numpy
import pytest

from artmodels.errors import AtelierError
from tasks import versions
from tasks.doctor import examine, installation, machine, stores

Usage = namedtuple("Usage", "total used free")


def test_this_python_and_its_packages_do(settings):
    assert [verdict for verdict, _ in installation.look_at_python(settings)] == ["ok"]
    assert list(installation._unfit(["numpy>=2.0", "onnx>=99; extra == 'onnx'"])) == []


def test_a_package_that_does_not_do_is_named():
    assert list(installation._unfit(["numpy<1", "no-such-thing>=1"])) == [
        f"numpy {numpy.__version__} does not do, <1 does",
        "no-such-thing is missing",
    ]


def test_a_version_that_was_not_tested_is_named(tmp_path):
    path = tmp_path / "constraints.txt"
    assert list(installation._untested(path)) == []
    path.write_text(f"# tested\nNumPy=={numpy.__version__}\npydantic==1.0\nno_such_thing==1\n")
    [told] = installation._untested(path)
    assert told.startswith("pydantic ")
    assert told.endswith("(==1.0)")


def test_a_setting_that_is_written_wrong_is_named(settings, monkeypatch):
    monkeypatch.setattr(os, "environ", {"ATELIER_FANOUT": "dask", "HOME": "/"})
    assert [verdict for verdict, _ in installation.look_at_settings(settings)] == ["ok"]
    monkeypatch.setattr(os, "environ", {"ATELIER_FANUOT": "dask"})
    [(verdict, text)] = installation.look_at_settings(settings)
    assert (verdict, text.partition(":")[0]) == (
        "warning",
        "ATELIER_FANUOT is no setting (did you mean 'ATELIER_FANOUT'?)",
    )


@pytest.mark.parametrize(("free", "verdict"), [(2e10, "ok"), (2e9, "warning"), (2e8, "fault")])
def test_room_on_the_disk(settings, monkeypatch, free, verdict):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1e12, 1e12 - free, free))
    assert [found for found, _ in machine.look_at_disk(settings)] == [verdict]


def test_a_device_that_is_not_there_is_a_fault(settings):
    [(verdict, text)] = machine.look_at_device(settings.model_copy(update={"device": "mps"}))
    assert verdict == "fault"
    assert text.startswith("ATELIER_DEVICE=mps cannot be used (")
    [(verdict, text)] = machine.look_at_device(settings.model_copy(update={"device": "cpu"}))
    assert verdict == "ok"


def test_a_registry_that_is_not_there_yet_is_no_fault_and_is_not_made(settings):
    [(verdict, _)] = stores.look_at_registry(settings)
    assert verdict == "ok"
    assert not (settings.scratch / "mlflow.db").exists()


def test_a_damaged_registry_is_a_fault_that_hides_no_other(settings, monkeypatch):
    settings.scratch.mkdir()
    (settings.scratch / "mlflow.db").write_bytes(b"no database" * 100)
    subjects = {"registry": stores.look_at_registry, "disk": machine.look_at_disk}
    monkeypatch.setattr(examine, "SUBJECTS", subjects)
    first, *others = examine.examine(settings)
    assert (first.subject, first.verdict) == ("registry", "fault")
    assert "mlflow.db cannot be used: file is not a database" in first.text
    assert [finding.subject for finding in others] == ["disk"]


def test_a_prefect_server_that_does_not_answer_is_a_fault(settings, monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert [verdict for verdict, _ in stores.look_at_prefect(settings)] == ["ok"]
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    [(verdict, text)] = stores.look_at_prefect(settings)
    assert verdict == "fault"
    assert text == "http://127.0.0.1:1/api does not answer: start it (`atelier up`), or unset PREFECT_API_URL."


def test_a_taken_port_is_a_fault(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AtelierError, match=f"^Port {port} is taken: ATELIER_PREFECT_PORT sets another"):
            list(machine.look_at_ports(settings.model_copy(update={"prefect_port": port})))


def test_code_without_git_is_a_warning(settings):
    [(verdict, text)] = stores.look_at_git(settings)
    assert verdict == "warning"
    assert text.startswith("The code's revision is unknown (")


@pytest.mark.slow
def test_data_is_compared_with_its_revision_and_with_the_remote(project, make_painting, encode):
    assert [verdict for verdict, _ in stores.look_at_data(project)] == ["warning"]
    project.data.mkdir()
    project.catalog.write_bytes(b"a catalog")
    versions.track(project)
    [(verdict, text)] = stores.look_at_data(project)
    assert verdict == "warning"
    assert text.endswith("are not on the DVC remote, so no other machine can have them: `dvc push`.")

    assert versions.track(project.model_copy(update={"dvc_remote": "store"}))
    assert [verdict for verdict, _ in stores.look_at_data(project)] == ["ok"]
    shutil.rmtree(project.data)
    [(verdict, text)] = stores.look_at_data(project)
    assert text == "data differ from this revision, or are not here: `dvc pull`, or `dvc add`."
