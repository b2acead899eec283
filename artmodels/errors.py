"""The one exception that a person is meant to read."""


class AtelierError(Exception):
    """A fault that a person can mend: its message is one sentence that names the cause and what is accepted.

    The command line prints the message without a traceback and exits with 1. Anything else that
    escapes is a bug and keeps its traceback.
    """


class StoppedError(AtelierError):
    """A training that has gone wrong, with advice; what was best before may still be of use."""
