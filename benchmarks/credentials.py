"""What credentials cost: milliseconds and bytes a picture, encoded and signed as a batch job does it.

    python -m benchmarks.credentials              # 200 pictures of each kind at 512 px
    python -m benchmarks.credentials --count 50 --size 1024

Times are of the processor, so that other work on the machine counts as little as it can; the pictures are smooth, with
a little grain. `inputs` names a content and a style, two JPEG files, as `atelier stylize` does.
"""

import argparse
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from tasks.batch.encode import encode_picture
from tasks.pictures import file_sha256
from tasks.provenance import open_credentials
from tasks.provenance.reading import Verifier
from tasks.settings import Settings

RUNS = 5
"""Of which the median counts."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="pictures of each kind")
    parser.add_argument("--size", type=int, default=512, help="side of a picture in pixels")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), wanted.count, wanted.size)


def measure(folder: Path, count: int, size: int) -> None:
    """Print a row for each format, without and with inputs."""
    settings = Settings(root=folder)
    credentials, verifier = open_credentials(settings), Verifier(settings)
    image = make_picture(size)
    content = folder / "content.jpg"
    content.write_bytes(encode_picture(image, ".jpg"))
    described = {"path": str(content), "sha256": file_sha256(content)}
    generated: dict[str, Any] = {"seed": 7, "model": {"name": "gan", "version": 1, "data_md5": "0" * 32 + ".dir"}}
    records = {"no inputs": generated, "inputs": generated | {"content": described, "style": described}}
    print(f"{size} px, {count} pictures, median of {RUNS} runs, ms of processor time a picture")
    print(f"{'format':7} {'record':10} {'encode':>8} {'sign':>8} {'verify':>8} {'bytes':>9} {'more':>7}")
    for suffix in (".png", ".jpg", ".webp"):
        plain = encode_picture(image, suffix)
        encoding = cost(lambda suffix=suffix: encode_picture(image, suffix), max(count // 4, 1))
        for name, record in records.items():
            title = f"picture{suffix}"
            signed = credentials.sign(plain, title, record)
            assert np.array_equal(pixels(signed), pixels(plain))
            path = folder / title
            path.write_bytes(signed)
            signing = cost(lambda: credentials.sign(plain, title, record), count)  # noqa: B023 - called at once
            reading = cost(lambda: verifier.verify(path), count)  # noqa: B023 - called at once
            more = len(signed) - len(plain)
            print(f"{suffix:7} {name:10} {encoding:8.2f} {signing:8.2f} {reading:8.2f} {len(plain):9} {more:7}")


def cost(work: Callable[[], object], count: int) -> float:
    """Return the milliseconds of processor time that a piece of work takes: the median of several runs."""
    work()
    runs = []
    for _ in range(RUNS):
        started = time.process_time()
        for _ in range(count):
            work()
        runs.append((time.process_time() - started) / count * 1000)
    return median(runs)


def pixels(data: bytes) -> np.ndarray:
    """Decode a picture's file."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def make_picture(size: int) -> np.ndarray:
    """Return a smooth picture with a little grain, `(size, size, 3) uint8`."""
    chance = np.random.default_rng(0)
    coarse = Image.fromarray(chance.integers(0, 256, (12, 12, 3), np.uint8)).resize(
        (size, size), Image.Resampling.BICUBIC
    )
    grain = chance.normal(0, 3, (size, size, 3))
    return (np.asarray(coarse) + grain).clip(0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
