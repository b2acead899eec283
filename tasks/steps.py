"""The steps of the flows as Prefect tasks: each a thin wrapping of a plain function of this room.

What passes between them is small and can be stored: paths, hashes, run ids, version numbers. Each reads the settings
itself, so that it runs alike in the flow's process and on another machine. The heavy libraries are imported when a
step runs, so that a flow loads only what it uses.
"""

from pathlib import Path
from typing import Any

from prefect import Task, task
from prefect.client.schemas.objects import State, TaskRun

from artmodels.errors import AtelierError, is_full
from tasks.settings import load_settings


def is_worth_retrying(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Tell a fault that may pass from one that a person must mend, which another attempt would only meet again."""
    return not isinstance(state.data, AtelierError) and not is_full(state.data)


@task(retries=2, retry_delay_seconds=5, retry_condition_fn=is_worth_retrying)
def pull_data() -> str:
    """Fetch the data of this revision from the DVC remote; return its md5."""
    from tasks import versions

    settings = load_settings()
    versions.pull(settings)
    return versions.data_md5(settings)


@task
def prepare_data() -> list[str]:
    """Bring what `dvc.yaml` derives up to date; return the stages that ran."""
    from tasks import versions

    return sorted(versions.reproduce(load_settings()))


@task
def check_options(family: str, config: dict[str, Any]) -> None:
    """Refuse options that a family does not accept, before minutes go into the data."""
    from artmodels.family import get_family

    get_family(family).configure(config)


@task
def open_training(family: str, config: dict[str, Any], trigger: str, start: str | None) -> str:
    """Find the unfinished training of exactly this data, code and configuration, or begin one; return its folder."""
    from tasks import runs

    return str(runs.open_training(load_settings(), family, config, trigger, start))


@task(retries=3, retry_delay_seconds=2, retry_condition_fn=is_worth_retrying)
def train_model(folder: str) -> str:
    """Run the trainer, and again from its last checkpoint where it was killed; return the bundle's folder."""
    from tasks import runs
    from tasks.progress import showing_progress

    with showing_progress("training") as show:
        return str(runs.train(load_settings(), Path(folder), show, print))


@task
def probe_training(family: str, config: dict[str, Any]) -> str:
    """Take the first steps of a training for nothing; return in words what all of it would take."""
    from tasks import probe

    return str(probe.probe(load_settings(), family, config))


@task
def check_sweep(wanted: dict[str, Any]) -> None:
    """Refuse an order that is not accepted, before minutes go into the data."""
    from tasks import sweep

    sweep.order(**wanted)


@task
def sweep_option(wanted: dict[str, Any]) -> dict[str, Any]:
    """Try values of an option by short trainings; return the best."""
    from tasks import sweep

    return sweep.run(load_settings(), sweep.order(**wanted), print)


@task
def evaluate_model(family: str, bundle: str) -> str:
    """Judge a bundle on the pinned evaluation set; return the file of its figures."""
    from tasks import evaluation

    judged = evaluation.evaluate_bundle(load_settings(), family, Path(bundle))
    return str(evaluation.save_evaluation(judged, Path(bundle).with_name("evaluation.json")))


@task
def register_model(folder: str, evaluation_file: str) -> int:
    """Register a finished training as the challenger; return the version's number."""
    from tasks import runs

    return runs.register(load_settings(), Path(folder), Path(evaluation_file)).number


@task
def evaluate_version(family: str, reference: str) -> dict[str, Any]:
    """Judge a registered version and record its figures with it; return them."""
    from tasks import evaluation

    return evaluation.evaluate_version(load_settings(), family, reference)


@task
def decide_promotion(family: str, reference: str, by: str) -> dict[str, Any]:
    """Put a version to the gate; return the decision."""
    from dataclasses import asdict

    from tasks import promotion

    return asdict(promotion.promote(load_settings(), family, reference, by))


@task
def roll_back(family: str, by: str) -> dict[str, Any]:
    """Put the previous champion back; return the decision."""
    from dataclasses import asdict

    from tasks import promotion

    return asdict(promotion.rollback(load_settings(), family, by))


@task
def ingest_source(
    source: str, kind: str, metadata: str | None, columns: dict[str, str], defaults: dict[str, str]
) -> dict[str, Any]:
    """Take artworks in and track them in DVC; return the report."""
    from tasks import intake

    return intake.take_in(load_settings(), source, kind, metadata, columns, defaults)


@task
def unchanged_version(family: str, config: dict[str, Any]) -> int | None:
    """Return the newest version if it was trained from this very data, code and configuration."""
    from tasks import runs

    return runs.unchanged_version(load_settings(), family, config)


@task
def stylize_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Repaint pictures as a batch job; return its report."""
    from tasks import stylize
    from tasks.progress import showing_progress
    from tasks.stylize_order import order

    with showing_progress("stylizing") as show:
        return stylize.run(load_settings(), order(**wanted), show)


@task
def register_starter(family: str) -> int:
    """Register the model that ships as the challenger, unless it is registered; return the version's number."""
    from tasks import starters

    return starters.adopt(load_settings(), family).number


@task
def stylize_clip(wanted: dict[str, Any]) -> dict[str, Any]:
    """Repaint a video; return its record."""
    from tasks.progress import showing_progress
    from tasks.video import job

    with showing_progress("stylizing") as show:
        return job.run(load_settings(), job.order(**wanted), show)


@task
def classify_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Name pictures as a batch job; return its report."""
    from tasks import classify
    from tasks.progress import showing_progress

    with showing_progress("classifying") as show:
        return classify.run(load_settings(), classify.order(**wanted), show)


@task
def read_critiques(wanted: dict[str, Any]) -> dict[str, Any]:
    """Read critiques as a job; return its report."""
    from tasks import read
    from tasks.progress import showing_progress

    with showing_progress("reading") as show:
        return read.run(load_settings(), read.order(**wanted), show)


@task
def rank_by_taste(wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """Learn tastes and rank pictures by them; return a report for each person."""
    from tasks import taste
    from tasks.progress import showing_progress

    with showing_progress("looking") as show:
        return taste.run(load_settings(), taste.order(**wanted), show)


@task
def critique_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Evaluate pictures as a batch job; return its report."""
    from tasks import critique
    from tasks.critique_order import order
    from tasks.progress import showing_progress

    with showing_progress("critiquing") as show:
        return critique.run(load_settings(), order(**wanted), show)


@task
def advise_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Suggest edits of pictures as a batch job; return its report."""
    from tasks import advise
    from tasks.progress import showing_progress

    with showing_progress("advising") as show:
        return advise.run(load_settings(), advise.order(**wanted), show)


@task
def keep_best_pictures(out: str, count: int, model: str) -> dict[str, Any]:
    """Rank a finished job's pictures with the critic, and lay out the best; return the report."""
    from tasks.keep_best import keep_best
    from tasks.progress import showing_progress

    with showing_progress("ranking") as show:
        return keep_best(load_settings(), Path(out), count, model, show)


@task
def rate_works(ratings: str) -> dict[str, Any]:
    """Aggregate people's ratings into the catalog; return the report."""
    from tasks.paths import given_path
    from tasks.ratings import rate

    return rate(load_settings(), given_path(ratings, "ratings"))


@task
def generate_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Paint new works as a batch job; return its report."""
    from tasks import generate
    from tasks.generate_order import order
    from tasks.progress import showing_progress

    with showing_progress("generating") as show:
        return generate.run(load_settings(), order(**wanted), show)


@task
def compose_pieces(wanted: dict[str, Any]) -> dict[str, Any]:
    """Compose music as a batch job; return its report."""
    from tasks import compose
    from tasks.compose_order import order
    from tasks.progress import showing_progress

    with showing_progress("composing") as show:
        return compose.run(load_settings(), order(**wanted), show)


@task
def draw_sketches(wanted: dict[str, Any]) -> dict[str, Any]:
    """Draw as a batch job; return its report."""
    from tasks import draw
    from tasks.draw_order import order
    from tasks.progress import showing_progress

    with showing_progress("drawing") as show:
        return draw.run(load_settings(), order(**wanted), show)


@task
def interpolate_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Paint the way from one generated picture to the next; return the report."""
    from tasks import interpolate
    from tasks.progress import showing_progress

    with showing_progress("interpolating") as show:
        return interpolate.run(load_settings(), interpolate.order(**wanted), show)


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
def champion_number(family: str) -> int | None:
    """Return the number of the version in use, if there is one."""
    from tasks import registry

    return registry.aliases(load_settings(), family).get(registry.CHAMPION)


@task
def choose_sample(photographs: int, styles: int) -> tuple[str, str]:
    """Lay out held-out photographs and artworks for the demonstration; return the two folders."""
    from tasks import sample

    return sample.choose_order(load_settings(), photographs, styles)
