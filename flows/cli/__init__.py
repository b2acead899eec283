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
