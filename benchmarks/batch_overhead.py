"""What the batch engine costs: a style-transfer job against a bare loop that calls the same model.

    python -m benchmarks.batch_overhead [PAIRS PICTURES]

Job and loop take turns at going first; each decodes, paints and writes the same pictures at 512 px. The network has
random weights, which cost what trained ones do. Prints the ratio of their seconds for every pair and the median:
below 1, the job is the faster.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from artmodels.bundle import Bundle
from artmodels.style.network import StyleTransferNet
from artmodels.style.painter import StylePainter
from tasks.batch import Item, item_key, run_job
from tasks.batch.encode import write_picture
from tasks.decode import decode

SIDE = 512


class Renderer:
    """The style-transfer network at its real size, painting everything in one style."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.painter = StylePainter(Bundle("style", {}, dict(StyleTransferNet().state_dict())))
        self.code = self.painter.encode(np.zeros((SIDE, SIDE, 3), np.uint8))

    def decode(self, item: Item) -> np.ndarray:
        """Read the picture: `(H, W, 3) uint8`."""
        return decode(item.payload, SIDE * SIDE, 1).image

    def shape(self, decoded: np.ndarray) -> tuple[int, ...]:
        """Batch pictures of equal size."""
        return decoded.shape

    def render(self, batch: list[np.ndarray]) -> list[np.ndarray]:
        """Paint."""
        return self.painter.paint(batch, [self.code] * len(batch))


def make_photo(random: np.random.Generator, side: int = SIDE) -> np.ndarray:
    """Return a picture `(side, side, 3) uint8` with the detail of a photograph."""
    rough = random.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    photo = cv2.resize(rough, (side, side), interpolation=cv2.INTER_CUBIC)
    return (photo + random.normal(0, 6, photo.shape)).clip(0, 255).astype(np.uint8)


def make_photos(folder: Path, count: int, side: int = SIDE) -> list[Item]:
    """Write JPEGs with the detail of photographs and plan one output for each."""
    random = np.random.default_rng(0)
    items = []
    for number in range(count):
        path = folder / f"{number}.jpg"
        Image.fromarray(make_photo(random, side)).save(path, quality=92)
        items.append(Item(item_key({"photo": number}), f"{number}.png", {}, payload=path))
    return items


def bare_loop(items: list[Item], renderer: Renderer, out: Path) -> None:
    """Decode, render, write; one after the other."""
    for item in items:
        [picture] = renderer.render([renderer.decode(item)])
        write_picture(picture, out / item.output)


def seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(items: list[Item], pairs: int) -> list[float]:
    """Run the job and the loop in turns; return the ratio of their seconds, one a pair."""
    renderer = Renderer()
    renderer.render([renderer.decode(items[0])])
    ratios = []
    for pair in range(pairs):
        with tempfile.TemporaryDirectory() as folder:
            works = {
                "job": partial(run_job, items, renderer, Path(folder) / "job"),
                "loop": partial(bare_loop, items, renderer, Path(folder) / "loop"),
            }
            order = ["job", "loop"] if pair % 2 else ["loop", "job"]
            each = {name: 1000 * seconds_of(works[name]) / len(items) for name in order}
        ratios.append(each["job"] / each["loop"])
        print(f"pair {pair + 1}: job {each['job']:.1f} ms, loop {each['loop']:.1f} ms a picture: {ratios[-1]:.3f}")
    return ratios


def main() -> None:
    pairs, pictures = map(int, sys.argv[1:] or (7, 20))
    with tempfile.TemporaryDirectory() as folder:
        ratios = compare(make_photos(Path(folder), pictures), pairs)
    print(f"median ratio {statistics.median(ratios):.3f}, from {min(ratios):.3f} to {max(ratios):.3f}")


if __name__ == "__main__":
    main()
