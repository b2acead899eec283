"""Steps that make things: each does a job, or what is missing of it."""

from pathlib import Path
from typing import Any

from prefect import task

from tasks.settings import load_settings


@task
def stylize_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Repaint pictures as a batch job; return its report."""
    return _do("stylize", "stylizing", wanted)


@task
def stylize_clip(wanted: dict[str, Any]) -> dict[str, Any]:
    """Repaint a video; return its record."""
    from tasks.gpus import on_a_gpu
    from tasks.progress import showing_progress
    from tasks.video import job

    order = job.order(**wanted)
    with on_a_gpu(load_settings()) as settings, showing_progress("stylizing", "frames") as show:
        return job.run(settings, order, show)


@task
def generate_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Paint new works as a batch job; return its report."""
    return _do("generate", "generating", wanted)


@task
def interpolate_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Paint the way from one generated picture to the next; return the report."""
    from tasks import interpolate
    from tasks.gpus import on_a_gpu
    from tasks.progress import showing_progress

    order = interpolate.order(**wanted)
    with on_a_gpu(load_settings()) as settings, showing_progress("interpolating", "frames") as show:
        return interpolate.run(settings, order, show)


@task
def draw_directions(out: str, seed: int, count: int, model: str) -> dict[str, Any]:
    """Draw the sheet of a generator's directions; return the report."""
    from tasks import directions
    from tasks.paths import given_path

    return directions.draw(load_settings(), given_path(out, "out"), seed, count, model)


@task
def export_generator(out: str, model: str) -> dict[str, Any]:
    """Write a generator as ONNX, checked; return the report."""
    from tasks import export
    from tasks.paths import given_path

    return export.export(load_settings(), given_path(out, "out"), model)


@task
def compose_pieces(wanted: dict[str, Any]) -> dict[str, Any]:
    """Compose music as a batch job; return its report."""
    return _do("compose", "composing", wanted, "pieces")


@task
def draw_sketches(wanted: dict[str, Any]) -> dict[str, Any]:
    """Draw as a batch job; return its report."""
    return _do("draw", "drawing", wanted, "drawings")


@task
def classify_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Name pictures as a batch job; return its report."""
    return _do("classify", "classifying", wanted)


@task
def critique_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Evaluate pictures as a batch job; return its report."""
    return _do("critique", "critiquing", wanted)


@task
def advise_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Suggest edits of pictures as a batch job; return its report."""
    return _do("advise", "advising", wanted)


@task
def read_critiques(wanted: dict[str, Any]) -> dict[str, Any]:
    """Read critiques as a job; return its report."""
    from tasks import read
    from tasks.gpus import on_a_gpu
    from tasks.progress import showing_progress

    order = read.order(**wanted)
    with on_a_gpu(load_settings()) as settings, showing_progress("reading", "critiques") as show:
        return read.run(settings, order, show)


@task
def rank_by_taste(wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """Learn tastes and rank pictures by them; return a report for each person."""
    from tasks import taste
    from tasks.gpus import on_a_gpu
    from tasks.progress import showing_progress

    order = taste.order(**wanted)
    with on_a_gpu(load_settings()) as settings, showing_progress("looking") as show:
        return taste.run(settings, order, show)


@task
def keep_best_pictures(out: str, count: int, model: str) -> dict[str, Any]:
    """Rank a finished job's pictures with the critic, and lay out the best; return the report."""
    from tasks.gpus import on_a_gpu
    from tasks.keep_best import keep_best
    from tasks.progress import showing_progress

    with on_a_gpu(load_settings()) as settings, showing_progress("ranking") as show:
        return keep_best(settings, Path(out), count, model, show)


@task
def make_shard(kind: str, wanted: dict[str, Any], shard: str) -> dict[str, Any]:
    """Make what is missing of a shard of a batch job; return its counts."""
    from tasks import fanout

    return fanout.make_shard(kind, wanted, shard)


def _do(kind: str, doing: str, wanted: dict[str, Any], unit: str = "pictures") -> dict[str, Any]:
    """Do a batch job, here or in shards elsewhere; return its report."""
    from tasks import jobs
    from tasks.progress import showing_progress
    from tasks.reports import tell

    with showing_progress(doing, unit) as show:
        report = jobs.run(load_settings(), kind, wanted, show)
    tell.tell_job(kind, report)
    return report
