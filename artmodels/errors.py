"""The one exception that a person is meant to read."""

import errno
import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What would break a line, or steer a terminal or the direction of its text."""


class AtelierError(Exception):
    """A fault that a person can mend: its message is one sentence that names the cause and what is accepted.

    The command line prints the message without a traceback and exits with 1. Anything else that
    escapes is a bug and keeps its traceback.
    """

    def __str__(self) -> str:
        """Return the message on one line: names of files in it may hold anything, and logs and databases take it."""
        text = super().__str__().encode("utf-8", "backslashreplace").decode()
        return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def is_full(error: BaseException | None) -> bool:
    """Tell whether a fault, or one that it came of, is a full disk: a person mends that, not another attempt."""
    while error is not None:
        # safetensors and databases only say it in words.
        said = any(words in str(error) for words in ("No space left on device", "disk is full", "Disk quota exceeded"))
        if said or (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)):
            return True
        error = error.__cause__ or error.__context__
    return False


class StoppedError(AtelierError):
    """A training that has gone wrong, with advice; what was best before may still be of use."""
