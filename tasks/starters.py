"""Models that ship with the project: trained bundles with their cards, tracked by `starters.dvc`.

    python -m tasks.starters FAMILY REFERENCE      # from this project's registry to `starters/FAMILY`

A starter enters a registry as any version does, with the lineage that its card tells, and has to pass the gate.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artmodels.bundle import COMPANION, CONFIG, WEIGHTS, load_bundle, weights_digest
from artmodels.errors import AtelierError
from artmodels.family import Family, get_family
from tasks import registry
from tasks.catalog import read_catalog
from tasks.files import replacing
from tasks.registry import Version
from tasks.runs import DECIDING, STARTED_FROM
from tasks.sequences import read_sequences
from tasks.settings import Settings, load_settings

CARD = "card.json"


class Card(BaseModel):
    """What is known of a starter: all of it recorded when it was trained."""

    model_config = ConfigDict(extra="forbid")

    family: str
    weights_sha256: str = Field(description="Of model.safetensors: the card speaks of these weights and no others.")
    companion_sha256: str = Field("", description="Of companion.safetensors; empty where there is none.")
    lineage: dict[str, str] = Field(description="The tags that the version had where it was trained.")
    learnt_from: dict[str, dict[str, int]] = Field(description="Works by kind and licence.")
    evaluation: dict[str, dict[str, float]] = Field(description="Figures on its own pinned set, with intervals.")


def adopt(settings: Settings, family: str) -> Version:
    """Register the starter of a family as the challenger; where it is registered already, return that version.

    Raises:
        AtelierError: no starter of this family ships, or its files do not fit together.
    """
    folder = _folder(settings, family)
    card = _checked_card(folder, family)
    if (known := _registered(settings, card)) is not None:
        return known
    tags = card.lineage | {"trigger": "the starter that ships", "starter": card.weights_sha256}
    bundle = load_bundle(folder, family)
    run_id = registry.start_run(settings, family, f"{family}-starter", bundle.config, tags)
    version = registry.register(settings, get_family(family), run_id, folder, tags)
    registry.finish_run(settings, run_id)
    return version


def foresee_adoption(settings: Settings, family: str) -> dict[str, Any]:
    """Tell what `adopt` would do; return it, and register nothing.

    Raises:
        AtelierError: as `adopt`.
    """
    folder = _folder(settings, family)
    known = _registered(settings, _checked_card(folder, family))
    return {
        "dry_run": True,
        "family": family,
        "starter": str(folder),
        "registered": known.number if known else None,
        "champion": registry.aliases(settings, family).get(registry.CHAMPION),
    }


def export(settings: Settings, family: str, reference: str) -> Path:
    """Copy a registered version to `starters/FAMILY` with its card; return the folder.

    Raises:
        AtelierError: there is no such version.
    """
    # Cards tell of rights, and rights of the starters' cards.
    from tasks.cards.card import README, card_of

    version = registry.find(settings, family, reference)
    source, folder = registry.fetch_bundle(settings, version), settings.root / "starters" / family
    folder.mkdir(parents=True, exist_ok=True)
    for name in (CONFIG, WEIGHTS, COMPANION):
        # So that a starter may be trained on, not only used.
        if (source / name).is_file():
            with replacing(folder / name) as part:
                shutil.copy(source / name, part)
        else:
            (folder / name).unlink(missing_ok=True)
    card = Card(
        family=family,
        weights_sha256=_digest(folder, WEIGHTS),
        companion_sha256=_digest(folder, COMPANION),
        lineage={name: version.tags[name] for name in (*DECIDING, STARTED_FROM) if name in version.tags},
        learnt_from=learnt_from(settings, get_family(family)),
        evaluation=json.loads(version.tags["evaluation"]),
    )
    with replacing(folder / CARD) as part:
        part.write_text(card.model_dump_json(indent=2) + "\n")
    with replacing(folder / README) as part:
        part.write_text(card_of(settings, version), encoding="utf-8")
    return folder


def read_card(folder: Path) -> Card:
    """Read a starter's card.

    Raises:
        AtelierError: it is missing or damaged.
    """
    try:
        return Card.model_validate_json((folder / CARD).read_bytes())
    except (OSError, ValidationError) as error:
        raise AtelierError(f"{folder / CARD} is missing or damaged: run `dvc pull starters.dvc`.") from error


def _checked_card(folder: Path, family: str) -> Card:
    """Return the card of a starter whose files are those that it speaks of."""
    card = read_card(folder)
    load_bundle(folder, family)
    for name, said in ((WEIGHTS, card.weights_sha256), (COMPANION, card.companion_sha256)):
        if _digest(folder, name) != said:
            raise AtelierError(
                f"{folder / CARD} speaks of other weights than {name} holds: run `dvc checkout starters`."
            )
    return card


def _registered(settings: Settings, card: Card) -> Version | None:
    """Return the version that a starter was registered as, if it was."""
    starters = [one for one in registry.versions(settings, card.family) if one.tags.get("starter")]
    return next((one for one in starters if one.tags["starter"] == card.weights_sha256), None)


def _digest(folder: Path, name: str) -> str:
    return weights_digest(folder, name) if (folder / name).is_file() else ""


def _folder(settings: Settings, family: str) -> Path:
    get_family(family)
    folder = settings.root / "starters" / family
    if not folder.is_dir():
        raise AtelierError(f"No starter of the family {family!r} ships: train a model with `atelier train {family}`.")
    return folder


def learnt_from(settings: Settings, family: Family) -> dict[str, dict[str, int]]:
    """Count what a family's models learn from, by kind and licence."""
    if (kind := family.data) != "pictures":
        counts = read_sequences(settings.data / f"{kind}.parquet")["licence"].to_pandas().value_counts()
        return {kind: {str(licence): int(number) for licence, number in counts.sort_index().items()}}
    catalog = read_catalog(settings.catalog).to_pandas()
    counts = catalog.groupby(["kind", "licence"]).size()
    return {kind: {str(k): int(n) for k, n in counts[kind].items()} for kind in counts.index.unique(0)}


def main(arguments: list[str]) -> int:
    """Export one version; return the exit status."""
    if len(arguments) != 2:
        print("usage: python -m tasks.starters FAMILY REFERENCE", file=sys.stderr)
        return 2
    try:
        print(export(load_settings(), *arguments))
    except AtelierError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
