"""Which model versions learnt from artists who have opted out: a tag of the version, brought up to date when asked.

The opt-out list may be edited by hand, and a training that began before may end after: so the tag is never trusted to
be what it was, and whoever shows or decides by it has it renewed first.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from artmodels.bundle import weights_digest
from artmodels.errors import AtelierError
from artmodels.family import FAMILIES
from tasks import registry
from tasks.admission import plain_name, read_opt_out
from tasks.registry import Version
from tasks.rights.works import works_of
from tasks.runs import STARTED_FROM
from tasks.settings import Settings
from tasks.versions import NotHere

TAG = "opted_out"
"""Tag of a version: the artists who have opted out and from whom it learnt, with the number of their works, as JSON."""


@dataclass(frozen=True)
class Mark:
    """What is known of a version.

    Attributes:
        version: of the model.
        artists: who have opted out, with the number of their works that it, or one whose weights it began with,
            learnt from.
        untold: why that cannot be told, or not of all of it; empty where it can.
    """

    version: Version
    artists: dict[str, int] = field(default_factory=dict)
    untold: str = ""

    def __str__(self) -> str:
        if self.artists:
            who = ", ".join(self.artists)
            return (
                f"{self.version} learnt from {sum(self.artists.values())} works of artists who have opted out ({who})"
            )
        return f"whether {self.version} learnt from artists who have opted out cannot be told"


def mark(settings: Settings, version: Version) -> Mark:
    """Find out from which artists on today's opt-out list a version learnt, and keep it as its tag.

    Raises:
        AtelierError: the opt-out list or the registry cannot be read.
    """
    found = _look(settings, version, read_opt_out(settings), frozenset())
    client = registry.connect(settings)
    text = json.dumps(found.artists, ensure_ascii=False, sort_keys=True) if found.artists else None
    if text is not None and version.tags.get(TAG) != text:
        client.set_model_version_tag(version.family, str(version.number), TAG, text)
    # Where the data is gone, what was found out while it was there stays.
    elif text is None and not found.untold and TAG in version.tags:
        client.delete_model_version_tag(version.family, str(version.number), TAG)
    if found.untold and not found.artists and TAG in version.tags:
        return Mark(version, json.loads(version.tags[TAG]), found.untold)
    return found


def mark_all(settings: Settings) -> list[Mark]:
    """Mark every version of every family; return those that learnt from somebody on the list, or may have.

    Raises:
        AtelierError: the opt-out list or the registry cannot be read.
    """
    marks = [mark(settings, version) for family in FAMILIES for version in registry.versions(settings, family)]
    return [one for one in marks if one.artists or one.untold]


def notes(settings: Settings, versions: Iterable[Version]) -> list[str]:
    """Return a phrase for each version that learnt from somebody on the list, or may have; nothing where no one is.

    Raises:
        AtelierError: the opt-out list or the registry cannot be read.
    """
    if not read_opt_out(settings):
        return []
    marks = [mark(settings, version) for version in versions]
    return [str(one) for one in marks if one.artists or one.untold]


def _look(settings: Settings, version: Version, names: frozenset[str], seen: frozenset[int]) -> Mark:
    """Count the works of these artists in a version's data, and in that of the versions that it began with."""
    artists: Counter[str] = Counter()
    untold = ""
    if not names:
        return Mark(version)
    try:
        listed = works_of(settings, version)["artist"].value_counts()
        artists.update({name: int(count) for name, count in listed.items() if plain_name(str(name)) in names})
    except NotHere as error:
        untold = str(error)
    if STARTED_FROM in version.tags:
        before = beginning_of(settings, version)
        if before is None or before.number in seen:
            untold = untold or f"{version} began with a version that this registry does not have."
        else:
            earlier = _look(settings, before, names, seen | {version.number})
            # The same works, seen twice, are not twice as many.
            artists |= Counter(earlier.artists)
            untold = untold or earlier.untold
    return Mark(version, dict(artists.most_common()), untold)


def beginning_of(settings: Settings, version: Version) -> Version | None:
    """Return the version whose weights this one, which has the tag, began with, if it is in this registry.

    Numbers are those of the registry it was trained in; the digest tells whether this is it.
    """
    match = re.fullmatch(r"[\w-]+/(\d+) sha256:([0-9a-f]{64})", version.tags[STARTED_FROM])
    if match is None:
        return None
    try:
        before = registry.find(settings, version.family, match[1])
        return before if weights_digest(registry.fetch_bundle(settings, before)) == match[2] else None
    except AtelierError:
        return None
