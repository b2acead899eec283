"""What a model version learnt from: versions of the data, and the works in them."""

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from artmodels.errors import AtelierError
from tasks.pack import shrunk
from tasks.prepare import Params, read_params
from tasks.registry import Version
from tasks.rights.marks import beginning_of
from tasks.runs import STARTED_FROM
from tasks.settings import Settings
from tasks.splits import split_of
from tasks.threads import map_in_order
from tasks.versions import read_file, read_files

COLUMNS = ("id", "file", "title", "artist", "split")
"""What is known of a work."""


@dataclass(frozen=True)
class Learnt:
    """A version of the data that was learnt from.

    Attributes:
        data_md5: of the version.
        dealt: whether `params.yaml` still deals the works to the splits as it did then. Where it may not, any of the
            works may have been learnt from.
    """

    data_md5: str
    dealt: bool


def learnt_by(settings: Settings, version: Version) -> tuple[list[Learnt], str]:
    """Return what a version learnt from, and the versions whose weights it began with; and why that is not all.

    Raises:
        AtelierError: the registry cannot be read.
    """
    params = settings.root / "params.yaml"
    now = hashlib.md5(params.read_bytes(), usedforsecurity=False).hexdigest() if params.is_file() else ""
    found: dict[Learnt, None] = {}
    seen: set[int] = set()
    while version.number not in seen:
        seen.add(version.number)
        if not (data_md5 := version.tags.get("data_md5", "")):
            return list(found), f"{version} does not say which data it learnt from."
        found[Learnt(data_md5, version.tags.get("params_md5") == now)] = None
        if STARTED_FROM not in version.tags:
            break
        before = beginning_of(settings, version)
        if before is None:
            return list(found), f"{version} began with a version that this registry does not have."
        version = before
    return list(found), ""


def works_of(settings: Settings, data_md5: str) -> list[dict[str, str]]:
    """Return the artworks of a version of the data, `COLUMNS`, by id; each in the split that `params.yaml` deals it to.

    Raises:
        NotHere: that data is neither in DVC's cache nor on its remote.
        AtelierError: its catalog cannot be read, or `params.yaml` cannot.
    """
    content = read_file(settings.root, settings.dvc_remote, data_md5, "catalog.parquet")
    try:
        table = pq.ParquetFile(io.BytesIO(content)).read(columns=[*COLUMNS[:-1], "kind", "group"])
    except (pa.ArrowException, OSError) as error:
        raise AtelierError(f"catalog.parquet of the data {data_md5} is damaged: {error}") from error
    split = params_of(settings).split
    return [
        {name: work[name] for name in COLUMNS[:-1]} | {"split": split_of(work["group"], split.fractions, split.seed)}
        for work in table.sort_by("id").to_pylist()
        if work["kind"] == "artwork"
    ]


def pictures_of(settings: Settings, data_md5: str, works: Sequence[Mapping[str, str]]) -> Iterator[np.ndarray]:
    """Yield the works' pictures, `(H, W, 3) uint8`, as small as they are for training.

    Raises:
        NotHere: a picture is neither in DVC's cache nor on its remote.
        AtelierError: a picture is damaged.
    """
    pack = params_of(settings).pack
    files = read_files(settings.root, settings.dvc_remote, data_md5, (work["file"] for work in works))
    yield from map_in_order(partial(shrunk, size=pack.size, longest=pack.longest), files)


def params_of(settings: Settings) -> Params:
    """Return what `params.yaml` says about preparing the data.

    Raises:
        AtelierError: it cannot be read.
    """
    return read_params(settings.root / "params.yaml")
