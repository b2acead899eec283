"""The discriminator paints what it saw from its own maps (FastGAN, Liu et al. 2021).

A discriminator that must be able to do so looks at the whole of each work, and does not learn a few hundred of them by
the first detail that tells them apart. The paper compares by a pretrained network; here the pixels are compared, which
needs none and costs nothing.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

SHARES = {"whole": 8, "part": 4}
"""The side of the picture by that of the map that a decoder sees."""

NARROW = 16
"""Channels of a decoder after its gated units."""


class Decoder(nn.Module):
    """A map `(B, C, H, W)` to pictures `(B, 3, 4 H, 4 W)` in [-1, 1]; small, so that the map must hold the picture."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs in (channels, NARROW):
            layers += [nn.Upsample(scale_factor=2.0), nn.Conv2d(inputs, 2 * NARROW, 3, padding=1), nn.GLU(1)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(NARROW, 3, 3, padding=1), nn.Tanh())

    def forward(self, features: Tensor) -> Tensor:
        """Paint."""
        return self.layers(features).float()


class Reconstruction(nn.Module):
    """Two decoders: of the whole picture at half its side, and of a quarter of it at its own."""

    def __init__(self, channels: Sequence[int]) -> None:
        """Take the channels of a discriminator's maps, of all sides from the picture's to an eighth of it."""
        super().__init__()
        self.whole, self.part = (Decoder(channels[SHARES[name].bit_length() - 1]) for name in ("whole", "part"))

    def forward(self, pictures: Tensor, maps: Sequence[Tensor]) -> Tensor:
        """How far what is painted from the maps is from the pictures `(B, 3, R, R)`: a scalar, 0 where it is the same.

        Args:
            pictures: as the discriminator saw them.
            maps: the discriminator's, from the finest.
        """
        side = pictures.shape[2]
        seen = {name: next(one for one in maps if one.shape[2] == side // share) for name, share in SHARES.items()}
        # One of the four quarters, which chance decides, for all of the batch.
        row, column = torch.randint(2, (2,)).tolist()
        whole, part = self.whole(seen["whole"]), self.part(_quarter(seen["part"], row, column))
        return (whole - functional.avg_pool2d(pictures, 2)).abs().mean() + (
            part - _quarter(pictures, row, column)
        ).abs().mean()


def _quarter(pictures: Tensor, row: int, column: int) -> Tensor:
    half = pictures.shape[2] // 2
    return pictures[:, :, row * half : (row + 1) * half, column * half : (column + 1) * half]
