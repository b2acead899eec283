"""Drift: how the model in use does on works that came in after its training, against the works it was judged on.

Both are judged side by side with today's encoder and data, so that a figure which is relative to its evaluation set
means the same for both; what was recorded when the model was judged is told beside it.
"""

import io
import json
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from artmodels.bundle import load_bundle
from artmodels.errors import AtelierError
from artmodels.family import FAMILIES, Family, Judged, get_family
from artmodels.images import PackedImages
from tasks import registry, versions
from tasks.evaluation import Interval, difference_of_means, read_params
from tasks.registry import Version
from tasks.settings import Settings

LEAST = 20
"""New works below which nothing is concluded: so few may be odd by chance."""

TAG = "drift"
"""The tag of a version that tells how it did on new works, when that was looked at last."""


@dataclass(frozen=True)
class Drift:
    """How a model in use does on works that are new to it; `difference` is the new works' mean less the known ones'."""

    family: str
    version: int
    metric: str
    works: int
    known: float
    fresh: float
    recorded: float
    difference: Interval
    drifted: bool
    data_md5: str

    def __str__(self) -> str:
        """The figure in words."""
        return (
            f"{self.metric} of {self.family} v{self.version} is {self.fresh:.4f} on {self.works} new works against "
            f"{self.known:.4f} on those it was judged by: difference {self.difference}"
        )


def families_in_use(settings: Settings) -> list[str]:
    """Return the families that have a champion."""
    return [family for family in FAMILIES if registry.CHAMPION in registry.aliases(settings, family)]


def measure(settings: Settings, family_name: str) -> Drift:
    """Judge the champion on works that its training data did not hold, and record the figure with it.

    It has drifted if the whole interval of the difference is on the bad side.

    Raises:
        AtelierError: it cannot be told, with the reason: the family judges no single works, there is no champion,
            too few works are new, or the data that it was trained on is lost.
    """
    family = get_family(family_name)
    if not family.judges_works:
        raise AtelierError(f"The {family_name} family judges no single works, so that drift cannot be told.")
    version = registry.find(settings, family_name)
    fresh, known = _works(settings, version)
    _demand(version, len(fresh), len(known))
    values = _judge(settings, family, version, fresh, known)
    drift = _compare(settings, family, version, values[values.index.isin(fresh)], values[~values.index.isin(fresh)])
    client = registry.connect(settings)
    client.set_model_version_tag(family_name, str(version.number), TAG, json.dumps(asdict(drift)))
    return drift


def _works(settings: Settings, version: Version) -> tuple[set[str], set[str]]:
    """Return the ids of the artworks that are new to a version, and of those that it was judged by."""
    trained_on = version.tags.get("data_md5", "")
    content = versions.read_file(settings.root, settings.dvc_remote, trained_on, "catalog.parquet")
    catalog = pq.read_table(io.BytesIO(content), columns=["id"])
    seen = set(catalog["id"].to_pylist())
    table = PackedImages(settings.prepared / "packed").table
    artworks = table[table["kind"] == "artwork"]
    new = ~artworks["id"].isin(seen)
    return set(artworks["id"][new]), set(artworks["id"][~new & (artworks["split"] == "test")])


def _judge(settings: Settings, family: Family, version: Version, fresh: set[str], known: set[str]) -> pd.Series:
    """Return the deciding metric of each work, by its id: a mean where a work is judged more than once."""
    params, packed = read_params(settings), settings.prepared / "packed"
    table = PackedImages(packed).table
    judged = _some(fresh, params.items) | _some(known, params.items)
    chosen = table["id"].isin(judged) | ((table["kind"] == "photograph") & (table["split"] == "test"))
    data = PackedImages(packed, np.where(chosen, "test", "passed over").tolist())
    model = family.load(load_bundle(registry.fetch_bundle(settings, version), family.name), settings.torch_device)
    found: Judged = family.evaluate(model, data, settings.root / params.judge, max(params.items, len(judged)))
    values = pd.Series(found.values[family.deciding.name], index=list(found.items))
    return values.groupby(level=0).mean()


def _some(ids: set[str], count: int) -> set[str]:
    """Return up to `count` of them, the same each time: ids are hashes, so that their order is as good as chance."""
    return set(sorted(ids)[:count])


def _compare(settings: Settings, family: Family, version: Version, fresh: pd.Series, known: pd.Series) -> Drift:
    # Some may lack what they are judged by, such as a style.
    _demand(version, len(fresh), len(known))
    difference = difference_of_means(fresh.to_numpy(), known.to_numpy())
    metric = family.deciding
    recorded = json.loads(version.tags.get("evaluation", "{}")).get(metric.name, {}).get("mean", float("nan"))
    return Drift(
        family=family.name,
        version=version.number,
        metric=metric.name,
        works=len(fresh),
        known=float(known.mean()),
        fresh=float(fresh.mean()),
        recorded=recorded,
        difference=difference,
        drifted=difference.low > 0 if metric.better == "lower" else difference.high < 0,
        data_md5=versions.data_md5(settings),
    )


def _demand(version: Version, fresh: int, known: int) -> None:
    if fresh < LEAST or known < 2:
        raise AtelierError(
            f"{version} can be judged on {fresh} works that are new to it and {known} that it was judged by: drift is "
            f"told from {LEAST} new ones on, since fewer may be odd by chance."
        )
