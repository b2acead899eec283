"""A toy job: every picture of a folder as a negative. Also a program, so that tests can kill it."""

import hashlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from artmodels.errors import AtelierError
from tasks.batch import Item, item_key, run_job


@dataclass
class Negative:
    """Turns pictures negative; sleeps `seconds` for each, as a model would keep the thread."""

    seconds: float = 0.0

    def decode(self, item: Item) -> np.ndarray:
        try:
            return np.array(Image.open(item.payload).convert("RGB"))
        except (UnidentifiedImageError, OSError) as error:
            raise AtelierError(f"{item.payload} is no picture: {error}") from error

    def shape(self, decoded: np.ndarray) -> tuple[int, ...]:
        return decoded.shape

    def render(self, batch: list[np.ndarray]) -> list[np.ndarray]:
        assert len({one.shape for one in batch}) == 1
        time.sleep(self.seconds * len(batch))
        return list(255 - np.stack(batch))


def write_pictures(folder: Path, count: int, seed: int = 0, side: int = 24) -> Path:
    """Fill a folder with pictures of noise of four sizes."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    for number in range(count):
        height, width = side + 4 * random.integers(0, 2, 2)
        pixels = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:04d}.png", compress_level=1)
    return folder


def plan(folder: Path, model: str = "1", suffix: str = ".png") -> Iterator[Item]:
    """One item a file of the folder, in order."""
    for path in sorted(folder.iterdir()):
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        record = {
            "content": {"path": str(path), "sha256": sha256},
            "model": {"name": "negative", "version": model},
        }
        yield Item(item_key(record), f"{path.stem}{suffix}", record, payload=path)


def contents(out: Path) -> dict[str, bytes]:
    """The bytes of every picture in a job's folder."""
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.png"))}


if __name__ == "__main__":
    source, out = map(Path, sys.argv[1:])
    run_job(plan(source), Negative(0.005), out, batch_size=3, decode_threads=2, encode_threads=2)
