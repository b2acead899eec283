"""The report that a person means: of a job's folder, of a model's version, of a run."""

import re
import tempfile
from pathlib import Path

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from artmodels.errors import AtelierError
from artmodels.family import FAMILIES
from tasks import registry
from tasks.files import replacing
from tasks.paths import fault_of
from tasks.registry import Version
from tasks.reports.attach import FOLDER, Kind, place
from tasks.reports.evaluation import evaluation_report
from tasks.reports.training import training_report
from tasks.settings import Settings

PAGES = ("gallery.html", "readings.html")
"""What jobs call their reports."""

ORDER: tuple[Kind, ...] = ("training", "evaluation", "promotion")
"""Which report of a run is meant where nobody says; the first that is there."""


UNDER_WAY = "training"
"""What `style@training` means: the family's training that was begun last and has not ended."""


def read_kind(text: str | None) -> Kind | None:
    """Return the kind of report that a person names.

    Raises:
        AtelierError: there is none of that name.
    """
    for kind in ORDER:
        if text == kind:
            return kind
    if text is None:
        return None
    raise AtelierError(f"--kind={text!r} is not accepted: training, evaluation or promotion.")


def find_report(settings: Settings, reference: str, kind: Kind | None = None) -> Path:
    """Return the file of a report on this machine, fetched from MLflow if it is there.

    Args:
        settings: where the registry is.
        reference: a job's folder, a page, `style@champion`, `style/3`, `style@training`, or a run's id.
        kind: which report of a run; None: the first of `ORDER` that it has.

    Raises:
        AtelierError: there is no such folder, model or run, or it has no report.
    """
    if not fault_of(reference) and Path(reference).exists():
        return _of_a_job(Path(reference))
    if re.fullmatch(r"[0-9a-f]{32}", reference):
        run = registry.find_run(settings, reference)
        if run is None:
            raise AtelierError(f"There is no run {reference} in the registry.")
        version = registry.version_of_run(settings, registry.family_of(settings, run), reference)
        return _of_a_run(settings, reference, version, kind)
    match = re.fullmatch(r"(?:models:/)?([\w-]+)([@/][\w-]+)?", reference, re.ASCII)
    # `out/spring` looks like a version of the family `out`.
    if match is None or (match[1] not in FAMILIES and "@" not in reference):
        raise AtelierError(
            f"{reference!r} is neither a job's folder that exists, nor a model such as style@champion or style/3, nor "
            "a training under way such as style@training, nor a run's id."
        )
    family, name = registry.split_reference(reference)
    if name == UNDER_WAY:
        return _of_a_run(settings, _under_way(settings, family), None, kind)
    version = registry.find(settings, family, name)
    return _of_a_run(settings, version.run_id, version, kind)


def _of_a_job(path: Path) -> Path:
    if path.suffix == ".html":
        return path
    for name in PAGES:
        if (path / name).is_file():
            return path / name
    raise AtelierError(f"{path} holds no report: a job that has ended leaves {' or '.join(PAGES)}.")


def _under_way(settings: Settings, family: str) -> str:
    """Return the run of the training that was begun last and has not ended."""
    run = registry.newest_open_run(settings, family)
    if run is None:
        raise AtelierError(f"No training of {family} is under way.")
    return run


def _of_a_run(settings: Settings, run_id: str, version: Version | None, kind: Kind | None) -> Path:
    """Fetch a run's report; one that was never made is made now, and that of a training under way each time."""
    client = registry.connect(settings)
    if version is None and kind in (None, "training") and registry.run_is_open(settings, run_id):
        return training_report(settings, run_id)
    try:
        kept = {Path(file.path).stem for file in client.list_artifacts(run_id, FOLDER)}
        for one in [kind] if kind else ORDER:
            if one in kept:
                return _fetched(client, run_id, place(settings, run_id, one))
    except (MlflowException, OSError) as error:
        raise AtelierError(f"The registry cannot give the report of {version or run_id}: {error}") from error
    if kind == "promotion":
        raise AtelierError(f"The gate has decided nothing about {version or run_id} that it left a report of.")
    if kind == "evaluation":
        if version is None:
            raise AtelierError(f"The run {run_id} has no model version that could have been judged.")
        return evaluation_report(settings, version)
    return training_report(settings, run_id)


def _fetched(client: MlflowClient, run_id: str, path: Path) -> Path:
    """Put what MLflow has at its place on this machine: another may have made it anew."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, replacing(path) as part:
        part.write_bytes(Path(client.download_artifacts(run_id, f"{FOLDER}/{path.name}", folder)).read_bytes())
    return path
