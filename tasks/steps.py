"""The steps of the flows as Prefect tasks: each a thin wrapping of a plain function of this room.

What passes between them is small and can be stored: paths, hashes, run ids, version numbers. Each reads the settings
itself, so that it runs alike in the flow's process and on another machine. The heavy libraries are imported when a
step runs, so that a flow loads only what it uses.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect import Task, task
from prefect.client.schemas.objects import State, TaskRun

from artmodels.errors import AtelierError, is_full
from tasks.settings import load_settings


def is_worth_retrying(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Tell a fault that may pass from one that a person must mend, which another attempt would only meet again."""
    fault = state.data if isinstance(state.data, BaseException) else None
    return not isinstance(fault, AtelierError) and not is_full(fault)


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
    from tasks.gpus import hold_gpus

    settings = load_settings()
    with hold_gpus(settings, settings.train_processes) as gpus, runs.showing(Path(folder)) as show:
        return str(runs.train(settings, Path(folder), show, print, gpus))


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

    with _gate_to_ourselves(family):
        return asdict(promotion.promote(load_settings(), family, reference, by))


@task
def propose_promotion(family: str, reference: str, by: str) -> dict[str, Any]:
    """Put a version to the gate, for a person to decide; return the proposal, or the gate's refusal."""
    from dataclasses import asdict

    from tasks import promotion

    with _gate_to_ourselves(family):
        return asdict(promotion.propose(load_settings(), family, reference, by))


def ask_person(proposal: dict[str, Any], hours: float) -> dict[str, Any]:
    """Pause the flow run until a person has decided on a proposal; return the verdict. No task: those do not pause."""
    from dataclasses import asdict

    from tasks import approval
    from tasks.decision import Decision

    return asdict(approval.ask(load_settings(), Decision.from_dict(proposal), hours))


@task
def conclude_promotion(proposal: dict[str, Any], verdict: dict[str, Any]) -> dict[str, Any]:
    """Do what a person decided on a proposal; return the decision."""
    from dataclasses import asdict

    from tasks import promotion
    from tasks.decision import Decision, Verdict

    with _gate_to_ourselves(proposal["family"]):
        return asdict(promotion.conclude(load_settings(), Decision.from_dict(proposal), Verdict(**verdict)))


@task
def report_training(family: str, version: int) -> list[str]:
    """Make the reports of a new version's training and evaluation, and its card; return the reports' files."""
    from tasks import registry
    from tasks.reports import tell
    from tasks.reports.evaluation import evaluation_report
    from tasks.reports.training import training_report

    settings = load_settings()
    found = registry.find(settings, family, str(version))
    with tell.telling_faults(f"report of {found}"):
        pages = [training_report(settings, found.run_id), evaluation_report(settings, found)]
        tell.tell_run(settings, found, pages)
        return [str(page) for page in pages]
    return []


@task
def report_evaluation(family: str, version: int) -> str | None:
    """Make the report of a version's evaluation, and its card anew; return the report's file."""
    from tasks import registry
    from tasks.reports import tell
    from tasks.reports.evaluation import evaluation_report

    settings = load_settings()
    found = registry.find(settings, family, str(version))
    with tell.telling_faults(f"report of {found}"):
        page = evaluation_report(settings, found)
        tell.tell_run(settings, found, [page])
        return str(page)
    return None


@task
def report_promotion(decision: dict[str, Any]) -> str | None:
    """Make the report of a decision of the gate, and the cards of its versions anew; return the report's file."""
    from tasks import registry
    from tasks.decision import Decision
    from tasks.reports import tell
    from tasks.reports.promotion import promotion_report

    settings, decided = load_settings(), Decision.from_dict(decision)
    with tell.telling_faults(f"report on {decided.family} v{decided.version}"):
        found = registry.find(settings, decided.family, str(decided.version))
        page = promotion_report(settings, decided)
        tell.tell_run(settings, found, [page])
        if decided.replaced is not None:
            renew_cards.fn(decided.family, [decided.replaced])
        return str(page)
    return None


@task
def renew_cards(family: str, versions: list[int]) -> None:
    """Make the cards of some versions anew: what is known of them has changed."""
    from tasks import registry
    from tasks.cards.card import write_card
    from tasks.reports import tell

    settings = load_settings()
    for number in versions:
        with tell.telling_faults(f"card of {family} v{number}"):
            write_card(settings, registry.find(settings, family, str(number)))


@task
def roll_back(family: str, by: str) -> dict[str, Any]:
    """Put the previous champion back; return the decision."""
    from dataclasses import asdict

    from tasks import promotion

    with _gate_to_ourselves(family):
        return asdict(promotion.rollback(load_settings(), family, by))


def _gate_to_ourselves(family: str) -> AbstractContextManager[None]:
    """Hold the gate of a family against other machines; its lock holds it against this one's."""
    from tasks.slots import hold_slot

    return hold_slot(f"promote:{family}", wait=load_settings().lock_seconds)


@contextmanager
def only_retraining(family: str) -> Iterator[None]:
    """Be the only retraining of a family on all machines; another is waited for.

    Raises:
        AtelierError: another was at work for too long; names it.
    """
    from tasks.scheduled import retrainings
    from tasks.slots import hold_slot

    wait = load_settings().lock_seconds
    with ExitStack() as held:
        try:
            held.enter_context(hold_slot(f"retrain:{family}", wait=wait))
        except AtelierError as error:
            others = ", ".join(map(repr, retrainings(family))) or "an unnamed one"
            raise AtelierError(
                f"Another retraining of {family} was still at work after {wait:g} s: {others}."
            ) from error
        yield


def drop_missed_runs() -> None:
    """Let a scheduled run do for those of its schedule that were missed while no worker was there."""
    from prefect.runtime import deployment, flow_run

    if deployment.id is None:
        return
    from tasks.scheduled import drop_missed

    if missed := drop_missed(UUID(deployment.id), UUID(flow_run.id)):
        print(f"{missed} runs of this schedule were missed; this one does for them all.")


@task
def families_in_use(families: list[str] | None) -> list[str]:
    """Return the families, or, where none are named, those that have a model in use."""
    from tasks import drift

    return families if families is not None else drift.families_in_use(load_settings())


@task
def measure_drift(family: str) -> dict[str, Any]:
    """Judge the model in use on works that are new to it; return what is said, and the figures if it can be told."""
    from dataclasses import asdict

    from tasks import drift, events

    try:
        found = drift.measure(load_settings(), family)
    except AtelierError as error:
        print(f"{family}: {error}")
        return {"family": family, "said": str(error), "drifted": False}
    if found.drifted:
        events.tell_drift(family, found.version, str(found))
    print(f"{found}: {'drifted' if found.drifted else 'no drift'}.")
    return asdict(found) | {"said": f"{found}: {'drifted' if found.drifted else 'no drift'}."}


@task
def show_drift(reports: list[dict[str, Any]]) -> None:
    """Show what was found as a table in Prefect's pages."""
    from prefect.artifacts import create_table_artifact

    columns = ("family", "version", "metric", "works", "known", "fresh", "recorded", "drifted", "said")
    rows = [{name: report.get(name, "") for name in columns} for report in reports]
    create_table_artifact(rows, key="drift", description="The models in use, on works that are new to them.")


@task
def ingest_source(
    source: str, kind: str, metadata: str | None, columns: dict[str, str], defaults: dict[str, str]
) -> dict[str, Any]:
    """Take artworks in and track them in DVC; return the report."""
    from tasks import intake

    return intake.take_in(load_settings(), source, kind, metadata, columns, defaults)


def tell_data(report: dict[str, Any]) -> None:
    """Tell Prefect's automations of a new version of the data, if what was taken in made one."""
    from tasks import events

    events.tell_data(report)


@task
def was_decided(family: str, version: int) -> bool:
    """Tell whether the gate has decided on a version; a retraining that was killed before it leaves one undecided."""
    from tasks import registry

    return "decision" in registry.find(load_settings(), family, str(version)).tags


@task
def take_artists_out(names: list[str]) -> dict[str, Any]:
    """Put artists on the opt-out list, and carry it out; return the report."""
    from tasks.rights.opt_out import opt_out

    return opt_out(load_settings(), names)


@task
def unchanged_version(family: str, config: dict[str, Any]) -> int | None:
    """Return the newest version if it was trained from this very data, code and configuration."""
    from tasks import runs

    return runs.unchanged_version(load_settings(), family, config)


@task
def stylize_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Repaint pictures as a batch job; return its report."""
    return _do("stylize", "stylizing", wanted)


@task
def register_starter(family: str) -> int:
    """Register the model that ships as the challenger, unless it is registered; return the version's number."""
    from tasks import starters

    return starters.adopt(load_settings(), family).number


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
def classify_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Name pictures as a batch job; return its report."""
    return _do("classify", "classifying", wanted)


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
def critique_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Evaluate pictures as a batch job; return its report."""
    return _do("critique", "critiquing", wanted)


@task
def advise_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Suggest edits of pictures as a batch job; return its report."""
    return _do("advise", "advising", wanted)


@task
def keep_best_pictures(out: str, count: int, model: str) -> dict[str, Any]:
    """Rank a finished job's pictures with the critic, and lay out the best; return the report."""
    from tasks.gpus import on_a_gpu
    from tasks.keep_best import keep_best
    from tasks.progress import showing_progress

    with on_a_gpu(load_settings()) as settings, showing_progress("ranking") as show:
        return keep_best(settings, Path(out), count, model, show)


@task
def rate_works(ratings: str) -> dict[str, Any]:
    """Aggregate people's ratings into the catalog; return the report."""
    from tasks.paths import given_path
    from tasks.ratings import rate

    return rate(load_settings(), given_path(ratings, "ratings"))


@task
def generate_pictures(wanted: dict[str, Any]) -> dict[str, Any]:
    """Paint new works as a batch job; return its report."""
    return _do("generate", "generating", wanted)


@task
def compose_pieces(wanted: dict[str, Any]) -> dict[str, Any]:
    """Compose music as a batch job; return its report."""
    return _do("compose", "composing", wanted, "pieces")


@task
def draw_sketches(wanted: dict[str, Any]) -> dict[str, Any]:
    """Draw as a batch job; return its report."""
    return _do("draw", "drawing", wanted, "drawings")


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
