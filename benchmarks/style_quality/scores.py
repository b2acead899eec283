"""What the yardstick says of a picture: docs/style_quality.md defines every figure."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from artmodels.metrics.kernel import kernel_distance
from artmodels.metrics.style import content_error, gram, nearest_style, style_error
from artmodels.perception import Perceptor
from artmodels.perception.distances import covariance
from artmodels.pictures import to_tensor
from artmodels.style.evaluation import compare_features
from benchmarks.style_quality.pictures import Protocol, read_picture

METRICS = ("content", "style", "retrieval", "gate_content", "gate_style", "ideal_distance")


@dataclass(frozen=True)
class Scores:
    """One method at one strength: `values[metric]` is `(N,) float`, one a pair; `mmd` is of all its pictures."""

    values: dict[str, np.ndarray]
    mmd: float


class Judge:
    """Sees contents and styles once, and then judges what methods made of them."""

    def __init__(self, eye: Perceptor, protocol: Protocol, side: int) -> None:
        self.eye, self.protocol, self.side = eye, protocol, side
        self.used = sorted({pair.style for pair in protocol.pairs})
        self.contents = [self._see(path) for path in protocol.contents]
        self.styles = [self._see(path) for path in protocol.styles]
        self.content_textures = [self._textures(features) for features in self.contents]
        self.grams = [torch.cat([gram(self.styles[style][i]) for style in self.used]) for i in eye.style_layers]
        self.style_textures = [torch.cat(textures) for textures in zip(*map(self._textures, self.styles), strict=True)]

    @torch.inference_mode()
    def judge(self, painted: list[Path]) -> Scores:
        """Compare pictures with the contents and styles they were made of, in the order of the pairs."""
        items, vectors = [], []
        for pair, path in zip(self.protocol.pairs, painted, strict=True):
            features = self._see(path)
            vectors.append(_pooled(features))
            items.append(self._judge(features, pair.content, pair.style))
        styles = torch.cat([_pooled(self.styles[style]) for style in self.used])
        values = dict(zip(METRICS, np.array(items).T, strict=True))
        return Scores(values, kernel_distance(torch.cat(vectors), styles))

    def _judge(self, features: list[Tensor], content: int, style: int) -> tuple[float, ...]:
        textures = self._textures(features)
        kept = [content_error(features[i], self.contents[content][i]) for i in self.eye.content_layers]
        carried = [
            style_error(ours, contents, styles[style][None])
            for ours, contents, styles in zip(
                textures, self.content_textures[content], self.style_textures, strict=True
            )
        ]
        nearest = nearest_style([gram(features[i])[0] for i in self.eye.style_layers], self.grams)
        found = self.used[nearest] == style
        gate = compare_features(features, self.contents[content], self.styles[style], self.eye)
        means = float(torch.stack(kept).mean()), float(torch.stack(carried).mean())
        return (*means, float(found), *gate, float(np.hypot(*gate)))

    @torch.inference_mode()
    def _see(self, path: Path) -> list[Tensor]:
        features: list[Tensor] = self.eye(to_tensor(read_picture(path, self.side))[None])
        return features

    def _textures(self, features: list[Tensor]) -> list[Tensor]:
        # The finest layer sees hardly more than colours.
        return [covariance(features[i]) for i in self.eye.style_layers[1:]]


def _pooled(features: list[Tensor]) -> Tensor:
    return features[-1].mean(dim=(2, 3))
