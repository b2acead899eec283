"""Compares generated pictures with what their model learnt from, and says so in their records."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from artmodels.errors import AtelierError
from artmodels.perception import Perceptor, load_perceptor
from tasks.batch import JSON
from tasks.copies.index import Found, Index
from tasks.copies.learnt import learnt_by
from tasks.copies.looks import look_at
from tasks.copies.store import index_key, open_index
from tasks.evaluation import read_params
from tasks.registry import Version
from tasks.settings import Settings


@dataclass(frozen=True)
class Comparison:
    """What the pictures of a model version are compared with; nothing, where that is off.

    Attributes:
        settings: where the data is, and what happens to copies.
        eye: the perceptual encoder; None where there is nothing to compare with.
        indexes: one for each version of the data that was learnt from and is here, by its key.
        why_not: why pictures are not compared, or not with all of it; empty where they are.
    """

    settings: Settings
    eye: Perceptor | None = None
    indexes: dict[str, Index] = field(default_factory=dict)
    why_not: str = ""

    @property
    def key(self) -> dict[str, JSON]:
        """What decides the records of pictures, beside the pictures; nothing where they are not compared by setting."""
        if self.settings.copies == "off":
            return {}
        return {"copies": {"setting": self.settings.copies, "compared_with": [*self.indexes]}}

    def find(self, pictures: Sequence[np.ndarray]) -> list[Found | None]:
        """Return the nearest work of each picture `(S, S, 3) uint8`; None where there is nothing to compare with.

        Each answer depends on its picture alone.
        """
        if not self.indexes or not pictures:
            return [None] * len(pictures)
        assert self.eye is not None
        looks = look_at(pictures, self.eye)
        each = [index.search(looks) for index in self.indexes.values()]
        return [min(found, key=lambda one: (not one.copy, one.distance)) for found in zip(*each, strict=True)]

    def judge(self, records: Sequence[dict[str, JSON]], pictures: Sequence[np.ndarray]) -> list[str]:
        """Write into each picture's record what it is nearest to, and whether it is a copy; return why it is withheld.

        Returns:
            for each picture a reason that names the work; "" where nothing stands against it.
        """
        if self.settings.copies == "off":
            return [""] * len(records)
        reasons = []
        for record, found in zip(records, self.find(pictures), strict=True):
            record |= self.told(found)
            findings = record.get("findings")
            said = self.verdict(found)
            record["findings"] = (findings if isinstance(findings, dict) else {}) | {"copy": said}
            reasons.append(words_of(found) if found and said and self.settings.copies == "withhold" else "")
        return reasons

    def verdict(self, found: Found | None) -> bool | None:
        """Whether a picture is a copy; None where nobody can tell."""
        return True if found and found.copy else None if self.why_not else False

    def told(self, found: Found | None) -> dict[str, JSON]:
        """What a record says of the nearest work, and of what could not be compared."""
        nearest: dict[str, JSON] = {"nearest": self._nearest(found)} if found else {}
        return nearest | ({"not_compared": self.why_not} if self.why_not else {})

    def _nearest(self, found: Found) -> dict[str, JSON]:
        work = found.work
        return {
            "path": str(self.settings.data / work["file"]),
            "sha256": work["id"],
            "title": _title(work),
            "distance": round(found.distance, 4),
            "limit": round(found.limit, 4),
            "features": round(found.features, 4),
            "hash_bits": found.hash_bits,
            "copy": found.copy,
        }


def words_of(found: Found) -> str:
    """Say of which work a picture is a copy."""
    return (
        f"withheld: as near as a copy to {_title(found.work)} (data/{found.work['file']}), {found.distance:.3g} apart"
    )


def open_comparison(settings: Settings, version: Version, side: int) -> Comparison:
    """Return what a version's pictures, `side` pixels wide, are compared with.

    Raises:
        AtelierError: copies are to be withheld, and it cannot be told for all that the version learnt from.
    """
    if settings.copies == "off":
        return Comparison(settings)
    indexes: dict[str, Index] = {}
    eye = None
    learnt, why_not = learnt_by(settings, version)
    for one in learnt:
        try:
            eye = eye or load_perceptor(settings.root / read_params(settings).judge, settings.torch_device)
            indexes[index_key(settings, one, eye, side)] = open_index(settings, one, eye, side)
        except AtelierError as error:
            why_not = why_not or str(error)
    if why_not and settings.copies == "withhold":
        raise AtelierError(f"ATELIER_COPIES=withhold, but the pictures of {version} cannot be compared: {why_not}")
    return Comparison(settings, eye, indexes, why_not)


def _title(work: dict[str, str]) -> str:
    title = work["title"] or work["file"].rpartition("/")[2]
    return f"{title} by {work['artist']}" if work["artist"] else title
