"""Words a second that training reads: length buckets against a plain padded loop.

    python -m benchmarks.reader_speed data/critique.parquet [--rounds 5] [--steps 40]

Both take the same steps of the same network on the same critiques, in turn; medians of the rounds. The plain loop draws
batches at random, pads each to its longest critique, and computes all of it with torch's bidirectional LSTM. Both are
in fp32.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import default_collate

from artmodels.family import get_family
from artmodels.reader.module import ReaderModule
from artmodels.stream import shuffled
from benchmarks.reader_baselines import HOUSE_SEED, deal
from tasks.sequences import read_sequences


def plain(module: ReaderModule, lstm: nn.LSTM, batch: dict[str, Tensor]) -> Tensor:
    """The same loss, every place of the padded batch computed."""
    network = module.network.recurrent
    words = batch["words"][:, : int(batch["length"].max())]
    states = network.dropout(lstm(network.embedding(words))[0])
    weights = network.weigher(torch.tanh(network.inner(states)))[..., 0].masked_fill(words == 0, -torch.inf).softmax(1)
    read = network.heads((weights[..., None] * states).sum(1))
    given = batch["targets"].isfinite()
    errors = torch.where(given, read - batch["targets"].nan_to_num(), 0).abs()
    return (errors.sum(0) / given.sum(0).clamp(min=1)) @ module.weights


def speed(module: ReaderModule, batches: list[dict[str, Tensor]], loss: Callable[[dict[str, Tensor]], Tensor]) -> float:
    """Return words a second of optimiser steps."""
    optimizer = torch.optim.AdamW(module.network.recurrent.parameters())
    started = time.perf_counter()
    for batch in batches:
        optimizer.zero_grad()
        loss(batch).backward()
        optimizer.step()
    return sum(int(batch["length"].sum()) for batch in batches) / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("critiques", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=40)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data, _ = deal(read_sequences(arguments.critiques).to_pylist(), HOUSE_SEED, Path(folder))
        family = get_family("reader")
        config = family.configure({})
        module, source = family.training(config, data, Path())
    assert isinstance(module, ReaderModule)
    module.log = lambda *_, **__: None  # type: ignore[method-assign, assignment]
    size, samples = config.batch_size, module.samples
    bucketed, mixed = [], []
    for step in range(arguments.steps):
        numbers = range(step * size, (step + 1) * size)
        bucketed.append(default_collate([source.sample(number) for number in numbers]))
        rows = np.array([shuffled(number, len(samples.lengths), 0) for number in numbers])
        mixed.append(
            {
                "words": samples.words[rows],
                "length": torch.from_numpy(samples.lengths[rows]),
                "targets": samples.targets[rows],
            }
        )
    lstm = nn.LSTM(config.embedding, config.hidden, batch_first=True, bidirectional=True)
    found: dict[str, list[float]] = {"buckets": [], "plain, padded": []}
    for _ in range(arguments.rounds):
        found["buckets"].append(speed(module, bucketed, lambda batch: module.training_step(batch, 0)))
        found["plain, padded"].append(speed(module, mixed, lambda batch: plain(module, lstm, batch)))
    for name, speeds in found.items():
        print(f"{name}: {statistics.median(speeds):,.0f} words a second ({min(speeds):,.0f} to {max(speeds):,.0f})")
    ratios = [ours / theirs for ours, theirs in zip(*found.values(), strict=True)]
    print(f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
