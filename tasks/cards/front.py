"""The front matter of a card: what machines read of it."""

from typing import Any

import yaml

from artmodels.family import get_family
from tasks.registry import Version
from tasks.reports.tables import figures_of
from tasks.settings import Settings

TASKS = {
    "style": ("image-to-image", "Style transfer"),
    "gan": ("unconditional-image-generation", "Picture generation"),
    "classifier": ("image-classification", "Naming of paintings"),
    "critic": ("image-classification", "Evaluation of paintings"),
    "reader": ("text-classification", "Evaluation of critiques"),
    "music": ("other", "Composition in four voices"),
    "sketch": ("other", "Drawing of strokes"),
}
"""What a family's models do, in Hugging Face's words and in ours."""


def front_matter(settings: Settings, version: Version) -> dict[str, Any]:
    """Return what the front matter of a version's card says.

    Raises:
        AtelierError: there is no such family.
    """
    family = get_family(version.family)
    kind, words = TASKS.get(version.family, ("other", version.family))
    figures = figures_of(version)
    dataset = dataset_name(version)
    matter: dict[str, Any] = {"license": settings.model_licence}
    if settings.model_licence == "other":
        # The format demands a name for what is no licence of its list.
        matter["license_name"] = "not-stated"
    matter |= {"library_name": "atelier", "tags": ["atelier", "art", version.family, family.data]}
    if kind != "other":
        matter["pipeline_tag"] = kind
    if dataset:
        matter["datasets"] = [dataset]
    if figures and dataset:
        matter["metrics"] = [one["name"] for one in figures]
        result = {
            "task": {"type": kind, "name": words},
            "dataset": {
                "type": dataset,
                "name": "Pinned evaluation set",
                "split": "test",
                "revision": version.tags.get("evaluation_set", ""),
            },
            "metrics": [_metric(one) for one in figures],
        }
        matter["model-index"] = [{"name": str(version), "results": [result]}]
    return matter


def as_yaml(matter: dict[str, Any]) -> str:
    """Return a front matter as it stands in the card."""
    return f"---\n{yaml.safe_dump(matter, sort_keys=False, allow_unicode=True)}---\n"


def dataset_name(version: Version) -> str:
    """Return the name of the data that a version learnt from; empty where it does not say."""
    data_md5 = version.tags.get("data_md5", "")
    return f"atelier/{data_md5.removesuffix('.dir')}" if data_md5 else ""


def _metric(figure: dict[str, Any]) -> dict[str, Any]:
    interval = {"confidence": 0.95, "low": figure["low"], "high": figure["high"]}
    return {"type": figure["name"], "name": figure["name"], "value": figure["mean"], "args": interval}
