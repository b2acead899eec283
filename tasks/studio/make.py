"""A picture made on the page: an order of one, or of a few seeds, filled the way that every order is."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from artmodels.errors import AtelierError
from tasks import jobs, registry
from tasks.batch import item_key
from tasks.registry import CHALLENGER, CHAMPION, Version
from tasks.settings import Settings
from tasks.studio.folders import MADE_HERE, OUT, Job, Picture, job_at, open_job
from tasks.studio.uploads import Source, plain_name

MOST_SEEDS = 24
"""Pictures that a generator paints at once: more are a job for `atelier generate`."""


def models(settings: Settings, family: str) -> dict[str, Version]:
    """Return the versions to make pictures with: the champion, and the challenger where one waits.

    Raises:
        AtelierError: there is no champion; the message says how to get one.
    """
    found = {CHAMPION: registry.find(settings, family, CHAMPION)}
    number = registry.aliases(settings, family).get(CHALLENGER)
    if number is not None and number != found[CHAMPION].number:
        found[CHALLENGER] = registry.find(settings, family, str(number))
    return found


def classes(settings: Settings) -> list[str]:
    """Return what the generator in use may be asked to paint; none where it was taught no classes.

    Raises:
        AtelierError: there is no generator in use.
    """
    from artmodels.bundle import load_bundle

    version = registry.find(settings, "gan", CHAMPION)
    config = load_bundle(registry.fetch_bundle(settings, version), "gan").config
    return [str(name) for name in config.get("class_names", [])]


def repaint(settings: Settings, version: Version, content: Source, style: Source, **controls: Any) -> Picture:
    """Repaint a picture in a style with a version of the model, and return what was made; it is made once.

    Args:
        settings: where all is.
        version: of the style family.
        content: the picture.
        style: the picture in whose style.
        controls: other fields of `tasks.stylize_order.StylizeRequest`, such as `alpha` and `size`.

    Raises:
        AtelierError: a picture cannot be read, a control is not accepted, or the folder cannot be written.
    """
    wanted = {"contents": str(content.path), "styles": [str(style.path)], **controls}
    sources = {"content": content.sha256, "style": style.sha256}
    name = f"{plain_name(content.title)}-in-{plain_name(style.title)}"
    return _made(settings, "stylize", version, wanted, sources, name).pictures[0]


def paint(settings: Settings, version: Version, seeds: Iterable[int], **controls: Any) -> Job:
    """Paint seeds with a version of the generator, and return what was made, in their order, and what was set aside.

    Raises:
        AtelierError: a seed or a control is not accepted, or the folder cannot be written.
    """
    wanted_seeds = list(seeds)
    if not 1 <= len(wanted_seeds) <= MOST_SEEDS:
        raise AtelierError(f"{len(wanted_seeds)} pictures are not accepted: 1 to {MOST_SEEDS} at once.")
    wanted = {"seeds": ",".join(map(str, wanted_seeds)), **controls}
    made = _made(settings, "generate", version, wanted, {}, f"seeds-{wanted_seeds[0]}-{wanted_seeds[-1]}")
    in_order = sorted(made.pictures, key=lambda picture: wanted_seeds.index(picture.record["seed"]))
    return replace(made, pictures=tuple(in_order))


def _made(
    settings: Settings, kind: str, version: Version, wanted: dict[str, Any], sources: dict[str, str], name: str
) -> Job:
    """Do a job in a folder of its own, named by all that decides it; raise AtelierError if nothing could be made."""
    digest = item_key({"kind": kind, "run": version.run_id, "wanted": wanted, **sources})[:10]
    out = settings.root / OUT / MADE_HERE / f"{name[:80]}-v{version.number}-{digest}"
    # A picture is not worth a cluster.
    here = settings.model_copy(update={"fanout": "threads"})
    jobs.run(here, kind, {**wanted, "out": str(out), "model": str(version.number)}, _quietly)
    job = open_job(job_at(settings, out))
    if not job.pictures:
        raise AtelierError(job.set_aside[0][1])
    return job


def _quietly(done: int, total: int, figures: dict[str, float]) -> None:
    """Show no progress: it is a moment."""
