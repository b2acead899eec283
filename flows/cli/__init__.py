"""The command `atelier`: a thin reading of arguments around the flows.

Nothing heavy is imported before a command runs, so that `--help` answers at once.
"""

import logging
import os
import sys

from artmodels.errors import AtelierError

# Imported for the commands that they add.
from flows.cli import (  # noqa: F401
    critics,
    data,
    generators,
    models,
    music,
    orders,
    people,
    pictures,
    provenance,
    schedules,
    services,
    sketches,
    texts,
)
from flows.cli.options import app


def _is_news(record: logging.LogRecord) -> bool:
    """Pass a record of Prefect's unless it tells of a fault that `main`, or Python's traceback, tells."""
    fault = record.exc_info[1] if record.exc_info else None
    return not isinstance(fault, AtelierError) and not record.getMessage().startswith("Finished in state Failed")


def main() -> None:
    """Run the command line; a fault that a person can mend is one sentence and exit code 1."""
    # Threads that spin while they wait keep a job's decoders from the cores; read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).addFilter(_is_news)
    try:
        app()
    except AtelierError as error:
        print(f"atelier: {error}", file=sys.stderr)
        sys.exit(1)
    except _faults_of_prefect() as error:
        # Prefect's own words for a server that is not there, in no class of its own.
        if isinstance(error, RuntimeError) and not str(error).startswith("Failed to reach API"):
            raise
        print(f"atelier: {_prefect_refuses(error)}", file=sys.stderr)
        sys.exit(1)


def _faults_of_prefect() -> tuple[type[Exception], ...]:
    """Return what Prefect's client raises where its server is not there or says no; loaded when something is raised."""
    import httpx

    return (RuntimeError, httpx.HTTPStatusError, httpx.TransportError)


def _prefect_refuses(error: Exception) -> str:
    from prefect.settings import PREFECT_API_URL

    from tasks.secrets import hide_password

    server = f"Prefect's server {hide_password(PREFECT_API_URL.value() or 'in this process')}"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return f"{server} refuses the credentials: PREFECT_API_AUTH_STRING=USER:PASSWORD gives others."
    words = f"answers {status}" if status else "does not answer"
    return f"{server} {words} (PREFECT_API_URL names another)."
