"""What the shell offers where TAB is pressed; nothing heavy is imported, since a person waits for each."""

import os
from collections.abc import Iterable


def families(incomplete: str) -> list[str]:
    """Return the model families that begin so."""
    from artmodels.family import FAMILIES

    return _beginning(incomplete, FAMILIES)


def aliases(incomplete: str) -> list[str]:
    """Return the aliases of versions that begin so."""
    return _beginning(incomplete, ("champion", "challenger", "previous"))


def formats(incomplete: str) -> list[str]:
    """Return the kinds of picture files that begin so."""
    return _beginning(incomplete, ("png", "jpg", "webp"))


def kinds(incomplete: str) -> list[str]:
    """Return the kinds of works that begin so."""
    return _beginning(incomplete, ("artwork", "photograph", "music", "drawing", "critique"))


def reports(incomplete: str) -> list[str]:
    """Return the kinds of reports that begin so."""
    return _beginning(incomplete, ("training", "evaluation", "promotion"))


def events(incomplete: str) -> list[str]:
    """Return what may trigger a retraining and begins so."""
    return _beginning(incomplete, ("data", "drift"))


def family_options(incomplete: str) -> list[str]:
    """Return the options of the family that is named in the line, or else of style, as far as they begin so."""
    from importlib import import_module

    from artmodels.family import FAMILIES, TrainConfig

    # What stands before an option that has no value yet is not in the context.
    line = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")
    family = next((word for word in line.split() if word in FAMILIES), "style")
    # The family itself brings torch along; its options do not.
    module = vars(import_module(f"artmodels.{family}.config"))
    own = [one for one in module.values() if isinstance(one, type) and issubclass(one, TrainConfig)]
    names = dict.fromkeys(name for config in own for name in config.model_fields)
    return _beginning(incomplete, [f"{name}=" for name in names])


def _beginning(incomplete: str, words: Iterable[str]) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]
