"""Fixtures of copies: a studio whose generator learnt from works that are in DVC's cache."""

import hashlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from artmodels.bundle import save_bundle
from artmodels.family import get_family
from artmodels.gan.config import GanConfig
from artmodels.gan.module import GanModule
from artmodels.gan.painter import GanPainter
from artmodels.pictures import centre_square
from tasks import registry
from tasks.catalog import SCHEMA
from tasks.copies.compare import open_comparison
from tasks.provenance.identity import open_identity
from tasks.settings import Settings
from tasks.splits import split_of

SIDE, WORKS, PLAIN = 64, 24, 100
FRACTIONS = {"train": 0.5, "validation": 0.25, "test": 0.25}


def painting(make_painting: Callable[..., np.ndarray], seed: int) -> np.ndarray:
    """A work; that of the seed `PLAIN` shows so little that its drawing is nothing."""
    if seed != PLAIN:
        return make_painting(seed)
    return cv2.resize(np.array([[[60, 90, 120], [64, 92, 121]]], np.uint8), (120, 96), interpolation=cv2.INTER_LINEAR)


def catalogued(name: str, number: int, split: str) -> dict[str, object]:
    """A row of the catalog, of a work that falls into a split."""
    identity = hashlib.sha256(name.encode()).hexdigest()
    groups = (hashlib.sha256(f"{name} {chance}".encode()).hexdigest() for chance in range(1000))
    texts = {"title": f"Work {number}", "artist": "Ada", "style": "", "genre": "", "licence": "own work", "source": ""}
    group = next(one for one in groups if split_of(one, FRACTIONS, 2) == split)
    places = {"id": identity, "group": group, "file": name, "kind": "artwork", "phash": "0" * 16}
    return dict.fromkeys(SCHEMA.names) | texts | places | {"width": 120, "height": 96}


def lay_down(root: Path, works: dict[int, bytes]) -> str:
    """Put a version of the data into DVC's cache: every fourth is learnt from; return its md5."""
    (root / ".dvc").mkdir(exist_ok=True)
    (root / ".dvc" / "config").write_text("[core]\nno_scm = true\n")
    files = {f"artworks/{number}.png": content for number, content in works.items()}
    splits = ("train" if number % 4 == 0 else "test" for number in works)
    rows = [catalogued(name, *each) for name, *each in zip(files, works, splits, strict=True)]
    catalog = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), catalog)

    def store(content: bytes, suffix: str = "") -> str:
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest() + suffix
        path = root / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return digest

    files["catalog.parquet"] = catalog.getvalue()
    listed = [{"md5": store(content), "relpath": name} for name, content in files.items()]
    return store(json.dumps(listed).encode(), ".dir")


@pytest.fixture(scope="session")
def built(
    tmp_path_factory: pytest.TempPathFactory, empty_registry: Path, teacher: Path, make_painting, encode
) -> Settings:
    """The studio and its index, made once: 7 works learnt from, of which one is plain, and 18 held out."""
    root = tmp_path_factory.mktemp("copies") / "studio"
    settings = Settings(root=root, device="cpu")
    settings.scratch.mkdir(parents=True)
    shutil.copy(empty_registry, settings.scratch / "mlflow.db")
    (root / "weights").mkdir()
    shutil.copy(teacher, root / "weights" / "perceptor.safetensors")
    weights = "weights/perceptor.safetensors"
    (root / "params.yaml").write_text(
        f"split: {{fractions: {json.dumps(FRACTIONS)}, seed: 2}}\npack: {{size: 96, longest: 128}}\n"
        f"evaluation: {{teacher: {weights}, judge: {weights}, items: 4}}\n"
    )
    works = {number: encode(painting(make_painting, number)) for number in [*range(WORKS), PLAIN]}
    for number, content in works.items():
        (settings.data / f"artworks/{number}.png").parent.mkdir(parents=True, exist_ok=True)
        (settings.data / f"artworks/{number}.png").write_bytes(content)
    params_md5 = hashlib.md5((root / "params.yaml").read_bytes(), usedforsecurity=False).hexdigest()
    tags = {"data_md5": lay_down(root, works), "params_md5": params_md5}
    module = GanModule(GanConfig(resolution=SIDE, width=4, widest=8, latent=4), [])
    bundle = save_bundle(root / "gan", "gan", module.bundle_config(), module.bundle_state(), {})
    run_id = registry.start_run(settings, "gan", "test", {}, {})
    version = registry.register(settings, get_family("gan"), run_id, bundle, tags)
    registry.connect(settings).set_registered_model_alias("gan", registry.CHAMPION, str(version.number))
    open_comparison(settings, version, SIDE)
    open_identity(settings)
    return settings


@pytest.fixture
def studio(built: Settings, tmp_path: Path) -> Settings:
    """A copy of it, to be spoilt."""
    shutil.copytree(built.root, tmp_path / "studio", symlinks=True)
    return built.model_copy(update={"root": tmp_path / "studio"})


@pytest.fixture
def paint(monkeypatch: pytest.MonkeyPatch, make_painting) -> list[int]:
    """Let the generator replay a work, or paint a new one, by its seed; the list tells which were painted."""
    painted: list[int] = []

    def generate(painter: GanPainter, seed: int, *_: object, **__: object) -> np.ndarray:
        painted.append(seed)
        return centre_square(painting(make_painting, seed), SIDE)

    monkeypatch.setattr(GanPainter, "generate", generate)
    return painted


@pytest.fixture
def lay_down_more(studio: Settings, make_painting, encode) -> Callable[[range], str]:
    """Put another version of the data into the studio's cache; return its md5."""
    return lambda numbers: lay_down(studio.root, {number: encode(make_painting(number)) for number in numbers})
