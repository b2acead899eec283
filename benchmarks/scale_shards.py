"""What a shard costs beside its pictures: `python -m benchmarks.scale_shards [--shards 1000] [--workers 2]`.

- **task**: Prefect's share of a task that does nothing, as one of many that a flow submits to `--workers` threads;
- **open**: opening the style model in use, for the first time in a process and again (`atelier adopt style` before).

What a process of its own takes to begin on a work pool is in `python -m benchmarks.services`: the retraining with
nothing to do, through its deployment less the direct call.
"""

import argparse
import time

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

from tasks import registry
from tasks.settings import load_settings


@task
def do_nothing(name: str) -> str:
    """Stand for a shard."""
    return name


@flow
def submit(count: int) -> None:
    """Submit so many tasks, and wait for all."""
    for future in [do_nothing.submit(f"{number:06d}") for number in range(count)]:
        future.result()


def seconds_of_flow(count: int, workers: int) -> float:
    begun = time.perf_counter()
    submit.with_options(task_runner=ThreadPoolTaskRunner(max_workers=workers))(count)
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, default=1000, help="tasks in the larger flow")
    parser.add_argument("--workers", type=int, default=2, help="threads that do them")
    options = parser.parse_args()
    # The first flow starts Prefect's server in this process.
    seconds_of_flow(1, options.workers)
    few, many = (seconds_of_flow(count, options.workers) for count in (1, 1 + options.shards))
    print(f"task: {(many - few) / options.shards:.3f} s each of {options.shards}")
    settings = load_settings()
    for which in ("first", "again"):
        begun = time.perf_counter()
        registry.open_model(settings, "style", registry.CHAMPION)
        print(f"open, {which}: {time.perf_counter() - begun:.2f} s")


if __name__ == "__main__":
    main()
