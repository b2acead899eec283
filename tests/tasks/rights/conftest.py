"""Fixtures of rights: a project whose data has several artists, in several versions."""

import hashlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from artmodels.family import get_family
from tasks import registry
from tasks.catalog import SCHEMA
from tasks.registry import Version
from tasks.settings import Settings


def row(number: int, **words: object) -> dict[str, object]:
    """A row of the catalog."""
    identity = hashlib.sha256(str(number).encode()).hexdigest()
    texts = dict.fromkeys(["title", "artist", "style", "genre", "licence", "source"], "")
    return (
        dict.fromkeys(SCHEMA.names)
        | texts
        | {
            **{"id": identity, "group": identity, "file": f"artworks/{number}.png", "kind": "artwork"},
            **{
                "width": 64,
                "height": 64,
                "phash": "0" * 16,
                "licence": "own work",
                "source": "https://museum.example/1",
            },
            **words,
        }
    )


@pytest.fixture
def lay_down(house: Settings) -> Callable[..., str]:
    """Put a version of the data into DVC's cache, as DVC would; return its md5."""
    (house.root / ".dvc").mkdir()
    (house.root / ".dvc" / "config").write_text("[core]\nno_scm = true\n")

    def store(content: bytes) -> str:
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        path = house.root / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return digest

    def lay_down(rows: list[dict[str, object]]) -> str:
        file = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), file)
        listed = json.dumps([{"md5": store(file.getvalue()), "relpath": "catalog.parquet"}]).encode()
        digest = store(listed)
        folder = house.root / ".dvc" / "cache" / "files" / "md5" / digest[:2]
        shutil.move(folder / digest[2:], folder / f"{digest[2:]}.dir")
        return f"{digest}.dir"

    return lay_down


@pytest.fixture
def learn(house: Settings, bundle: Path) -> Callable[..., Version]:
    """Register a version that learnt from a version of the data."""

    def learn(data_md5: str, **tags: str) -> Version:
        run_id = registry.start_run(house, "style", "test", {}, {})
        return registry.register(house, get_family("style"), run_id, bundle, {"data_md5": data_md5, **tags})

    return learn


@pytest.fixture(name="row")
def _row() -> Callable[..., dict[str, object]]:
    return row
