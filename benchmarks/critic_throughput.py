"""What reading costs: training samples a second against a plain loop in one run, and critiques a second.

    python -m benchmarks.critic_throughput prepared/packed --weights weights/perceptor.safetensors

The plain loop encodes each picture whenever it is seen and reads the four orders one after the other, in float32. The
house encodes each work and its mirror image once and reads the orders in one pass. Both take the same optimiser steps
on the same works; rounds alternate, so that a machine that slows down slows both.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import default_collate

from artmodels.bundle import Bundle
from artmodels.classifier.views import whole
from artmodels.critic.config import CriticConfig
from artmodels.critic.critic import Critic
from artmodels.critic.losses import reading_losses
from artmodels.critic.module import CriticModule
from artmodels.critic.places import coded, local_moments
from artmodels.critic.readers import Reader
from artmodels.critic.samples import ReadWorks
from artmodels.family import get_family
from artmodels.images import PackedImages
from artmodels.pictures import to_tensor

ROUNDS, STEPS = 3, 2


class OneByOne(Reader):
    """The reader, one order after the other."""

    def forward(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """See `Reader`."""
        seen = self.look(torch.cat([places, self.positions.expand(len(places), -1, -1)], 2))
        thought = seen
        for order, back in zip(self.orders, self.back, strict=True):
            thought = thought + self.read(seen[:, order])[0][:, back] / len(self.orders)
        weights = self.attend(thought)[..., 0].softmax(1)
        return torch.cat([(weights[..., None] * thought).sum(1), seen.mean(1)], 1), weights


def seconds(work: Callable[[], None]) -> float:
    """Time a piece of work."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class Trainings:
    """The same steps, both ways."""

    def __init__(self, module: CriticModule, source: ReadWorks, config: CriticConfig) -> None:
        self.module, self.source, self.config, self.next = module, source, config, 0
        self.plain = OneByOne(config.codes, config.width, config.places, config.dropout)
        self.plain.load_state_dict(module.network.reader.state_dict())
        self.own = module.network.reader
        self.optimiser = torch.optim.AdamW(
            [*self.own.parameters(), *self.plain.parameters(), *module.network.heads.parameters()], 1e-3
        )

    def house(self) -> None:
        """Take steps as the house does; what the encoder saw is there."""
        for _ in range(STEPS):
            self._step(self.own, default_collate([self.source.sample(n) for n in self._numbers()]))

    def look(self) -> None:
        """See the works of as many steps for the first time, each both ways."""
        for number in self._numbers():
            for view in (0, 1):
                self.source.places._look(int(self.source.rows[number % len(self.source.rows)]), view)

    def loop(self) -> None:
        """Take the same steps in a plain loop."""
        places = self.source.places
        for _ in range(STEPS):
            samples = [self.source.sample(n) for n in self._numbers()]
            with torch.no_grad():
                for number, sample in zip(self._numbers(), samples, strict=True):
                    picture = places.data[int(self.source.rows[number % len(self.source.rows)])]
                    seen = local_moments(places.encoder(to_tensor(whole(picture, places.side))[None]), places.places)
                    sample["places"] = coded(places.space, seen[0])[0]
            self._step(self.plain, default_collate(samples))

    def _numbers(self) -> range:
        return range(self.config.batch_size)

    def _step(self, reader: Reader, batch: dict[str, Tensor]) -> None:
        network = self.module.network
        read, _ = reader(batch["places"])
        logits = {head: layers(read) for head, layers in network.heads.items()}
        weights = {head: getattr(self.module, f"weights_{head}") for head in self.module.classes}
        edges = {head: network.edges(head) for head in self.module.scales}
        losses = reading_losses(logits, batch, weights, edges, self.config.smoothing)
        self.optimiser.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        self.optimiser.step()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packed", type=Path, help="folder of packed pictures")
    parser.add_argument("--weights", default="weights/perceptor.safetensors", help="the encoder")
    options = parser.parse_args()
    data, family = PackedImages(options.packed), get_family("critic")
    config = CriticConfig()
    module, source = family.training(config, data, Path(options.weights))
    trainings = Trainings(module, source, config)
    # What is looked at once is there from here on.
    trainings.house()
    times = {name: [] for name in ("house", "look", "loop")}
    for _ in range(ROUNDS):
        for name, own in times.items():
            own.append(seconds(getattr(trainings, name)))
    step, loop = median(times["house"]) / STEPS, median(times["loop"]) / STEPS
    look = median(times["look"]) / config.batch_size * len(source.rows)
    whole_run = config.steps * config.batch_size
    house = whole_run / (look + config.steps * step)
    print(f"a step of {config.batch_size}: {step:.2f} s; in a plain loop {loop:.2f} s")
    print(f"looking at {len(source.rows)} works once, both ways: {look:.0f} s")
    print(
        f"samples a second over {config.steps} steps, looking included: {house:.0f}; "
        f"in a plain loop {config.batch_size / loop:.0f}: {house * loop / config.batch_size:.1f} times"
    )
    module.network.eval()
    critic = Critic(Bundle("critic", module.bundle_config(), module.bundle_state()))
    picture = np.ascontiguousarray(data[0])
    for reasons in (True, False):
        taken = [seconds(lambda reasons=reasons: critic.critique(picture, reasons)) for _ in range(5)]
        print(f"a critique {'with' if reasons else 'without'} reasons: {1000 * median(taken):.0f} ms")


if __name__ == "__main__":
    main()
