"""Paths that people give: refused in a sentence where no file system could have them."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator

from artmodels.errors import AtelierError

_LONGEST_NAME, _LONGEST = 255, 4095
"""Bytes of a name and of a whole path that Linux takes."""


def fault_of(given: Any) -> str:
    """Return why a path cannot be one, in words that continue a sentence; empty if it can."""
    if not isinstance(given, str | os.PathLike):
        return "a path is text"
    text = os.fspath(given)
    if not text:
        return "it is empty: write . for this folder"
    if "\x00" in text:
        return "it holds a NUL character"
    names = [len(os.fsencode(part)) for part in Path(text).parts]
    if max(names, default=0) > _LONGEST_NAME or sum(names) + len(names) > _LONGEST:
        return f"it is too long: names of {_LONGEST_NAME} bytes and paths of {_LONGEST} are the most"
    return ""


def given_path(text: Any, field: str) -> Path:
    """Return the path that a person gave.

    Raises:
        AtelierError: it cannot be one; the message names the field.
    """
    if fault := fault_of(text):
        raise AtelierError(f"{field}={_short(text)} is not accepted: {fault}.")
    return Path(text)


def _possible(given: Any) -> Any:
    """Leave to pydantic what is no path at all; it says what is expected."""
    if isinstance(given, str | os.PathLike) and (fault := fault_of(given)):
        raise ValueError(fault)
    return given


GivenPath = Annotated[Path, BeforeValidator(_possible)]
"""A field of an order for a path that a person gives."""


def _short(text: Any) -> str:
    said = repr(text)
    return said if len(said) <= 80 else f"{said[:40]}...{said[-20:]}"
