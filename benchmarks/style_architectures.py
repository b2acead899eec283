"""Which fusion to build the style-transfer network on: candidates at equal budgets, judged on held-out pairs.

    python -m benchmarks.style_architectures --data prepared/packed --teacher WEIGHTS --judge WEIGHTS [--steps 400]

- **covariance**: the closed-form transport map of means and covariances (Lu et al. 2019), which the project ships;
- **moments**: means and deviations only, with style-modulated filters: adaptive instance normalisation
  (Huang and Belongie 2017) and dual modulation (Wang et al. 2023);
- **attention**: moments weighted by attention from content to style at the coarsest scale (Liu et al. 2021);
- **finest**: covariance, but the finest scale and the pixels are handed on to the decoder as well.

All have the same encoder, start from the same weights and see the same samples in the same order.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from artmodels.fit import fit
from artmodels.images import PackedImages
from artmodels.perception import Perceptor, load_perceptor
from artmodels.pictures import to_picture, to_tensor
from artmodels.style.config import StyleConfig
from artmodels.style.evaluation import evaluate_pairs, evaluation_pairs
from artmodels.style.module import StyleModule
from artmodels.style.network import Encoder, StyleTransferNet, pad
from artmodels.style.samples import StylePairs
from artmodels.style.statistics import Affine, Statistics, measure, transport
from tasks.evaluation import interval


def match_moments(content: Statistics, style: Statistics) -> Affine:
    """The map that brings each channel to the style's mean and deviation, and leaves their correlations."""
    ours, theirs = (one.covariance.diagonal(dim1=1, dim2=2).clamp_min(1e-5).sqrt() for one in (content, style))
    scale = theirs / ours
    return Affine(torch.diag_embed(scale), style.mean - scale * content.mean)


class Moments(StyleTransferNet):
    """Means and deviations in place of covariances."""

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        """Paint."""
        height, width = content.shape[2:]
        features = self.encode_content(content)
        manner = self.survey(style)
        maps = [match_moments(measure(f), s) for f, s in zip(features, manner[1:], strict=True)]
        fused = [affine(f) for affine, f in zip(maps, features, strict=True)]
        return self.decoder(fused, self._code(manner))[:, :, :height, :width]


class Attention(Moments):
    """Each place of the coarsest map gets the mean and deviation of the style places that are like it."""

    def __init__(self, *options: int) -> None:
        super().__init__(*options)
        self.query, self.key, self.value = (nn.Conv2d(128, 128, 1) for _ in range(3))

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        """Paint."""
        height, width = content.shape[2:]
        features, theirs = self.encode_content(content), self.encode_content(style)
        manner = self.measure_maps(pad(style), theirs)
        fused = [transport(measure(f), s)(f) for f, s in zip(features[:-1], manner[1:-1], strict=True)]
        fused.append(self._attend(features[-1], theirs[-1]))
        return self.decoder(fused, self._code(manner))[:, :, :height, :width]

    def _attend(self, ours: Tensor, theirs: Tensor) -> Tensor:
        query = self.query(functional.instance_norm(ours)).flatten(2).transpose(1, 2)
        key = self.key(functional.instance_norm(theirs)).flatten(2)
        value = self.value(theirs).flatten(2).transpose(1, 2)
        weights = (query @ key / query.shape[2] ** 0.5).softmax(2)
        mean = weights @ value
        deviation = (weights @ value.square() - mean.square()).clamp_min(1e-6).sqrt()
        places = functional.instance_norm(ours).flatten(2).transpose(1, 2)
        return (places * deviation + mean).transpose(1, 2).unflatten(2, ours.shape[2:])


class Finest(StyleTransferNet):
    """The finest map and the recoloured pixels reach the decoder."""

    def __init__(self, *options: int) -> None:
        super().__init__(*options)
        nn.init.zeros_(self.decoder.paint.weight)

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        """Paint."""
        height, width = content.shape[2:]
        pixels = pad(content)
        painted = super().forward(content, style)
        recoloured = transport(measure(pixels), measure(pad(style)))(pixels)
        return painted - 0.5 + recoloured[:, :, :height, :width]


CANDIDATES: dict[str, type[StyleTransferNet]] = {
    "covariance": StyleTransferNet,
    "moments": Moments,
    "attention": Attention,
    "finest": Finest,
}


class Candidate(StyleModule):
    """Trains another network in the place of the project's own."""

    def __init__(self, kind: type[StyleTransferNet], config: StyleConfig, teacher: Perceptor, data: PackedImages):
        super().__init__(config, teacher, data)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.network = kind(config.depth, config.code, config.blocks)
        self.network.encoder.start_from(teacher)
        self.network.to(memory_format=torch.channels_last)


class Shown:
    """A candidate as the evaluation asks for it."""

    device = "cpu"

    def __init__(self, network: nn.Module) -> None:
        self.network = network.eval()

    def encode(self, picture: np.ndarray) -> np.ndarray:
        """The style picture itself: an attention needs all of it."""
        return picture

    @torch.no_grad()
    def paint(self, contents: Sequence[np.ndarray], styles: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Paint."""
        return [
            to_picture(self.network(to_tensor(content)[None], to_tensor(style)[None])[0])
            for content, style in zip(contents, styles, strict=True)
        ]


def depth_of(teacher: Perceptor) -> int:
    """The depth at which the encoder has the teacher's shape."""
    return next((depth for depth in range(1, 9) if Encoder(depth).start_from(teacher)), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("prepared/packed"))
    parser.add_argument("--teacher", default="weights/perceptor.safetensors")
    parser.add_argument("--judge", type=Path, default=Path("weights/perceptor.safetensors"))
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--crop", type=int, default=128)
    options = parser.parse_args()
    data, teacher = PackedImages(options.data), load_perceptor(options.teacher)
    config = StyleConfig(
        depth=depth_of(teacher), steps=options.steps, crop=options.crop, preview_steps=options.steps, ema_decay=0.98
    )
    pairs = evaluation_pairs(data, 96)
    print("| fusion | content | style | ideal distance | seconds to train |\n|---|---|---|---|---|")
    for name, kind in CANDIDATES.items():
        module = Candidate(kind, config, teacher, data)
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            source = StylePairs(data, config.crop, config.seed)
            fit(
                *("style", module, source, config, Path(folder)),
                report=lambda *_: None,
                on_preview=lambda *_: None,
                accelerator="cpu",
            )
        seconds = time.monotonic() - started
        found = evaluate_pairs(Shown(module.network), data, options.judge, pairs)  # type: ignore[arg-type]
        figures = " | ".join(str(interval(found[metric])) for metric in ("content", "style", "ideal_distance"))
        print(f"| {name} | {figures} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
