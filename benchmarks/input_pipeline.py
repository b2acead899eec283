"""How long a training sample takes to come in: packed images against decoding files.

    python benchmarks/input_pipeline.py                      # pictures of this project's `data/`
    python benchmarks/input_pipeline.py --folder PICTURES    # pictures of any folder

Both ways end in the same augmentation (`artmodels.augment.Augmentation`), on one thread:

- **files**: Pillow decodes the stored picture, then it is augmented;
- **packed**: the image is a view of the memory-mapped file that `dvc repro` makes, then it is augmented.

The pictures are packed into a temporary folder first; that is not part of the figures. After one round that
warms the file cache, each round takes all samples of one way and then of the other, so that both meet the same
state of the machine. The table gives medians of the rounds, in milliseconds a sample, and the median of the
rounds' ratios. What to look for: packed is at least three times as fast as files.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from artmodels.augment import Augmentation, sample_seed
from artmodels.errors import AtelierError
from artmodels.images import PackedImages
from tasks.pack import pack_images
from tasks.settings import load_settings
from tasks.sources.folder import SUFFIXES


def find_pictures(folder: Path, count: int) -> list[Path]:
    """Return up to `count` pictures below `folder`, evenly spread over their sorted paths."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise AtelierError(f"No pictures in {folder}: name a folder that has some with --folder.")
    return [paths[index] for index in np.linspace(0, len(paths) - 1, min(count, len(paths))).astype(int)]


def pack(paths: list[Path], folder: Path, size: int) -> PackedImages:
    """Pack the pictures; what the catalog says about them does not matter here."""
    rows = pd.DataFrame({"id": map(str, paths), "file": [path.resolve() for path in paths]})
    blank = dict.fromkeys(("kind", "split", "style", "genre", "artist", "title", "licence"), "")
    blank |= dict.fromkeys(("height", "width", "year", "rating_mean", "rating_count"), 0)
    pack_images(rows.assign(**blank), Path(), folder, size, 2 * size)
    return PackedImages(folder)


def milliseconds(sample: Callable[[int], object], count: int) -> float:
    """Return the mean time of `sample(0..count - 1)`."""
    began = time.perf_counter()
    for number in range(count):
        sample(number)
    return (time.perf_counter() - began) / count * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description="Packed images against decoding files.")
    parser.add_argument("--folder", type=Path, help="folder of pictures; without it, the project's data/")
    parser.add_argument("--count", type=int, default=500, help="pictures, at most")
    parser.add_argument("--size", type=int, default=256, help="shorter side of a packed image, pixels")
    parser.add_argument("--crop", type=int, default=224, help="side of a training crop, pixels")
    parser.add_argument("--rounds", type=int, default=7, help="pairs of measurements")
    options = parser.parse_args()

    paths = find_pictures(options.folder or load_settings().data, options.count)
    augment = Augmentation(options.crop)
    with tempfile.TemporaryDirectory() as folder:
        packed = pack(paths, Path(folder) / "packed", options.size)

        def from_files(number: int) -> np.ndarray:
            with Image.open(paths[number]) as picture:
                return augment(np.asarray(picture.convert("RGB")), sample_seed(0, 0, number))

        def from_packed(number: int) -> np.ndarray:
            return augment(packed[number], sample_seed(0, 0, number))

        ways = {"files": from_files, "packed": from_packed}
        rounds = [[milliseconds(way, len(paths)) for way in ways.values()] for _ in range(options.rounds + 1)][1:]

    print(f"{len(paths)} pictures, packed at {options.size} px, crops of {options.crop} px, {options.rounds} rounds\n")
    print(f"{'way':<8} {'ms a sample':>12} {'from .. to':>17}")
    for name, times in zip(ways, zip(*rounds, strict=True), strict=True):
        print(f"{name:<8} {statistics.median(times):>12.3f} {min(times):>8.3f} {max(times):>8.3f}")
    print(f"\npacked is {statistics.median(files / mapped for files, mapped in rounds):.1f} times as fast")


if __name__ == "__main__":
    main()
