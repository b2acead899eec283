"""The batch jobs by name, each done the way that `ATELIER_FANOUT` says."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from pydantic import BaseModel

from tasks.batch import Job
from tasks.gpus import on_a_gpu
from tasks.progress import Show
from tasks.settings import Settings

KINDS = {
    "stylize": ("tasks.stylize", "tasks.stylize_order"),
    "generate": ("tasks.generate", "tasks.generate_order"),
    "classify": ("tasks.classify", "tasks.classify"),
    "critique": ("tasks.critique", "tasks.critique_order"),
    "advise": ("tasks.advise", "tasks.advise"),
    "compose": ("tasks.compose", "tasks.compose_order"),
    "draw": ("tasks.draw", "tasks.draw_order"),
}
"""Where each kind's `run` and `open_job` are, and its `order`; imported when needed, since torch takes its time."""


def read_order(kind: str, wanted: dict[str, Any]) -> BaseModel:
    """Check an order of a kind.

    Raises:
        AtelierError: a field is not accepted; the message names it.
    """
    order: Callable[..., BaseModel] = import_module(KINDS[kind][1]).order
    return order(**wanted)


def open_job(settings: Settings, kind: str, order: BaseModel) -> Job[Any]:
    """Open an order of a kind.

    Raises:
        AtelierError: there is no such model, or what it names is not there.
    """
    job: Job[Any] = import_module(KINDS[kind][0]).open_job(settings, order)
    return job


def run(settings: Settings, kind: str, wanted: dict[str, Any], show: Show) -> dict[str, Any]:
    """Do a job, or what is missing of it; return its report.

    Raises:
        AtelierError: a field of the order is not accepted, there is no such model, what the order names is not there,
            or the job's folder cannot be written.
    """
    order = read_order(kind, wanted)
    if settings.fanout != "threads":
        from tasks.fanout import run_in_shards

        return run_in_shards(settings, kind, order, show)
    with on_a_gpu(settings) as here:
        report: dict[str, Any] = import_module(KINDS[kind][0]).run(here, order, show)
        return report
