"""What `atelier doctor` finds."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel

Verdict = Literal["ok", "warning", "fault"]

Looks = Iterator[tuple[Verdict, str]]
"""What a look at one subject yields: verdicts, and what was seen; what to mend where it is not ok."""


class Finding(BaseModel):
    """What was looked at, the verdict, and what was seen."""

    subject: str
    verdict: Verdict
    text: str


def first_line(error: BaseException) -> str:
    """Return the beginning of what an error says."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
