"""What was decided about a model: by whom, when, and on which figures.

It is kept as a tag of the registered model, because MLflow keeps no history of aliases, and with the version.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from mlflow.exceptions import MlflowException

from artmodels.errors import AtelierError
from artmodels.family import get_family
from tasks import registry
from tasks.evaluation import Interval
from tasks.settings import Settings

AUDIT = "audit."
"""Prefix of the tags of a registered model that keep its history."""

_PENDING = "pending"
"""The tag of a registered model that holds a decision while it is carried out."""


def now() -> str:
    """The moment, as it is written down."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class Verdict:
    """What a person said of a proposal; where nobody did, it is a refusal that says so."""

    approve: bool
    reason: str
    by: str
    at: str = field(default_factory=now)

    def __str__(self) -> str:
        return f"{'approved' if self.approve else 'refused'} by {self.by}: {self.reason}"


@dataclass(frozen=True)
class Decision:
    """What the gate decided, and why; `difference` is the challenger's figure less the champion's.

    `proposed` is what would be promoted, and waits for a person: nothing has moved yet, and nothing is recorded.
    """

    family: str
    action: Literal["promoted", "refused", "rolled back", "proposed"]
    reason: str
    by: str
    version: int | None = None
    replaced: int | None = None
    metric: str | None = None
    difference: Interval | None = None
    figures: dict[str, dict[str, float]] = field(default_factory=dict)
    evaluation_set: str | None = None
    data_md5: str | None = None
    at: str = field(default_factory=now)
    approval: Verdict | None = None

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Decision":
        """Return the decision that `asdict` made a dictionary of."""
        difference, approval = told["difference"], told["approval"]
        return cls(
            **{
                **told,
                "difference": difference and Interval(**difference),
                "approval": approval and Verdict(**approval),
            }
        )


def history(settings: Settings, family_name: str) -> list[dict[str, Any]]:
    """Return what was decided about a family, oldest first.

    Raises:
        AtelierError: there is no such family, or no model of it.
    """
    get_family(family_name)
    try:
        model = registry.connect(settings).get_registered_model(family_name)
    except MlflowException as error:
        raise AtelierError(
            f"No {family_name} model is registered yet: train one with `atelier train {family_name}`."
        ) from error
    return [json.loads(model.tags[key]) for key in sorted(model.tags) if key.startswith(AUDIT)]


@contextmanager
def carrying_out(settings: Settings, decision: Decision) -> Iterator[None]:
    """Note a decision before the block carries it out, so that one that is killed half-way is known and finished."""
    client = registry.connect(settings)
    client.set_registered_model_tag(decision.family, _PENDING, json.dumps(asdict(decision)))
    yield
    client.delete_registered_model_tag(decision.family, _PENDING)


def pending(settings: Settings, family: str) -> Decision | None:
    """Return the decision that was being carried out when its process was killed."""
    try:
        model = registry.connect(settings).get_registered_model(family)
    except MlflowException as error:
        if error.error_code in registry.ABSENT:
            return None
        raise
    return Decision.from_dict(json.loads(model.tags[_PENDING])) if _PENDING in model.tags else None


def record(settings: Settings, decision: Decision) -> None:
    """Write a decision down: in the history of the family, and with the version; twice the same is once."""
    client = registry.connect(settings)
    text = json.dumps(asdict(decision))
    client.set_registered_model_tag(decision.family, AUDIT + decision.at.replace(":", "").replace("+", "p"), text)
    number = str(decision.version)
    client.set_model_version_tag(decision.family, number, "decision", text)
    client.set_model_version_tag(decision.family, number, "decided_by", decision.by)
    if decision.approval is not None:
        client.set_model_version_tag(decision.family, number, "approval", json.dumps(asdict(decision.approval)))
    if decision.replaced is not None:
        client.set_model_version_tag(decision.family, number, "compared_with", str(decision.replaced))
