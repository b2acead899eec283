import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import batch_toy
import pytest
from batch_toy import Negative, contents, plan, write_pictures

from tasks.batch import find_damaged, read_ledger, run_job
from tasks.files import TEMPORARY

KILLS = 10


@pytest.mark.timeout(120)
def test_a_killed_job_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "source", 60)
    run_job(plan(source), Negative(), tmp_path / "calm")
    calm = contents(tmp_path / "calm")
    moments = random.Random(7)
    cut_short = 0
    for number in range(KILLS):
        out = tmp_path / f"killed{number}"
        kill_soon(source, out, moments.uniform(0, 0.45))
        finished = len(read_ledger(out))
        cut_short += finished < 60
        report = run_job(plan(source), Negative(), out, batch_size=4)
        assert contents(out) == calm
        assert report.done + report.skipped == 60
        assert report.skipped >= finished - 1
        table = read_ledger(out)
        assert len(table) == 60
        assert set(table.status) == {"done"}
        assert find_damaged(out) == []
        assert not list(out.rglob(f"*{TEMPORARY}"))
    assert cut_short >= KILLS // 2, "most kills must hit a job at work to show anything"


def kill_soon(source: Path, out: Path, seconds: float) -> None:
    """Start the job in a process and kill it so long after its ledger has appeared."""
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, batch_toy.__file__, str(source), str(out)]
    with subprocess.Popen(command, env=environment) as process:
        while not (out / "ledger.jsonl").exists():
            assert process.poll() is None
            time.sleep(0.002)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
