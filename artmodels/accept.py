"""What pydantic finds wrong, as the one sentence that a person is told."""

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from artmodels.errors import AtelierError

M = TypeVar("M", bound=BaseModel)


class Fault(NamedTuple):
    """The first thing that is wrong: which field (empty: the whole), its value, and why it is not accepted."""

    field: str
    value: Any
    reason: str

    def __str__(self) -> str:
        # Text that is not JSON has a fault but no field.
        return ": ".join(filter(None, [self.field, self.reason]))


def first_fault(error: ValidationError) -> Fault:
    """Return the first of the faults that pydantic found; one is enough to mend."""
    found = error.errors()[0]
    reason = found["msg"]
    if found["type"] == "literal_error":
        reason += meant(found["input"], re.findall("'([^']+)'", found["ctx"]["expected"]))
    return Fault(".".join(map(str, found["loc"])), found["input"], reason)


def meant(name: object, known: Collection[str]) -> str:
    """Return ` (did you mean 'x'?)`, for a sentence on a name that is not known; empty where none is like it."""
    spelt = {one.lower(): one for one in known}
    near = difflib.get_close_matches(str(name).lower(), spelt, n=1, cutoff=0.7)
    return f" (did you mean {spelt[near[0]]!r}?)" if near else ""


def accept(model: type[M], fields: Mapping[str, Any]) -> M:
    """Build a model from the fields that a person gave.

    Raises:
        AtelierError: a field is not accepted; the message names it and its value.
    """
    try:
        return model(**fields)
    except ValidationError as error:
        field, value, reason = first_fault(error)
        raise AtelierError(f"{field}={value!r} is not accepted: {reason}.") from error
