"""Where flow runs log to while a worker listens, and after it was killed."""

import logging
import os
import sys

from prefect.logging.handlers import PrefectConsoleHandler


class PatientConsoleHandler(PrefectConsoleHandler):
    """Prefect's console, which does not end the run when nobody reads it any more.

    A worker reads its runs' output through a pipe. Once the worker was killed, rich answers the next line with
    SystemExit, and the run would crash for having something to say. Prefect's server still gets every line.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line; where there is no reader, this line and all others go nowhere."""
        try:
            super().emit(record)
        except SystemExit:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for stream in (sys.stdout, sys.stderr):
                os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
