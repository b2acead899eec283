"""What the house tells Prefect, so that its automations can act on it. Where no server listens, nothing comes of it."""

from typing import Any

from prefect.events import emit_event

DATA, DRIFT = "atelier.data", "atelier.drift"
"""The events: there is a new version of the data; a model in use does worse on new works."""


def tell_data(report: dict[str, Any]) -> None:
    """Tell of a new version of the data, if what was taken in made one."""
    if report["data_changed"]:
        payload = {"data_md5": report["data_md5"]}
        emit_event(DATA, resource={"prefect.resource.id": DATA, "prefect.resource.name": "data.dvc"}, payload=payload)


def tell_drift(family: str, version: int, words: str) -> None:
    """Tell that a family's model in use does worse on new works; `words` hold the figure."""
    resource = {"prefect.resource.id": family_resource(family), "prefect.resource.name": f"{family} v{version}"}
    emit_event(DRIFT, resource=resource, payload={"family": family, "version": version, "figure": words})


def family_resource(family: str) -> str:
    """Name a family as a resource of events."""
    return f"atelier.family.{family}"
