"""What a training step of the GAN costs, against the plain loop of the same networks.

    python -m benchmarks.gan_training [--resolution 64] [--batch 32] [--width 32] [--rounds 5]

A step is the generator's and the discriminator's, with the penalties where there are some. Ways take turns: float32
with channels first, as most public code runs on a CPU; bfloat16 with channels last, as `atelier train gan` does; the
same with the penalties every fourth step, or with FastGAN's generator compiled: `torch.compile` cannot do the double
backward of penalties, and no discriminator here, whose normalisations change between its two looks of a step.
"""

import argparse
import statistics
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor

from artmodels.gan.config import GanConfig
from artmodels.gan.module import GanModule
from benchmarks.batch_overhead import seconds_of
from tasks.memory import peak_megabytes

STEPS = 4


class Alone(GanModule):
    """The module without a trainer: it counts its steps itself, and tells nobody."""

    step = 0

    @property
    def global_step(self) -> int:
        """Steps taken here."""
        return self.step

    def log_dict(self, *_: Any, **__: Any) -> None:
        """Hear nothing."""


class Way:
    """One way to train, a few steps at a time."""

    def __init__(self, config: GanConfig, fast: bool, compiled: bool = False) -> None:
        self.fast, self.module = fast, Alone(config, [])
        if not fast:
            for network in (self.module.generator, self.module.discriminator):
                network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        if compiled:
            self.module.generator.compile()
        self.optimizer = self.module.configure_optimizers()
        self.works: Tensor = torch.rand(config.batch_size, 3, config.resolution, config.resolution) * 2 - 1

    def run(self) -> None:
        """Take `STEPS` steps."""
        for _ in range(STEPS):
            with torch.autocast("cpu", torch.bfloat16) if self.fast else nullcontext():
                loss = self.module.training_step({"picture": self.works.clone()}, 0)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.module.step += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resolution", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.manual_seed(0)
    print("| network | way | images/s | of the plain loop |\n|---|---|---|---|")
    for network in ("light", "modern", "classic"):
        sizes = {"width": options.width, "widest": 8 * options.width}
        base = {"network": network, "resolution": options.resolution, "batch_size": options.batch, **sizes}
        ways = {
            "float32, channels first": Way(GanConfig(**base, penalty_every=1), fast=False),
            "bfloat16, channels last": Way(GanConfig(**base, penalty_every=1), fast=True),
        }
        if network == "modern":
            ways["the same, penalties every fourth step"] = Way(GanConfig(**base, penalty_every=4), fast=True)
        if network == "light":
            ways["the same, the generator compiled"] = Way(GanConfig(**base), fast=True, compiled=True)
        times: dict[str, list[float]] = {name: [] for name in ways}
        for way in ways.values():
            way.run()
        for _ in range(options.rounds):
            for name, way in ways.items():
                times[name].append(seconds_of(way.run) / STEPS)
        (plain, *_) = times.values()
        for name, each in times.items():
            ratio = statistics.median(one / other for one, other in zip(plain, each, strict=True))
            print(f"| {network} | {name} | {options.batch / statistics.median(each):.1f} | {ratio:.2f} |")
    where = f"{options.resolution} px, batch {options.batch}, width {options.width}, {options.rounds} rounds in turn"
    print(f"\n{where}, peak memory {peak_megabytes():.0f} MB, {torch.get_num_threads()} threads")


if __name__ == "__main__":
    main()
