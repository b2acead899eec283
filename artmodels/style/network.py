"""The style-transfer network: two encoders, a fusion, a decoder. One model serves every style, at every size.

Content passes through a shallow encoder; the style picture through one of its own, whose statistics at four scales
make a style code. The fusion is adaptive instance normalisation (Huang and Belongie 2017): the code says the mean
and deviation of every normalised map from the bottleneck up to the last layer (Ghiasi et al. 2017). Narrow, as micro
encoders suffice for this (Wang et al. 2023), and of dense 3 x 3 convolutions, which CPUs run best.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 4
"""The bottleneck's stride: pictures are padded to a multiple of this."""

SMALLEST = 8
"""Smaller sides are padded to this: reflection and normalisation need two positions at the last layer."""


def convolution(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Conv2d:
    """A convolution that keeps the size (but for its stride), reflecting at the borders: zeros would draw a frame."""
    return nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, padding_mode="reflect")


def pad(pictures: Tensor, multiple: int = 1) -> Tensor:
    """Repeat the right and lower edges until the sides are multiples of a number, and at least `SMALLEST`."""
    wanted = [max(SMALLEST, -(-side // multiple) * multiple) for side in pictures.shape[2:]]
    height, width = (now - before for now, before in zip(wanted, pictures.shape[2:], strict=True))
    return functional.pad(pictures, (0, width, 0, height), mode="replicate")


class AdaptiveNorm(nn.Module):
    """Instance normalisation whose scale and shift are read off the style code."""

    def __init__(self, channels: int, code: int) -> None:
        super().__init__()
        self.affine = nn.Linear(code, 2 * channels)
        nn.init.normal_(self.affine.weight, std=0.02)
        nn.init.zeros_(self.affine.bias)

    def forward(self, features: Tensor, code: Tensor) -> Tensor:
        """Normalise `(B, C, H, W)` and dress it as the code `(B, K)` says."""
        scale, shift = self.affine(code)[:, :, None, None].chunk(2, 1)
        return functional.instance_norm(features) * (1 + scale) + shift


class AdaptiveResidual(nn.Module):
    """Two convolutions, each followed by an adaptive normalisation, around which the input is carried."""

    def __init__(self, channels: int, code: int) -> None:
        super().__init__()
        self.first, self.second = convolution(channels, channels), convolution(channels, channels)
        self.first_norm, self.second_norm = AdaptiveNorm(channels, code), AdaptiveNorm(channels, code)

    def forward(self, features: Tensor, code: Tensor) -> Tensor:
        """Return a map of the same shape."""
        hidden = self.first_norm(self.first(features), code).relu()
        return features + self.second_norm(self.second(hidden), code)


class ContentEncoder(nn.Module):
    """`(B, 3, H, W)` to `(B, 4w, H/4, W/4)`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                convolution(3, width, 5),
                convolution(width, 2 * width, 3, 2),
                convolution(2 * width, 4 * width, 3, 2),
            ]
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Encode pictures in [0, 1]."""
        features = pictures * 2 - 1
        for layer in self.layers:
            features = functional.instance_norm(layer(features)).relu()
        return features


class StyleEncoder(nn.Module):
    """`(B, 3, H, W)` to a code `(B, K)`: the mean and deviation of the maps at four scales, then two linear layers."""

    def __init__(self, width: int, code: int) -> None:
        super().__init__()
        widths = (width, 2 * width, 4 * width, 4 * width)
        inputs = (3, *widths)
        self.layers = nn.ModuleList(
            convolution(before, after, 3, 1 if index == 0 else 2)
            for index, (before, after) in enumerate(zip(inputs, widths, strict=False))
        )
        self.mix = nn.Sequential(nn.Linear(2 * sum(widths) + 6, code), nn.ReLU(), nn.Linear(code, code))

    def forward(self, pictures: Tensor) -> Tensor:
        """Encode style pictures in [0, 1]; not normalised on the way: the statistics are the message."""
        features = pictures * 2 - 1
        statistics = [self._moments(features)]
        for layer in self.layers:
            features = functional.leaky_relu(layer(features), 0.2)
            statistics.append(self._moments(features))
        return self.mix(torch.cat(statistics, 1))

    @staticmethod
    def _moments(features: Tensor) -> Tensor:
        variance, mean = torch.var_mean(features.float(), dim=(2, 3), correction=0)
        return torch.cat([mean, (variance + 1e-5).sqrt()], 1)


class Decoder(nn.Module):
    """`(B, 4w, H/4, W/4)` and a code to pictures `(B, 3, H, W)` in [0, 1]."""

    def __init__(self, width: int, code: int, blocks: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(AdaptiveResidual(4 * width, code) for _ in range(blocks))
        self.middle, self.middle_norm = convolution(4 * width, 2 * width), AdaptiveNorm(2 * width, code)
        self.fine, self.fine_norm = convolution(2 * width, width), AdaptiveNorm(width, code)
        self.paint = convolution(width, 3, 5)

    def forward(self, features: Tensor, code: Tensor) -> Tensor:
        """Decode; resize-convolutions, because transposed ones leave a checkerboard (Odena et al. 2016)."""
        for block in self.blocks:
            features = block(features, code)
        features = functional.interpolate(features, scale_factor=2.0)
        features = self.middle_norm(self.middle(features), code).relu()
        features = functional.interpolate(features, scale_factor=2.0)
        features = self.fine_norm(self.fine(features), code).relu()
        return torch.sigmoid(self.paint(features).float())


class StyleTransferNet(nn.Module):
    """Repaints content pictures in the style of others."""

    def __init__(self, width: int = 16, code: int = 256, blocks: int = 4) -> None:
        super().__init__()
        self.content_encoder = ContentEncoder(width)
        self.style_encoder = StyleEncoder(2 * width, code)
        self.fusion = AdaptiveNorm(4 * width, code)
        self.decoder = Decoder(width, code, blocks)

    def encode_style(self, style: Tensor) -> Tensor:
        """Return the code `(B, K)` of style pictures `(B, 3, h, w)` of any size: once a style, not once a picture."""
        return self.style_encoder(pad(style))

    def forward(self, content: Tensor, code: Tensor) -> Tensor:
        """Paint content `(B, 3, H, W) float in [0, 1]` in the style `(B, K)`: `(B, 3, H, W) float in [0, 1]`."""
        height, width = content.shape[2:]
        features = self.fusion(self.content_encoder(pad(content, STRIDE)), code)
        return self.decoder(features, code)[:, :, :height, :width]
