"""Whether a job's memory grows with its items: peak memory of a process for 1,000 pictures against 100.

python -m benchmarks.batch_memory
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from tasks.batch import Item, item_key, run_job

FEW, MANY, SIDE = 100, 1000, 512


class Negative:
    """As little work as a renderer can do, so that pictures pile up if anything lets them."""

    def decode(self, item: Item) -> np.ndarray:
        """Read the picture: `(H, W, 3) uint8`."""
        return np.array(Image.open(item.payload).convert("RGB"))

    def shape(self, decoded: np.ndarray) -> tuple[int, ...]:
        """Batch pictures of equal size."""
        return decoded.shape

    def render(self, batch: list[np.ndarray]) -> list[np.ndarray]:
        """Turn the pictures negative."""
        return [255 - picture for picture in batch]


def run_pictures(count: int) -> None:
    """Make `count` pictures in this process and print the most memory it took, in MB."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        pixels = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(photo)
        items = (Item(item_key({"n": n}), f"{n}.jpg", {"n": n}, payload=photo) for n in range(count))
        run_job(items, Negative(), Path(folder) / "out", batch_size=4, decode_threads=2, encode_threads=2)
    # Linux counts in kilobytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)


def peak_megabytes(count: int) -> float:
    """Peak memory of a fresh process that makes `count` pictures."""
    command = [sys.executable, "-m", "benchmarks.batch_memory", str(count)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    if len(sys.argv) == 2:
        run_pictures(int(sys.argv[1]))
        return
    for pair in range(3):
        few, many = peak_megabytes(FEW), peak_megabytes(MANY)
        print(f"pair {pair + 1}: {FEW} pictures {few:.0f} MB, {MANY} pictures {many:.0f} MB: {many / few:.3f}")


if __name__ == "__main__":
    main()
