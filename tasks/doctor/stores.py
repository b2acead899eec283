"""Do git, DVC, the registry and the Prefect server answer, and do they have what is needed?"""

import importlib.metadata
import os
from pathlib import Path

from tasks.doctor.findings import Looks
from tasks.settings import Settings


def look_at_git(settings: Settings) -> Looks:
    """See whether the code's revision can be told."""
    from tasks import versions

    revision = versions.code_revision(settings)
    if revision.startswith("unknown"):
        yield "warning", f"The code's revision is {revision}: models will not say which code trained them."
    elif "-dirty-" in revision:
        yield "warning", "The code has changes that are not committed: models say so instead of a revision."
    else:
        yield "ok", f"code revision {revision[:12]}"


def look_at_data(settings: Settings) -> Looks:
    """See whether the data of this revision is here and on the remote."""
    from tasks import versions

    if not (settings.root / versions.DATA).is_file():
        yield "warning", f"No {versions.DATA}: `atelier ingest` makes one."
        return
    changed, missing = versions.compare_data(settings)
    if changed:
        yield "warning", f"{', '.join(changed)} differ from this revision, or are not here: `dvc pull`, or `dvc add`."
    if missing:
        yield "warning", f"{missing} files are not on the DVC remote, so no other machine can have them: `dvc push`."
    if not changed and not missing:
        yield "ok", f"data {versions.data_md5(settings)[:8]}, here and on the DVC remote"


def look_at_registry(settings: Settings) -> Looks:
    """See whether the registry answers, with tables of this MLflow, and whether it has files for what is in use."""
    from tasks import registry
    from tasks.secrets import hide_password

    shown = hide_password(settings.mlflow_uri)
    path = settings.mlflow_uri.removeprefix("sqlite:///")
    if path != settings.mlflow_uri and not Path(path).is_file():
        yield "ok", f"none yet: the first training makes {shown}"
        return
    count = len(registry.named_versions(settings))
    yield "ok", f"{shown}: {count} versions in use or waiting"


def look_at_prefect(settings: Settings) -> Looks:
    """See whether the Prefect server that is to be used answers."""
    from tasks.services import health
    from tasks.services.state import read_state

    state = read_state(settings)
    api_url = state.api_url if state else os.environ.get("PREFECT_API_URL")
    if not api_url:
        yield "ok", "no server: runs are recorded by Prefect in this process, and no schedule runs (`atelier up`)"
    elif not health.prefect_answers(api_url):
        yield "fault", f"{api_url} does not answer: start it (`atelier up`), or unset PREFECT_API_URL."
    else:
        with health.open_prefect(api_url, health.auth_of(settings)) as client:
            there, here = client.api_version(), importlib.metadata.version("prefect")
        if there == here:
            yield "ok", f"{api_url}, Prefect {there}"
        else:
            yield "warning", f"{api_url} is Prefect {there}, here is {here}: install the same on both."
