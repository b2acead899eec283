"""Ports, health and endings: on real sockets, servers and processes, all of them small."""

import http.server
import os
import socket
import subprocess
import sys
import threading
from dataclasses import replace

import psutil
import pytest

from artmodels.errors import AtelierError
from tasks.services import health, orphans, processes
from tasks.services.plan import MARK, plan_services
from tasks.services.ports import check_ports

SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]


@pytest.fixture
def plan(settings):
    return plan_services(settings)


@pytest.fixture
def web():
    """A server of this machine that says 200 to /api/health and 503 to all else; its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/api/health" else 503)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_server_is_well_when_it_says_so(web):
    assert health.prefect_answers(f"{web}/api")
    assert not health.mlflow_answers(web), "it answers with a fault"
    assert not health.prefect_answers("http://127.0.0.1:1/api"), "nobody is there"


def test_waiting_ends_with_the_last_words_of_who_is_not_well(plan):
    hasty = replace(plan, settings=plan.settings.model_copy(update={"ready_seconds": 0}))
    plan.log_folder.mkdir(parents=True)
    plan.log("mlflow").write_text("Starting\nThe disk is on fire.\n\n")
    with pytest.raises(AtelierError) as caught:
        health.wait_until(lambda: False, "mlflow", hasty, dict)
    assert str(caught.value) == f"mlflow is not well after 0 s: The disk is on fire. ({plan.log('mlflow')})"
    with pytest.raises(AtelierError, match=r"^prefect cannot be started: it said nothing \(.*prefect.log\)$"):
        health.wait_until(lambda: False, "prefect", plan, lambda: {"prefect": "FATAL"})
    answers = iter([False, True])
    health.wait_until(lambda: next(answers), "prefect", plan, dict)


def test_a_port_that_is_taken_is_named_with_its_setting(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        plan = plan_services(settings.model_copy(update={"mlflow_port": port, "prefect_port": _free()}))
        with pytest.raises(AtelierError) as caught:
            check_ports(plan)
    assert str(caught.value) == f"Port {port} is taken: ATELIER_MLFLOW_PORT sets another for mlflow."
    check_ports(plan)
    with pytest.raises(AtelierError, match=r"^ATELIER_HOST=203\.0\.113\.1 is no address of this machine\.$"):
        check_ports(plan_services(settings.model_copy(update={"host": "203.0.113.1"})))


def test_all_that_carries_the_mark_is_ended_and_nothing_else(settings):
    environment = os.environ | {MARK: str(settings.scratch)}
    ours = subprocess.Popen(SLEEP, env=environment, start_new_session=True)
    run = subprocess.Popen(SLEEP, env=environment | {processes.RUN: "1"}, start_new_session=True)
    another = subprocess.Popen(SLEEP, env=os.environ | {MARK: "/another/project"}, start_new_session=True)
    try:
        _wait(lambda: len(processes.processes_of(settings)) == 2)
        assert {one.pid: name for one, name in processes.runs_of(settings).items()} == {run.pid: "1"}
        ended = []
        assert processes.end_services(settings, None, ended.append) == 2
        assert ended == [{"1"}]
        assert not psutil.pid_exists(ours.pid)
        assert not psutil.pid_exists(run.pid)
        assert another.poll() is None
    finally:
        for process in (ours, run, another):
            process.kill()
            process.wait()


def test_what_a_dead_service_has_started_goes_with_it(tmp_path):
    code = f"import subprocess; print(subprocess.Popen({SLEEP!r}).pid, flush=True); import time; time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert child.is_running()
    orphans.end_group("PROCESS_STATE_STOPPED", f"processname:mlflow pid:{parent.pid}")
    assert child.is_running(), "supervisord ends those itself"
    payload = f"processname:mlflow groupname:mlflow from_state:RUNNING expected:0 pid:{parent.pid}"
    orphans.end_group("PROCESS_STATE_EXITED", payload)
    _wait(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    orphans.end_group("PROCESS_STATE_EXITED", payload)


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait(is_so) -> None:
    for _ in range(200):
        if is_so():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not come to pass")
