"""What a job would make, told without making it: the `--dry-run` of the commands.

An order is checked as it would be, and models are opened; nothing is written but the copies that `.atelier` keeps of
what the registry and the remote hold.
"""

from pathlib import Path
from typing import Any

from tasks import jobs, registry
from tasks.batch.standings import read_standings
from tasks.settings import Settings

Report = dict[str, Any]


def foresee_job(settings: Settings, kind: str, wanted: dict[str, Any]) -> Report:
    """Plan a batch job, and look at what its folder holds: `to_make`, `there_already`, `out`, `model`.

    Raises:
        AtelierError: whatever would end the job before its first picture.
    """
    # It plans; no model works.
    job = jobs.open_job(settings.model_copy(update={"device": "cpu"}), kind, jobs.read_order(kind, wanted))
    standings = read_standings(job.out)
    there = sum(standings.done(item) or standings.withheld(item) for item in job.plan(range(job.count)))
    return _told(job.out, job.count - there, there, job.pinned.get("model"))


def foresee_readings(settings: Settings, wanted: dict[str, Any]) -> Report:
    """Count the critiques that would be read.

    Raises:
        AtelierError: whatever would end the job before its first reading.
    """
    from tasks import read

    order = read.order(**wanted)
    version = registry.find(settings, "reader", order.model)
    known, missing = read.standing(read.find_texts(order.critiques, order.columns), version, order.out)
    return _told(order.out, missing, known, str(version.number))


def foresee_video(settings: Settings, wanted: dict[str, Any]) -> Report:
    """Count the frames that would be painted; a film that does not say how many it has has 0.

    Raises:
        AtelierError: whatever would end the job before its first frame, but a damaged style.
    """
    from tasks.video import job
    from tasks.video.read import reading

    order = job.order(**wanted)
    version = registry.find(settings, "style", order.model)
    with reading(order.clip, settings.max_pixels, order.frames_per_second) as clip:
        return _told(order.out, clip.count, 0, str(version.number))


def foresee_way(settings: Settings, wanted: dict[str, Any]) -> Report:
    """Count the pictures from one seed to the next.

    Raises:
        AtelierError: whatever would end the job before its first picture, but an unknown class.
    """
    from tasks import interpolate

    order = interpolate.order(**wanted)
    version = registry.find(settings, "gan", order.model)
    return _told(order.out, interpolate.count(order), 0, str(version.number))


def foresee_ranking(_settings: Settings, wanted: dict[str, Any]) -> Report:
    """Count the pictures that would be ranked.

    Raises:
        AtelierError: the order or a row of its CSV is not accepted, or there is no picture.
    """
    from tasks import taste

    order = taste.order(**wanted)
    taste.hear(order)
    return _told(order.out, len(taste.find_files(order)), 0, None)


def foresee_file(settings: Settings, out: str, model: str) -> Report:
    """Find the generator of which one file or sheet would be made.

    Raises:
        AtelierError: there is no such version.
    """
    return _told(Path(out), 1, 0, str(registry.find(settings, "gan", model).number))


def _told(out: Path, missing: int, there: int, model: str | None) -> Report:
    return {"dry_run": True, "out": str(out), "to_make": missing, "there_already": there, "model": model}
