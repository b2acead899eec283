"""The style-transfer network: an encoder, a fusion, a decoder. One model serves every style, at every size.

The encoder is the first four scales of a compact VGG-19. At all but the finest, the fusion gives the content's
features the style's mean and covariance by a closed-form affine map (`style.statistics`). The decoder paints from
these three, guided by a code of the style's statistics (conditional shifts and scales, Dumoulin et al. 2017); the
finest scale is left for it to invent, because a content's own grain shows through where it is handed on. All of it but
the statistics is convolution: once those are measured, on the whole picture or on a small copy of it, any tile can be
painted by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from artmodels.perception.networks import Perceptor
from artmodels.style.statistics import Affine, Statistics, identity, measure, mix, transport

STRIDE = 8
"""The deepest scale's stride: pictures are padded to a multiple of this."""

SMALLEST = 32
"""Smaller sides are padded to this: the deepest scale needs a few positions to have statistics."""

WIDTHS = (16, 32, 64, 128)
"""Channels at strides 1, 2, 4 and 8: those of the perceptual encoders that the network may start from."""

FUSED = WIDTHS[1:]
"""Channels of the maps that are fused."""

TYPICAL = (8.0, 4.0, 2.0)
"""Deviations that these maps have in VGG-19's likeness: divided by them, they are of a size to learn from."""


def convolution(inputs: int, outputs: int, kernel: int = 3) -> nn.Conv2d:
    """A convolution that keeps the size, reflecting at the borders: zeros would draw a frame."""
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, padding_mode="reflect")


def pad(pictures: Tensor) -> Tensor:
    """Repeat the right and lower edges until the sides are multiples of `STRIDE`, and at least `SMALLEST`."""
    wanted = [max(SMALLEST, -(-side // STRIDE) * STRIDE) for side in pictures.shape[2:]]
    height, width = (now - before for now, before in zip(wanted, pictures.shape[2:], strict=True))
    return functional.pad(pictures, (0, width, 0, height), mode="replicate") if height or width else pictures


class Encoder(nn.Module):
    """`(B, 3, H, W)` to maps of 32, 64 and 128 channels at strides 2, 4 and 8, as VGG-19's relu2_1 to relu4_1."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        full, half, quarter, eighth = WIDTHS
        self.levels = nn.ModuleList(
            [
                self._level(3, full),
                self._level(full, full, half, pooled=1),
                self._level(half, half, quarter, pooled=1),
                self._level(quarter, *[quarter] * (depth - 1), eighth, pooled=depth - 1),
            ]
        )

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Encode pictures in [0, 1]."""
        features = [pictures.to(next(self.parameters()).dtype)]
        for level in self.levels:
            features.append(level(features[-1]))
        return features[-len(FUSED) :]

    @staticmethod
    def _level(*widths: int, pooled: int | None = None) -> nn.Sequential:
        layers: list[nn.Module] = []
        for index, (inputs, outputs) in enumerate(pairwise(widths)):
            if index == pooled:
                layers.append(nn.MaxPool2d(2))
            layers += [convolution(inputs, outputs), nn.ReLU(inplace=True)]
        return nn.Sequential(*layers)

    @torch.no_grad()
    def start_from(self, perceptor: Perceptor) -> bool:
        """Take over the weights of a perceptual encoder of the same shape; tell whether it is one."""
        ours = [module for module in self.modules() if isinstance(module, nn.Conv2d)]
        theirs = perceptor.convolutions()[: len(ours)]
        if [one.weight.shape for one in ours] != [one.weight.shape for one in theirs]:
            return False
        for one, other in zip(ours, theirs, strict=True):
            one.load_state_dict(other.state_dict())
        # The first convolution takes in what prepares the pixels, so that they need no pass of their own.
        matrix, offset = perceptor.preprocessing()
        kernel = theirs[0].weight
        ours[0].weight.copy_(torch.einsum("oihw,ij->ojhw", kernel, matrix))
        ours[0].bias.add_(torch.einsum("oihw,i->o", kernel, offset))  # type: ignore[union-attr]
        return True


class Guided(nn.Module):
    """A convolution whose output a style code shifts and scales, channel by channel, and a ReLU."""

    def __init__(self, inputs: int, outputs: int, code: int) -> None:
        super().__init__()
        self.convolution, self.affine = convolution(inputs, outputs), nn.Linear(code, 2 * outputs)
        # At first the code says nothing.
        nn.init.zeros_(self.affine.weight)
        nn.init.zeros_(self.affine.bias)

    def forward(self, features: Tensor, code: Tensor) -> Tensor:
        """Return a map of the same size."""
        scale, shift = self.affine(code.to(self.affine.weight.dtype)).to(features.dtype).chunk(2, 1)
        if len(features) == 1 and not torch.is_grad_enabled():
            return self._folded(features, 1 + scale[0], shift[0])
        return torch.addcmul(shift[..., None, None], self.convolution(features), 1 + scale[..., None, None]).relu()

    def _folded(self, features: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """The same for one picture: what scales and shifts the output may as well do so to the weights, in no time."""
        layer = self.convolution
        assert layer.bias is not None
        weight, bias = layer.weight * scale.view(-1, 1, 1, 1), torch.addcmul(shift, layer.bias, scale)
        return functional.conv2d(functional.pad(features, (1, 1, 1, 1), mode="reflect"), weight, bias).relu_()


class Decoder(nn.Module):
    """Fused maps, fine to coarse, and a style code to pictures `(B, 3, H, W)`."""

    def __init__(self, code: int, blocks: int) -> None:
        super().__init__()
        full, half, quarter, eighth = WIDTHS
        self.deep = nn.ModuleList(Guided(eighth, eighth, code) for _ in range(blocks))
        self.narrow = Guided(eighth, quarter, code)
        self.to_quarter = nn.ModuleList(
            [Guided(quarter, quarter, code), Guided(quarter, quarter, code), Guided(quarter, half, code)]
        )
        self.to_half = nn.ModuleList([Guided(half, half, code), Guided(half, full, code)])
        self.to_full = nn.ModuleList([Guided(full, full, code)])
        self.paint = convolution(full, 3)

    def forward(self, maps: Sequence[Tensor], code: Tensor) -> Tensor:
        """Decode; resize-convolutions, because transposed ones leave a checkerboard (Odena et al. 2016)."""
        half, quarter, eighth = (features / typical for features, typical in zip(maps, TYPICAL, strict=True))
        for block in self.deep:
            eighth = eighth + block(eighth, code)
        features = self.narrow(eighth, code)
        for skipped, blocks in ((quarter, self.to_quarter), (half, self.to_half), (None, self.to_full)):
            features = functional.interpolate(features, scale_factor=2.0)
            if skipped is not None:
                features = features + skipped
            for block in blocks:
                features = block(features, code)
        # Not squeezed into [0, 1] here: where a sigmoid is saturated, nothing is learnt any more.
        return 0.5 + self.paint(features).float()


@dataclass(frozen=True)
class Recipe:
    """All that painting needs to know of the pictures as wholes: a map a scale, and the style code `(B, K)`."""

    maps: tuple[Affine, ...]
    code: Tensor


class StyleTransferNet(nn.Module):
    """Repaints content pictures in the style of others."""

    def __init__(self, depth: int = 2, code: int = 128, blocks: int = 1) -> None:
        super().__init__()
        self.encoder = Encoder(depth)
        self.describe = nn.Sequential(
            nn.Linear(2 * (3 + sum(FUSED)), code), nn.ReLU(), nn.Linear(code, code), nn.ReLU()
        )
        self.decoder = Decoder(code, blocks)

    def survey(self, pictures: Tensor, weights: Tensor | None = None) -> list[Statistics]:
        """Return the statistics of pictures `(B, 3, H, W) float in [0, 1]`, of the pixels and of each fused map.

        Args:
            pictures: of any size.
            weights: `(B, 1, H, W)`, at least 0: how much each pixel counts. None: all the same.
        """
        return self.measure_maps(pad(pictures), self.encode_content(pictures), weights)

    def recipe(
        self,
        content: Sequence[Statistics],
        styles: Sequence[Sequence[Statistics]],
        shares: Sequence[float] = (1.0,),
        alpha: float = 1.0,
    ) -> Recipe:
        """Work out how a content becomes a mixture of styles.

        Args:
            content: its statistics, of `survey`.
            styles: the statistics of each style.
            shares: the share of each style; they sum to 1.
            alpha: strength, from 0 (the content itself) to 1.
        """
        strengths = [*(alpha * share for share in shares), 1 - alpha]
        maps = []
        for scale, own in enumerate(content[1:], start=1):
            carried = [transport(own, style[scale]) for style in styles]
            maps.append(mix([*carried, identity(carried[0])], strengths))
        codes = [self._code(style) for style in (*styles, content)]
        return Recipe(tuple(maps), torch.stack([s * code for s, code in zip(strengths, codes, strict=True)]).sum(0))

    def encode_content(self, pictures: Tensor) -> list[Tensor]:
        """Return the maps that `paint` starts from, of pictures `(B, 3, H, W) float in [0, 1]` of any size."""
        return self.encoder(pad(pictures))

    def paint(self, features: Sequence[Tensor], recipe: Recipe) -> Tensor:
        """Paint from a content's encoded maps: `(B, 3, H, W)`, in [0, 1] but for the odd overshoot."""
        fused = [affine(maps) for affine, maps in zip(recipe.maps, features, strict=True)]
        return self.decoder(fused, recipe.code)

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        """Paint content `(B, 3, H, W) float in [0, 1]` in the styles of `(B, 3, h, w)`, as `paint` does."""
        height, width = content.shape[2:]
        features = self.encode_content(content)
        recipe = self.recipe(self.measure_maps(pad(content), features), [self.survey(style)])
        return self.paint(features, recipe)[:, :, :height, :width]

    @staticmethod
    @torch.no_grad()
    def measure_maps(pictures: Tensor, maps: Sequence[Tensor], weights: Tensor | None = None) -> list[Statistics]:
        """Return what `survey` does, of padded pictures that are encoded already."""
        # Where there are many places, every second one tells as much; and no statistic is differentiated, see
        # `transport`.
        maps = [pictures[:, :, ::2, ::2], maps[0][:, :, ::2, ::2], *maps[1:]]
        if weights is None:
            return [measure(features) for features in maps]
        weights = pad(weights)
        return [
            measure(features, functional.interpolate(weights, features.shape[2:], mode="area")) for features in maps
        ]

    def _code(self, statistics: Sequence[Statistics]) -> Tensor:
        parts = []
        for one in statistics:
            parts += [one.mean, one.covariance.diagonal(dim1=1, dim2=2).clamp_min(1e-8).sqrt()]
        # Features reach into the tens, and their deviations over orders of magnitude.
        return self.describe(torch.cat(parts, 1).clamp_min(0).log1p())
