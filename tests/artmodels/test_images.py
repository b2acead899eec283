import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from artmodels.errors import AtelierError
from artmodels.images import COLUMNS, INDEX, PIXELS, PackedImages


def write_packed(folder: Path, images: list[np.ndarray]) -> Path:
    """Write packed images as a reader expects them, independently of the writer in `tasks`."""
    folder.mkdir()
    (folder / PIXELS).write_bytes(b"".join(image.tobytes() for image in images))
    rows = [
        dict.fromkeys(COLUMNS, "")
        | {"id": str(number), "kind": ("artwork", "photograph")[number % 2], "split": ("train", "test")[number // 4]}
        | {"offset": sum(image.nbytes for image in images[:number])}
        | {"height": image.shape[0], "width": image.shape[1], "year": None, "rating_mean": None, "rating_count": 1}
        for number, image in enumerate(images)
    ]
    pd.DataFrame(rows, columns=list(COLUMNS)).to_parquet(folder / INDEX)
    return folder


@pytest.fixture
def images(make_painting) -> list[np.ndarray]:
    return [make_painting(seed, 20 + seed, 30 - seed) for seed in range(6)]


def test_images_come_back_as_read_only_views(tmp_path, images):
    packed = PackedImages(write_packed(tmp_path / "packed", images))
    assert len(packed) == 6
    for number, image in enumerate(images):
        assert np.array_equal(packed[number], image)
        assert type(packed[number]) is np.ndarray
        assert packed[number].base is not None
        assert not packed[number].flags.writeable
    with pytest.raises(IndexError):
        packed[6]


def test_where_selects_by_kind_and_split(tmp_path, images):
    packed = PackedImages(write_packed(tmp_path / "packed", images))
    assert packed.where().tolist() == [0, 1, 2, 3, 4, 5]
    assert packed.where(kind="photograph").tolist() == [1, 3, 5]
    assert packed.where(split="test").tolist() == [4, 5]
    assert packed.where(kind="artwork", split="train").tolist() == [0, 2]
    assert packed.where(kind="sculpture").tolist() == []


def mean_of(packed: PackedImages, number: int) -> float:
    return float(packed[number].mean())


def test_a_spawned_process_maps_the_file_itself(tmp_path, images):
    packed = PackedImages(write_packed(tmp_path / "packed", images))
    assert len(pickle.dumps(packed)) < 500
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(mean_of, packed, 3).result() == images[3].mean()


def test_the_digest_follows_the_index(tmp_path, images):
    first = PackedImages(write_packed(tmp_path / "a", images))
    same = PackedImages(write_packed(tmp_path / "b", images))
    other = PackedImages(write_packed(tmp_path / "c", images[:-1]))
    assert first.digest == same.digest != other.digest
    assert len(first.digest) == 64


def test_no_images_are_no_fault(tmp_path):
    assert len(PackedImages(write_packed(tmp_path / "packed", []))) == 0


def test_faults_say_what_to_do(tmp_path, images):
    with pytest.raises(AtelierError, match=r"No packed images in .*: run `dvc repro`"):
        PackedImages(tmp_path / "none")
    folder = write_packed(tmp_path / "packed", images)
    whole = (folder / PIXELS).read_bytes()
    for content in (whole[:-1], whole + b"x", b""):
        (folder / PIXELS).write_bytes(content)
        with pytest.raises(AtelierError, match=f"has {len(content)} bytes where the index describes {len(whole)}"):
            PackedImages(folder)
    (folder / PIXELS).write_bytes(whole)
    index = pd.read_parquet(folder / INDEX)
    index.assign(offset=index["offset"] + 1).to_parquet(folder / INDEX)
    with pytest.raises(AtelierError, match="where the index describes"):
        PackedImages(folder)
    index.drop(columns="genre").to_parquet(folder / INDEX)
    with pytest.raises(AtelierError, match="no column 'genre'"):
        PackedImages(folder)
    (folder / INDEX).write_bytes(b"PAR1 but not much more")
    with pytest.raises(AtelierError, match="is damaged"):
        PackedImages(folder)
    (folder / PIXELS).unlink()
