"""The command `atelier`: a thin reading of arguments around the flows.

Nothing heavy is imported before a command runs, so that `--help` answers at once.
"""

import logging
import os
import sys

from artmodels.errors import AtelierError, is_full
from flows.cli.contents import app


def _is_news(record: logging.LogRecord) -> bool:
    """Pass a record of Prefect's unless it tells of a fault that `main`, or Python's traceback, tells."""
    fault = record.exc_info[1] if record.exc_info else None
    return not _is_told(fault) and not record.getMessage().startswith("Finished in state Failed")


def main() -> None:
    """Run the command line; a fault that a person can mend is one sentence and exit code 1."""
    # Threads that spin while they wait keep a job's decoders from the cores; read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).addFilter(_is_news)
    try:
        _demand_text(sys.argv[1:])
        app()
    except Exception as error:
        if _is_told(error):
            said = sentence_of(error)
        elif _is_of_prefects_server(error):
            said = _prefect_refuses(error)
        else:
            raise
        print(f"atelier: {said}", file=sys.stderr)
        sys.exit(1)


def _is_of_prefects_server(error: Exception) -> bool:
    """Whether Prefect's client says that its server is not there, or refuses."""
    import httpx

    # Prefect's own words for a server that is not there, in no class of its own.
    away = isinstance(error, RuntimeError) and str(error).startswith("Failed to reach API")
    return away or isinstance(error, httpx.HTTPStatusError | httpx.TransportError)


def _prefect_refuses(error: Exception) -> str:
    from prefect.settings import PREFECT_API_URL

    from tasks.secrets import hide_password

    server = f"Prefect's server {hide_password(PREFECT_API_URL.value() or 'in this process')}"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return f"{server} refuses the credentials: PREFECT_API_AUTH_STRING=USER:PASSWORD gives others."
    words = f"answers {status}" if status else "does not answer"
    return f"{server} {words} (PREFECT_API_URL names another)."


def sentence_of(error: Exception) -> str:
    """Return what a fault says on one line; of Prefect's refusals, which parameters are wrong and why."""
    if isinstance(error, AtelierError):
        return str(error)
    if is_full(error):
        first = (str(error).splitlines() or [type(error).__name__])[0]
        return str(
            AtelierError(f"A disk is full ({first}): make room, and give the command again; what is done stays.")
        )
    _, *parameters = str(error).splitlines()
    return str(AtelierError(f"{'; '.join(line.removeprefix(' - ') for line in parameters)}."))


def _demand_text(arguments: list[str]) -> None:
    """Raise AtelierError for an argument that is no text: Prefect and the registry could not note it."""
    for argument in arguments:
        if argument != argument.encode("utf-8", "replace").decode():
            raise AtelierError(f"{argument!r} is not UTF-8: rename the file, or name the folder that it is in.")


def _is_told(error: BaseException | None) -> bool:
    """Whether a person can mend a fault, so that `main` tells it in a sentence."""
    return isinstance(error, (AtelierError, *_refusals())) or is_full(error)


def _refusals() -> tuple[type[Exception], ...]:
    """What Prefect raises where a parameter is not accepted; asked for once something was raised."""
    exceptions = sys.modules.get("prefect.exceptions")
    return (exceptions.ParameterTypeError,) if exceptions else ()
