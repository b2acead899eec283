"""A version's card: what it learnt from, how good it is, what it may not be used for unseen, how to load it."""

import json
import tempfile
from pathlib import Path
from typing import Any

from mlflow.entities import FileInfo

from artmodels.family import get_family
from tasks import registry
from tasks.cards.front import as_yaml, front_matter
from tasks.pages import duration, plain
from tasks.registry import Version
from tasks.reports.tables import figures_of, limits_of
from tasks.reports.training import COST, histories_of
from tasks.rights.report import rights
from tasks.runs import STOPPED
from tasks.settings import Settings

README = "README.md"
"""The card's name among the files of a model."""

LONGEST = 5000
"""Characters of a description that MLflow's databases hold."""

ARTISTS = 10
"""Artists on the card, those with most works; `atelier rights` names all."""

_TOLD = ("trigger", STOPPED, "evaluation_set", "code_revision", "params_md5", "perceptor_md5", "starter", "config")


def card_of(settings: Settings, version: Version) -> str:
    """Return a version's card, in Markdown, of what is recorded now.

    Raises:
        AtelierError: the registry, the data or the opt-out list cannot be read.
    """
    # What its tags say may be older than what they are by now.
    version = registry.find(settings, version.family, str(version.number))
    family = get_family(version.family)
    figures, aliases = figures_of(version), registry.aliases(settings, family.name)
    text = plain("card.md.j2").render(
        version=version,
        tags=dict.fromkeys(_TOLD, "") | dict(version.tags),
        family=family,
        aliases=sorted(name for name, number in aliases.items() if number == version.number),
        rights={"sources": {}, "artists": {}, "gone": ""} | rights(settings, family.name, str(version.number)),
        most=ARTISTS,
        figures=figures,
        limits=limits_of(family, {one["name"]: one["mean"] for one in figures}),
        decided=_decided(version),
        spent=_spent(settings, version),
        previews=_previews(settings, version),
    )
    return as_yaml(front_matter(settings, version)) + "\n" + text.strip() + "\n"


def write_card(settings: Settings, version: Version) -> str:
    """Make a version's card its description in MLflow, and a file of the model; return it.

    Raises:
        AtelierError: as `card_of`.
    """
    card = card_of(settings, version)
    client = registry.connect(settings)
    client.update_model_version(version.family, str(version.number), described(card, version))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / README
        path.write_text(card, encoding="utf-8")
        client.log_artifact(version.run_id, str(path), "model")
    return card


def described(card: str, version: Version) -> str:
    """Return as many whole lines of a card as a description holds, and where the rest is; its front matter left out.

    Pictures, which the card names beside itself, are named as MLflow's page finds them.
    """
    _, _, text = card.split("---\n", 2)
    text = text.strip().replace("](../", f"](get-artifact?run_uuid={version.run_id}&path=")
    if len(text) <= LONGEST:
        return text
    rest = f"\n\nThe rest: README.md among the model's files, or `atelier card {version.family}/{version.number}`."
    return text[: text.rindex("\n", 0, LONGEST - len(rest))] + rest


def _decided(version: Version) -> dict[str, Any]:
    """Return what the gate said last about a version; nothing where it has not."""
    return dict(json.loads(version.tags["decision"])) if "decision" in version.tags else {}


def _spent(settings: Settings, version: Version) -> dict[str, str]:
    """Return what a training took, of what was measured: nothing for a model that was trained elsewhere."""
    client = registry.connect(settings)
    run = client.get_run(version.run_id)
    histories = histories_of(client, run, COST)
    if not histories:
        return {}
    spent = {}
    if run.info.end_time:
        spent["From the first step asked for to the version"] = duration(
            (run.info.end_time - run.info.start_time) / 1000
        )
    if peaks := histories.get("peak_megabytes"):
        spent["Most memory of the training process"] = f"{max(peak for _, peak in peaks):,.0f} MB"
    if speeds := histories.get("samples_per_second"):
        spent["Samples a second, the median"] = f"{sorted(speed for _, speed in speeds)[len(speeds) // 2]:.3g}"
    return spent


def _previews(settings: Settings, version: Version) -> list[str]:
    """Return the last preview and the pictures of the last evaluation, as paths from the card."""
    client = registry.connect(settings)

    def named(folder: str) -> list[str]:
        files: list[FileInfo] = client.list_artifacts(version.run_id, folder)
        return sorted(file.path for file in files if Path(file.path).suffix in (".jpg", ".png"))

    judged = [path for path in named("evaluation") if version.tags.get("evaluation_set", "-") in path]
    return [f"../{path}" for path in [*named("previews")[-1:], *judged]]
