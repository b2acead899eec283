"""What an `atelier up` that is alive has left for other processes to find: a lock that it holds, and a file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ValidationError

from artmodels.errors import AtelierError
from tasks.services.plan import credentials
from tasks.settings import Settings


class State(BaseModel):
    """The services of a living `atelier up`."""

    api_url: str
    tracking_uri: str
    socket: Path
    since: datetime
    ready: bool = False
    variables: dict[str, str]
    """What another process needs to use them, without passwords."""


@contextmanager
def hold_services(settings: Settings) -> Iterator[None]:
    """Hold the services of this project, which one process can; the system frees them when it is killed.

    Raises:
        AtelierError: another process holds them.
    """
    try:
        # Whoever looks whether they are held holds them for an instant.
        with _lock(settings, timeout=1):
            yield
    except Timeout as error:
        raise AtelierError(f"The services of {settings.root} are up already: `atelier status` shows them.") from error


def write_state(settings: Settings, state: State) -> None:
    """Let other processes find the services."""
    path = _file(settings)
    temporary = path.with_suffix(".part")
    temporary.write_text(state.model_dump_json(indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def forget_state(settings: Settings) -> None:
    """The services are there no more."""
    _file(settings).unlink(missing_ok=True)


def read_state(settings: Settings) -> State | None:
    """Return what a living `atelier up` has written; None where there is none."""
    try:
        state = State.model_validate_json(_file(settings).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    try:
        with _lock(settings):
            # Whoever wrote it was killed.
            return None
    except Timeout:
        return state


def join_services(settings: Settings) -> None:
    """Let this process use the services of a living `atelier up`; what the environment says already has the last word.

    Raises:
        AtelierError: `services_auth` is not of the form `user:password`.
    """
    state = read_state(settings)
    if state is None or not state.ready:
        return
    variables = state.variables | credentials(settings)
    if settings.tracking_uri:
        # Said in a file, perhaps, which the environment would overrule.
        variables.pop("ATELIER_TRACKING_URI")
    for name, value in variables.items():
        os.environ.setdefault(name, value)


def _file(settings: Settings) -> Path:
    return settings.scratch / "services" / "state.json"


def _lock(settings: Settings, timeout: float = 0) -> FileLock:
    path = settings.scratch / "services" / "up.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path, timeout=timeout)
