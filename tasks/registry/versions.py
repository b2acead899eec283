"""Versions and aliases, read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from artmodels.accept import meant
from artmodels.errors import AtelierError
from tasks.registry.connection import ABSENT, connect
from tasks.registry.names import CHALLENGER, CHAMPION, parse_reference
from tasks.settings import Settings


@dataclass(frozen=True)
class Version:
    """One registered version of a family's model."""

    family: str
    number: int
    run_id: str
    tags: Mapping[str, str]
    created: datetime | None = None

    @property
    def uri(self) -> str:
        """The version as MLflow names it."""
        return f"models:/{self.family}/{self.number}"

    def __str__(self) -> str:
        return f"{self.family} v{self.number}"


def find(settings: Settings, family: str, reference: str = CHAMPION) -> Version:
    """Return the version that a reference names, in any of the forms of `parse_reference`.

    Raises:
        AtelierError: there is no such model, alias or version; the message says how to get one.
    """
    reference = parse_reference(reference, family)
    client = connect(settings)
    try:
        if reference.isdecimal():
            # More digits than a database's integer holds are no version's.
            return _version(client.get_model_version(family, reference[:18]))
        return _version(client.get_model_version_by_alias(family, reference))
    except MlflowException as error:
        if error.error_code not in ABSENT:
            raise
        raise AtelierError(_missing(client, family, reference)) from error


def aliases(settings: Settings, family: str) -> dict[str, int]:
    """Return the aliases in use and the version each names; empty where the model is not registered."""
    try:
        model = connect(settings).get_registered_model(family)
    except MlflowException as error:
        if error.error_code in ABSENT:
            return {}
        raise
    return {alias: int(number) for alias, number in model.aliases.items()}


def named_versions(settings: Settings) -> list[tuple[str, Version]]:
    """Return every alias of every registered model, with the version that it names, ordered by model and alias."""
    client = connect(settings)
    return [
        (alias, _version(client.get_model_version(model.name, number)))
        for model in client.search_registered_models(order_by=["name"])
        for alias, number in sorted(model.aliases.items())
    ]


def newest(settings: Settings, family: str) -> Version | None:
    """Return the version registered last, or None."""
    found = connect(settings).search_model_versions(f"name='{family}'", max_results=1, order_by=["version_number DESC"])
    return _version(found[0]) if found else None


def version_of_run(settings: Settings, family: str, run_id: str) -> Version | None:
    """Return the version that a run has made, if it has."""
    found = _version_of(connect(settings), family, run_id)
    return _version(found) if found else None


def versions(settings: Settings, family: str) -> list[Version]:
    """Return all versions, oldest first; none where the model is not registered."""
    found = connect(settings).search_model_versions(f"name='{family}'")
    return sorted(map(_version, found), key=lambda version: version.number)


def _version_of(client: MlflowClient, family: str, run_id: str) -> ModelVersion | None:
    """Return the version that a run has, if it has one."""
    return next(iter(client.search_model_versions(f"name='{family}' and run_id='{run_id}'", max_results=1)), None)


def _version(version: ModelVersion) -> Version:
    created = datetime.fromtimestamp(version.creation_timestamp / 1000, UTC)
    return Version(version.name, int(version.version), str(version.run_id), dict(version.tags), created)


def _missing(client: MlflowClient, family: str, reference: str) -> str:
    versions = client.search_model_versions(f"name='{family}'")
    if not versions:
        return f"No {family} model is registered yet: train one with `atelier train {family}`."
    if reference == CHAMPION:
        return f"No {family} model is in use yet: put one to the gate with `atelier promote {family}`."
    if reference == CHALLENGER:
        return f"No {family} challenger is waiting: train one with `atelier train {family}`."
    numbers = ", ".join(map(str, sorted(int(version.version) for version in versions)))
    known = meant(reference, client.get_registered_model(family).aliases)
    return f"There is no version or alias {reference!r} of {family}{known}; versions are {numbers}."
