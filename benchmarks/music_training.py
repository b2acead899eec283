"""Frames that the composer learns from in a second, against a plain padded loop of the same network.

    python -m benchmarks.music_training SET.mat [--rounds 5] [--steps 4]

Ways take turns on the same machine. Plain: float32, windows in random order, all padded to the longest of the batch,
every frame's chain run for as many notes as the fullest frame of the set has. Buckets: windows of like length, as the
family has them, and the same padded chain. Packed: the chain goes on with the frames that have notes left, as `atelier
train music` does; then the same in bfloat16. A frame counts if it is music, not padding; a step is forward, backward
and AdamW.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the library's own convention
from torch import Tensor

from artmodels.music.config import MusicConfig
from artmodels.music.network import MusicNet, Windows
from artmodels.music.notes import END
from artmodels.music.pieces import learn_resolution, read_pieces
from artmodels.music.samples import PieceWindows
from benchmarks.music_nll import prepare


class PaddedNet(MusicNet):
    """The network as most write it first: every frame has as many steps as the fullest, and masks do the rest."""

    def frame_nats(self, context: Tensor, history: Tensor, notes: Tensor) -> Tensor:
        """The same figures, `(M,)`."""
        chosen, tables = self.chain.begin(context, history), self.chain.tables()
        total, open_ = torch.zeros(len(notes)), torch.ones(len(notes))
        for step in range(notes.shape[1] + 1):
            target = notes[:, step] if step < notes.shape[1] else torch.full_like(notes[:, 0], END)
            nats = F.cross_entropy(self.chain.logits(chosen, tables).float(), target, reduction="none")
            total = total + nats * open_
            open_ = open_ * (target != END)
            chosen = self.chain.take(chosen, target.clamp(max=END - 1), tables)
        return total


class Padded(Windows):
    """Windows whose padding counts, too."""

    def scored(self) -> Tensor:
        """All frames."""
        return torch.ones(self.notes.shape[:2], dtype=torch.bool)


class Way:
    """One way to train, a few steps at a time."""

    def __init__(self, source: PieceWindows, *, buckets: bool, packed: bool, half: bool) -> None:
        self.source, self.buckets, self.packed, self.half = source, buckets, packed, half
        torch.manual_seed(0)
        self.network = (MusicNet if packed else PaddedNet)(source.config)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), source.config.learning_rate)
        self.number = 0

    def run(self, steps: int) -> float:
        """Take steps; return the frames of music a second."""
        batches = [self._batch() for _ in range(steps)]
        started = time.perf_counter()
        for windows in batches:
            with torch.autocast("cpu", torch.bfloat16) if self.half else nullcontext():
                nats, _ = self.network(windows if self.packed else Padded(*windows))
            self.optimizer.zero_grad()
            nats[windows.scored()].mean().backward()
            self.optimizer.step()
        return sum(int(windows.scored().sum()) for windows in batches) / (time.perf_counter() - started)

    def _batch(self) -> Windows:
        size = self.source.config.batch_size
        if self.buckets:
            numbers = np.arange(self.number, self.number + size)
        else:
            numbers = np.random.default_rng(self.number).integers(0, self.source.per_epoch * size, size)
        self.number += size
        samples = [self.source.sample(int(number)) for number in numbers]
        longest = max(len(sample["notes"]) for sample in samples)
        notes = [F.pad(one["notes"], (0, 0, 0, longest - len(one["notes"])), value=END) for one in samples]
        start, length = (torch.stack([sample[name] for sample in samples]) for name in ("start", "length"))
        return Windows(torch.stack(notes), start, length)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = prepare(given.file, Path(folder))
        source = PieceWindows(read_pieces(data, "train", learn_resolution(data)), MusicConfig())
    make: dict[str, Callable[[], Way]] = {
        "plain": lambda: Way(source, buckets=False, packed=False, half=False),
        "buckets": lambda: Way(source, buckets=True, packed=False, half=False),
        "packed": lambda: Way(source, buckets=True, packed=True, half=False),
        "packed, bfloat16": lambda: Way(source, buckets=True, packed=True, half=True),
    }
    ways = {name: build() for name, build in make.items()}
    seen: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way.run(1)
    for _ in range(given.rounds):
        for name, way in ways.items():
            seen[name].append(way.run(given.steps))
    plain = seen["plain"]
    for name, rates in seen.items():
        ratio = statistics.median(rate / base for rate, base in zip(rates, plain, strict=True))
        print(f"{name:18} {statistics.median(rates):8.0f} frames a second, {ratio:.2f} x the plain loop")


if __name__ == "__main__":
    main()
