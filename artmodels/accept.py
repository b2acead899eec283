"""What pydantic finds wrong, as the one sentence that a person is told."""

from collections.abc import Mapping
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
    return Fault(".".join(map(str, found["loc"])), found["input"], found["msg"])


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
