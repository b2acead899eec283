"""The works that a model version learnt from: whose they are, under which licence, from where."""

import io
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pyarrow.parquet as pq

from artmodels.errors import AtelierError
from artmodels.family import Family, get_family
from tasks.registry import Version
from tasks.settings import Settings
from tasks.starters import CARD, read_card
from tasks.versions import NotHere, read_file

COLUMNS = ["kind", "artist", "licence", "source"]


def works_of(settings: Settings, version: Version) -> pd.DataFrame:
    """Return the works of the data that a version was trained and judged on, `COLUMNS`: as they were then, not today.

    Raises:
        NotHere: that data is neither in DVC's cache nor on its remote.
    """
    data_md5 = version.tags.get("data_md5", "")
    if not data_md5:
        raise NotHere(f"{version} does not say which data it learnt from.")
    family = get_family(version.family)
    works = _read(settings.root, settings.dvc_remote, data_md5, family.data)
    return works[works["kind"].isin(_kinds(family))]


def licences_on_card(settings: Settings, version: Version) -> Mapping[str, Mapping[str, int]]:
    """Return works by kind and licence as a starter's card tells them; nothing for a version that is no starter."""
    folder = settings.root / "starters" / version.family
    if "starter" not in version.tags or not (folder / CARD).is_file():
        return {}
    card = read_card(folder)
    return card.learnt_from if card.weights_sha256 == version.tags["starter"] else {}


def source_name(source: str) -> str:
    """Return where a work comes from, for counting: of an address the host."""
    return urlsplit(source).hostname or source


def _kinds(family: Family) -> tuple[str, ...]:
    return family.kinds if family.data == "pictures" else (family.data,)


@lru_cache(maxsize=8)
def _read(root: Path, remote: str, data_md5: str, data: str) -> pd.DataFrame:
    """Read the works of a version of the data once, however many models learnt from it."""
    name = "catalog.parquet" if data == "pictures" else f"{data}.parquet"
    content = read_file(root, remote, data_md5, name)
    columns = COLUMNS if data == "pictures" else ["author", "licence", "source"]
    try:
        works = pq.ParquetFile(io.BytesIO(content)).read(columns=columns).to_pandas()
    except (ValueError, OSError) as error:
        raise AtelierError(f"{name} of the data {data_md5} is damaged: {error}") from error
    return works if data == "pictures" else works.rename(columns={"author": "artist"}).assign(kind=data)
