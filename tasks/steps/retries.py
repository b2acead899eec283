"""Which faults another attempt may mend."""

from typing import Any

from prefect import Task
from prefect.client.schemas.objects import State, TaskRun

from artmodels.errors import AtelierError, is_full


def is_worth_retrying(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Tell a fault that may pass from one that a person must mend, which another attempt would only meet again."""
    fault = state.data if isinstance(state.data, BaseException) else None
    return not isinstance(fault, AtelierError) and not is_full(fault)
