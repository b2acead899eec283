"""A batch job on many machines: its shards as tasks of Dask or Ray, or as flow runs of a work pool.

Scheduling, retries and dead workers are Prefect's and the cluster's business. The job's folder must be on storage that
all machines share, under the same path, and so must the registry be one for all.
"""

from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.futures import PrefectFuture, as_completed
from prefect.settings.context import get_current_settings
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from pydantic import BaseModel

from artmodels.errors import AtelierError
from tasks import jobs
from tasks.batch.job import reported
from tasks.batch.shards import Shard, run_shard, run_sharded
from tasks.gpus import on_a_gpu
from tasks.progress import Show
from tasks.settings import Settings, load_settings
from tasks.steps import is_worth_retrying

DEPLOYMENT = "shard/studio"
"""What a work pool runs."""


def run_in_shards(settings: Settings, kind: str, order: BaseModel, show: Show) -> dict[str, Any]:
    """Do a job, or what is missing of it, in shards; return its report, which is that of one process.

    Raises:
        AtelierError: there is no Prefect server, no such model, what the order names is not there, or the folder
            cannot be written.
    """
    if get_current_settings().api.url is None:
        raise AtelierError(
            f"ATELIER_FANOUT={settings.fanout} needs a Prefect server that all workers reach: "
            "start one with `prefect server start`, and set PREFECT_API_URL."
        )
    # It plans and lays out; the models' work is the shards'.
    job = jobs.open_job(settings.model_copy(update={"device": "cpu"}), kind, order)
    wanted = _anywhere(order.model_dump()) | job.pinned

    def make(shards: list[Shard]) -> None:
        counts = {shard.name: shard.count for shard in shards}
        show(job.count - sum(counts.values()), job.count, {})

        def told(name: str) -> None:
            del counts[name]
            show(job.count - sum(counts.values()), job.count, {})

        make_shards = shards_on_a_pool if settings.fanout == "pool" else shards_on_a_cluster
        token = _TOLD.set(told)
        try:
            make_shards.with_options(task_runner=_runner(settings))(kind, wanted, [shard.name for shard in shards])
        finally:
            _TOLD.reset(token)

    report = run_sharded(job, settings.shard_items, make)
    show(job.count, job.count, {})
    return reported(job, report)


def make_shard(kind: str, wanted: dict[str, Any], shard: str) -> dict[str, int | float]:
    """Make what is missing of a shard, on a device of this machine; return its counts.

    Raises:
        AtelierError: the job has ended, its inputs are not the same here, or a picture cannot be written.
    """
    order = jobs.read_order(kind, wanted)
    with on_a_gpu(load_settings()) as here:
        return run_shard(jobs.open_job(here, kind, order), shard).counts()


make_shard_as_task = task(name="shard", retries=2, retry_delay_seconds=5, retry_condition_fn=is_worth_retrying)(
    make_shard
)


@task(name="shard on a pool", retries=2, retry_delay_seconds=5)
def make_shard_on_a_pool(kind: str, wanted: dict[str, Any], shard: str) -> None:
    """Have a worker of the pool make a shard, and wait for its end; another attempt is another flow run.

    Raises:
        AtelierError: the flow run did not end well.
    """
    parameters = {"kind": kind, "wanted": wanted, "shard": shard}
    # Not as a subflow: that would find the flow run of a former attempt again.
    run = run_deployment(DEPLOYMENT, parameters=parameters, flow_run_name=shard, as_subflow=False)
    assert isinstance(run, FlowRun), "called from synchronous code, it returns the run itself"
    if run.state is None or not run.state.is_completed():
        said = run.state.message if run.state else "it has no state"
        raise AtelierError(f"The flow run {run.name!r} of {DEPLOYMENT} did not end well: {said}")


_TOLD: ContextVar[Callable[[str], None]] = ContextVar("told")
"""Hears of each shard that is made: no parameter of a flow, since those are stored and sent to workers."""


@flow(name="shards")
def shards_on_a_cluster(kind: str, wanted: dict[str, Any], names: list[str]) -> None:
    """Have the workers of Dask or Ray make shards, and wait for all of them."""
    _await({make_shard_as_task.submit(kind, wanted, name): name for name in names})


@flow(name="shards")
def shards_on_a_pool(kind: str, wanted: dict[str, Any], names: list[str]) -> None:
    """Have the workers of a work pool make shards, and wait for all of them."""
    _await({make_shard_on_a_pool.submit(kind, wanted, name): name for name in names})


def _await(futures: dict[PrefectFuture[Any], str]) -> None:
    for future in as_completed(list(futures)):
        future.result()
        _TOLD.get()(futures[future])


def _runner(settings: Settings) -> TaskRunner[Any]:
    """Return Prefect's task runner of the settings: a cluster by its address, or a new one on this machine."""
    address, workers = settings.fanout_address or None, settings.fanout_workers
    if settings.fanout == "dask":
        from prefect_dask import DaskTaskRunner

        local = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
        return DaskTaskRunner(address=address, cluster_kwargs=None if address else local)
    if settings.fanout == "ray":
        from prefect_ray import RayTaskRunner

        return RayTaskRunner(address=address, init_kwargs=None if address else {"num_cpus": workers})
    return ThreadPoolTaskRunner(max_workers=workers)


def _anywhere(value: Any) -> Any:
    """Return an order's fields as JSON holds them, paths whole: a worker's current folder is another."""
    if isinstance(value, Path):
        return str(value.absolute())
    if isinstance(value, dict):
        return {key: _anywhere(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_anywhere(one) for one in value]
    return value
