"""What the batch engine costs: a job against a bare loop that calls the same renderer.

    python benchmarks/batch_overhead.py [PAIRS PICTURES]

Job and loop take turns at going first; each decodes, renders and writes the same pictures. Prints the ratio
of their seconds for every pair and the median: below 1, the job is the faster.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image

from tasks.batch import Item, Renderer, item_key, run_job
from tasks.batch.encode import write_picture

SIDE = 512


class ToyNetwork:
    """A convolutional network of about 100 ms a picture of 512 px on two cores; teaches nobody anything."""

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        shapes = [(16, 3, 9, 9), *[(16, 16, 3, 3)] * 3, (3, 16, 9, 9)]
        self.weights = [torch.randn(shape, generator=generator) * 0.06 for shape in shapes]

    def decode(self, item: Item) -> np.ndarray:
        """Read the picture: `(H, W, 3) uint8`."""
        return np.array(Image.open(item.payload).convert("RGB"))

    def shape(self, decoded: np.ndarray) -> tuple[int, ...]:
        """Batch pictures of equal size."""
        return decoded.shape

    @torch.inference_mode()
    def render(self, batch: list[np.ndarray]) -> list[np.ndarray]:
        """One picture at a time, as the real models do on a CPU."""
        return [self._paint(picture) for picture in batch]

    def _paint(self, picture: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(picture).permute(2, 0, 1)[None].float().div(255)
        for weight in self.weights[:-1]:
            x = torch.relu(torch.conv2d(x, weight, padding=weight.shape[-1] // 2))
        x = torch.sigmoid(torch.conv2d(x, self.weights[-1], padding=4))
        return x[0].mul(255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()


def make_photos(folder: Path, count: int, side: int = SIDE) -> list[Item]:
    """Write JPEGs with the detail of photographs and plan one output for each."""
    random = np.random.default_rng(0)
    items = []
    for number in range(count):
        rough = random.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        photo = cv2.resize(rough, (side, side), interpolation=cv2.INTER_CUBIC)
        grain = random.normal(0, 6, photo.shape)
        path = folder / f"{number}.jpg"
        Image.fromarray((photo + grain).clip(0, 255).astype(np.uint8)).save(path, quality=92)
        items.append(Item(item_key({"photo": number}), f"{number}.png", {}, payload=path))
    return items


def bare_loop(items: list[Item], renderer: Renderer[Any], out: Path) -> None:
    """Decode, render, write; one after the other."""
    for item in items:
        [picture] = renderer.render([renderer.decode(item)])
        write_picture(picture, out / item.output)


def seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(make_renderer: Callable[[], Renderer[Any]], items: list[Item], pairs: int) -> list[float]:
    """Run the job and the loop in turns; return the ratio of their seconds, one a pair."""
    renderer = make_renderer()
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
        ratios = compare(ToyNetwork, make_photos(Path(folder), pictures), pairs)
    print(f"median ratio {statistics.median(ratios):.3f}, from {min(ratios):.3f} to {max(ratios):.3f}")


if __name__ == "__main__":
    main()
