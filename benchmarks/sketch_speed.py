"""Points a second that the drawing model learns from: length buckets and bf16 against a plain padded loop in fp32.

    python -m benchmarks.sketch_speed prepared/sequences/drawing.parquet

All ways train the same network with the same optimiser on the same drawings, in turns, in one process; a point counts
once, padding never. The plain loop shuffles, pads each batch to its longest drawing and computes in fp32. Below, the
decoder's LSTM alone, forward and backward, on padded and on packed (`pack_padded_sequence`) batches of like length.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import default_collate

from artmodels.sequences import Sequences
from artmodels.sketch.config import SketchConfig
from artmodels.sketch.network import SketchNet
from artmodels.sketch.samples import Drawings, labels_of, learn_classes, rows_of

Batch = dict[str, Tensor]


class Shuffled(Drawings):
    """The same drawings in an order that knows nothing of lengths."""

    def _draw_order(self, epoch: int, batches: int) -> np.ndarray:
        chance = np.random.default_rng([self.config.seed, epoch])
        return chance.permutation(len(self.drawings))[: batches * self.config.batch_size]


def batches(source: Drawings, count: int) -> Iterator[Batch]:
    size = source.config.batch_size
    for step in range(count):
        yield default_collate([source.sample(number) for number in range(step * size, (step + 1) * size)])


def make_trainer(config: SketchConfig, classes: int, scale: float, low: bool) -> Callable[[Batch], None]:
    torch.manual_seed(0)
    network = SketchNet(config, classes, scale)
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3)

    def train(batch: Batch) -> None:
        points = batch["points"][:, : int(batch["length"].max())]
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            scores = network.score(points, batch["length"], batch["label"], torch.randn(len(points), config.latent))
        optimizer.zero_grad()
        (scores.offsets + scores.pens + scores.kl).mean().backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()

    return train


def lstm_alone(config: SketchConfig, lengths: Tensor, packed: bool, low: bool) -> float:
    """Seconds of one pass, forward and backward."""
    steps = nn.LSTM(8 + config.latent + config.naming, config.decoder, batch_first=True)
    given = torch.randn(len(lengths), int(lengths.max()), steps.input_size)
    started = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=low):
        if packed:
            out = steps(pack_padded_sequence(given, lengths, batch_first=True, enforce_sorted=False))[0].data
        else:
            out = steps(given)[0]
    out.float().sum().backward()
    return time.perf_counter() - started


def report(seconds: dict[str, list[float]], points: dict[str, int], first: str) -> None:
    base = points[first] / statistics.median(seconds[first])
    for name, taken in seconds.items():
        rates = [points[name] / one for one in taken]
        middle = points[name] / statistics.median(taken)
        spread = f"{min(rates):.0f} to {max(rates):.0f}"
        print(f"{name:42} {middle:8.0f} points/s ({spread})  {middle / base:.2f} x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drawings", type=Path, help="prepared drawings")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=8, help="batches of a way in each round")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    config, data = SketchConfig(), Sequences(args.drawings)
    rows = rows_of(data, "train")
    classes = learn_classes(data, rows, config)
    drawings, labels = [data.array(int(row)) for row in rows], labels_of(data, rows, classes)
    plain, alike = (list(batches(kind(drawings, labels, config), args.batches)) for kind in (Shuffled, Drawings))
    ways = {
        "plain loop: shuffled, padded, fp32": (plain, False),
        "shuffled, padded, bf16": (plain, True),
        "length buckets, fp32": (alike, False),
        "length buckets, bf16 (as training does)": (alike, True),
    }
    scale = Drawings(drawings, labels, config).scale
    trainers = {name: make_trainer(config, len(classes), scale, low) for name, (_, low) in ways.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(args.rounds + 1):
        for name, (given, _) in ways.items():
            started = time.perf_counter()
            for batch in given:
                trainers[name](batch)
            if round_:
                seconds[name].append(time.perf_counter() - started)
    points = {name: sum(int(batch["length"].sum()) for batch in given) for name, (given, _) in ways.items()}
    padding = {name: 1 - points[name] / _padded(given) for name, (given, _) in ways.items()}
    print(f"{len(drawings)} drawings, batches of {config.batch_size}, {args.threads} thread(s); padding: ", end="")
    print(f"shuffled {padding[next(iter(ways))]:.0%}, buckets {padding[next(reversed(ways))]:.0%}")
    report(seconds, points, next(iter(ways)))
    lengths = alike[0]["length"]
    kinds = {
        f"decoder's LSTM, {'packed' if packed else 'padded'}, {'bf16' if low else 'fp32'}": (packed, low)
        for packed in (True, False)
        for low in (False, True)
    }
    alone: dict[str, list[float]] = {name: [] for name in kinds}
    for round_ in range(args.rounds + 1):
        for name, (packed, low) in kinds.items():
            taken = lstm_alone(config, lengths, packed, low)
            if round_:
                alone[name].append(taken)
    report(alone, dict.fromkeys(kinds, int(lengths.sum())), next(iter(kinds)))


def _padded(given: list[Batch]) -> int:
    return sum(len(batch["length"]) * int(batch["length"].max()) for batch in given)


if __name__ == "__main__":
    main()
