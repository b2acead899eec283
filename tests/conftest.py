"""Fixtures that all rooms share: pictures made on the spot, and projects in temporary folders."""

import csv
import io
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

# Before anything imports torch: small networks are faster on one thread, and processes that each use all cores wait
# for one another at every barrier.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import hypothesis
import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image
from servers import S3, Postgres, postgres, postgres_binaries, s3

from tasks.pack import pack_images
from tasks.sequences import row_of, write_sequences
from tasks.settings import Settings, load_settings
from tasks.sources.sequences import Content
from tasks.splits import SPLITS, group_of, split_of

ROOT = Path(__file__).parent.parent
FRACTIONS = {"train": 0.5, "validation": 0.25, "test": 0.25}

# The first example of a test pays for imports, which says nothing about the code.
hypothesis.settings.register_profile("atelier", deadline=None, max_examples=60)
hypothesis.settings.load_profile("atelier")


def make_painting(seed: int, height: int = 96, width: int = 120) -> np.ndarray:
    """Return a smooth random picture, (height, width, 3) uint8: no two seeds look alike."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 7, 3), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def encode(image: np.ndarray | Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Return the bytes of a picture file, by Pillow."""
    picture = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


@pytest.fixture(name="make_painting", scope="session")
def _make_painting() -> Callable[..., np.ndarray]:
    return make_painting


@pytest.fixture(name="encode", scope="session")
def _encode() -> Callable[..., bytes]:
    return encode


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of eight small pictures in two styles."""
    folder = tmp_path / "pictures"
    for number in range(8):
        file = folder / ("Cubism" if number % 2 else "Rococo") / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encode(make_painting(number)))
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty folder, without git and DVC."""
    root = tmp_path / "plain"
    root.mkdir()
    return Settings(root=root)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a temporary project: git, DVC, a default remote, and the stages of this repository."""
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "dvc-site"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    (tmp_path / "gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n")
    for name in ("dvc.yaml", "params.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(ROOT / name, root / name)
    for room in ("tasks", "artmodels"):
        shutil.copytree(ROOT / room, root / room, ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".dvc").mkdir()
    (root / ".dvc" / "config").write_text(
        f"[core]\nanalytics = false\nremote = store\n['remote \"store\"']\nurl = {tmp_path / 'store'}\n"
    )
    (root / ".dvc" / ".gitignore").write_text("/config.local\n/tmp\n/cache\n")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Begin"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    return Settings(root=root)


@pytest.fixture
def real_data() -> Path:
    """The real data set; skips the test where it is not."""
    folder = Path(os.environ.get("ATELIER_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "paintings" / "labels.csv").is_file():
        pytest.skip(f"no real data at {folder}: set ATELIER_TEST_DATA")
    return folder


@pytest.fixture
def python_here() -> list[str]:
    """The command that runs this Python with this repository's rooms."""
    return ["env", f"PYTHONPATH={ROOT}", sys.executable]


def pack(folder: Path, splits: list[str]) -> Path:
    """Pack an artwork and a photograph for each of `splits`; return the folder."""
    rows = []
    for number in range(2 * len(splits)):
        kind, split = ("artwork", "photograph")[number % 2], splits[number // 2]
        (folder / f"{number}.png").write_bytes(encode(make_painting(number, 64 + 3 * number, 72)))
        rows.append({"id": f"{number:03d}", "kind": kind, "split": split, "file": f"{number}.png"})
    table = pd.DataFrame(rows).assign(height=0, width=0, year=None, rating_mean=None, rating_count=None)
    table[["title", "licence"]] = ""
    for name, every in {"style": 4, "genre": 6, "artist": 4}.items():
        table[name] = [f"{name} {number % every // 2}" for number in range(len(rows))]
    pack_images(table, folder, folder / "packed", 64, 128)
    write_made_up_sequences(folder / "sequences", splits * 2)
    return folder / "packed"


def write_made_up_sequences(folder: Path, splits: list[str]) -> None:
    """Write a piece of music, a drawing and a critique for each of `splits`: `KIND.parquet` in a folder."""
    made = {"music": make_piece, "drawing": make_drawing, "critique": make_critique}
    for kind, make in made.items():
        words = {"licence": "own work", "author": "Ada"}
        rows = [
            row_of(make(seed), words | {"split": split, "label": f"{kind} {seed % 2}", "title": f"{kind} no. {seed}"})
            for seed, split in enumerate(splits)
        ]
        write_sequences(folder / f"{kind}.parquet", rows)


def make_piece(seed: int, frames: int = 24) -> Content:
    """Return four voices that walk up and down a scale in chords: (frames, 4) pitches, the highest first."""
    scale = np.array([0, 2, 4, 5, 7, 9, 11])
    steps = np.abs(np.cumsum(np.random.default_rng(seed).integers(-1, 2, frames)))[:, None] + np.array([7, 4, 2, 0])
    pitches = 48 + 12 * (steps // 7 % 3) + scale[steps % 7]
    return np.sort(pitches, 1)[:, ::-1].astype(np.int16), {"frames_per_quarter": 1.0, "voices": 1.0}


def make_drawing(seed: int) -> Content:
    """Return a circle (even seeds) or a square in two strokes: (N, 3) dx, dy, 1 where the stroke ends."""
    chance = np.random.default_rng(seed)
    corners = 12 if seed % 2 == 0 else 4
    angles = np.linspace(0, 2 * np.pi, corners + 1) + chance.uniform(0, 0.2)
    points = chance.uniform(40, 60) * np.stack([np.cos(angles), np.sin(angles)], 1)
    offsets = np.diff(points, axis=0).round()
    ends = np.zeros(len(offsets))
    ends[[len(offsets) // 2, -1]] = 1
    return np.column_stack([offsets, ends]).astype(np.int16), {}


def make_critique(seed: int) -> Content:
    """Return words that praise or blame, and the scores that go with them."""
    chance = np.random.default_rng(seed)
    praise = seed % 2
    words = ("The light is calm and the colours glow", "The lines are stiff and the colours are dull")
    more = " ".join(chance.choice(["balance", "shade", "form", "brush", "space", "mood"], 6))
    total = 40.0 + 40 * praise + chance.integers(0, 10)
    return f"{words[1 - praise]}, {more}.", {"total": total, "colour": total / 10}


@pytest.fixture(scope="session")
def packed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packed pictures: artworks and photographs of several sizes in all three splits."""
    return pack(tmp_path_factory.mktemp("packed"), [*["train"] * 5, "validation", *["test"] * 4])


@pytest.fixture(scope="session")
def watched_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with as many works held out as watching a training takes."""
    return pack(tmp_path_factory.mktemp("watched"), [*["train"] * 6, *["validation"] * 4, *["test"] * 6])


@pytest.fixture(scope="session")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a small perceptual encoder: random ones, which compare pictures well enough for a test."""
    import torch
    from safetensors.torch import save_file

    from artmodels.perception.networks import CompactPerceptor

    path = tmp_path_factory.mktemp("teacher") / "teacher.safetensors"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        save_file(CompactPerceptor().state_dict(), path)
    return path


@pytest.fixture
def small_project(project: Settings, teacher: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The temporary project with small pictures and few items to judge on: the flows find it by the environment."""
    path = project.root / "params.yaml"
    params = yaml.safe_load(path.read_text())
    params["split"]["fractions"] = FRACTIONS
    params["pack"] = {"size": 64, "longest": 128}
    params["evaluation"]["items"] = 4
    path.write_text(yaml.safe_dump(params))
    project.weights.mkdir()
    (project.weights / "perceptor.safetensors").write_bytes(teacher.read_bytes())
    monkeypatch.setenv("ATELIER_ROOT", str(project.root))
    monkeypatch.setenv("ATELIER_DEVICE", "cpu")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return load_settings()


def series_of(split: str, first: int) -> str:
    """Return the name of a series that falls into a split."""
    names = (f"series {number}" for number in range(first, first + 1000))
    return next(name for name in names if split_of(group_of("", "Ada", name, None), FRACTIONS, 2) == split)


@pytest.fixture
def make_source(tmp_path: Path, make_painting, encode) -> Callable[[str, int, int], Path]:
    """Make a folder of pictures and its CSV: some in each split."""

    def make(name: str, count: int, seed: int) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        with (tmp_path / f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["path", "title", "artist", "series", "style"])
            for number in range(count):
                (folder / f"{number}.png").write_bytes(encode(make_painting(seed + number)))
                series = series_of(SPLITS[number % 3], 1000 * (seed + number))
                writer.writerow([f"{number}.png", f"{name} {number}", "Ada", series, f"style {number % 2}"])
        return folder

    return make


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A throw-away PostgreSQL cluster on loopback; skips the test where its programs are not installed."""
    binaries = postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL's server programs are not installed (Debian's package `postgresql`)")
    with postgres(binaries) as cluster:
        yield cluster


@pytest.fixture
def database(postgres_server: Postgres) -> str:
    """The name of an empty database in it."""
    name = f"test_{uuid.uuid4().hex[:8]}"
    postgres_server.create(name)
    return name


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3]:
    """An S3 endpoint on loopback."""
    with s3() as server:
        yield server


@pytest.fixture
def bucket(s3_server: S3, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an empty bucket in it, which the environment may use."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    name = f"studio-{uuid.uuid4().hex[:8]}"
    s3_server.create(name)
    return name
