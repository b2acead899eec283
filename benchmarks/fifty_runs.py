"""Fifty batch runs asked for at once: does each finish, is none lost, does a database say that it is locked?

    python -m benchmarks.fifty_runs [--runs 50] [--pictures 1] [--out out/fifty]

Against the services of a living `atelier up`, or whatever server PREFECT_API_URL names, with a generator in use
(`atelier adopt gan`). Each run is the deployment `generate/studio`, painting its own pictures into its own folder. They
are asked for by as many threads at once; the worker of the pool `cpu` does as many at a time as ATELIER_CPU_RUNS says.

Afterwards the pictures and ledgers are counted, run by run, and the logs of this project's services are searched.
"""

import argparse
import collections
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun

from tasks.batch import read_ledger
from tasks.services import health
from tasks.services.state import join_services
from tasks.settings import Settings, load_settings

DEPLOYMENT = "generate/studio"
LOCKED = "database is locked"


def submit(settings: Settings, deployment_id: UUID, out: Path, number: int, pictures: int) -> UUID:
    with health.open_prefect(os.environ["PREFECT_API_URL"], health.auth_of(settings)) as client:
        seeds = f"{1000 * number}-{1000 * number + pictures - 1}"
        parameters = {"out": str(out / f"{number:02d}"), "seeds": seeds}
        return client.create_flow_run_from_deployment(deployment_id, parameters=parameters).id


def wait_for(settings: Settings, ids: list[UUID], most: float) -> list[FlowRun]:
    """Wait until all runs have ended, or the time is over; return them as they are then."""
    deadline = time.monotonic() + most
    wanted = FlowRunFilter(id=FlowRunFilterId(any_=ids))
    with health.open_prefect(os.environ["PREFECT_API_URL"], health.auth_of(settings)) as client:
        while True:
            runs = client.read_flow_runs(flow_run_filter=wanted, limit=len(ids))
            if time.monotonic() > deadline or all(run.state and run.state.is_final() for run in runs):
                return runs
            time.sleep(5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--pictures", type=int, default=1, help="of each run")
    parser.add_argument("--out", type=Path, default=Path("out/fifty"))
    parser.add_argument("--most", type=float, default=7200, help="seconds after which what is left counts as lost")
    wanted = parser.parse_args()
    settings = load_settings()
    join_services(settings)
    with health.open_prefect(os.environ["PREFECT_API_URL"], health.auth_of(settings)) as client:
        deployment_id = client.read_deployment_by_name(DEPLOYMENT).id
    out = (settings.root / wanted.out).absolute()

    begun = time.monotonic()
    with ThreadPoolExecutor(wanted.runs) as threads:
        numbers = range(wanted.runs)
        ids = list(threads.map(lambda n: submit(settings, deployment_id, out, n, wanted.pictures), numbers))
    submitted = time.monotonic() - begun
    runs = wait_for(settings, ids, wanted.most)
    took = time.monotonic() - begun

    states = collections.Counter(run.state.name for run in runs if run.state)
    painted = [len(read_ledger(out / f"{number:02d}")) for number in numbers]
    lengths = [run.total_run_time.total_seconds() for run in runs]
    logs = settings.scratch / "logs"
    locked = sum(path.read_text(errors="replace").count(LOCKED) for path in logs.glob("*.log*"))
    print(f"{wanted.runs} runs asked for in {submitted:.1f} s, {len(set(ids))} taken; all had ended after {took:.0f} s")
    print(f"states: {dict(states)}")
    print(f"pictures of each run: {dict(collections.Counter(painted))}, wanted {wanted.pictures}")
    print(f"a run: median {statistics.median(lengths):.1f} s, {max(lengths):.1f} s at most")
    print(f"{LOCKED!r} in {logs}: {locked} times")
    assert states == {"Completed": wanted.runs}
    assert set(painted) == {wanted.pictures}
    assert locked == 0


if __name__ == "__main__":
    main()
