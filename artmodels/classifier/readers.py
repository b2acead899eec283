"""Between descriptors and heads: likeness to remembered works where the encoder is fixed, else a dense layer."""

import torch
from torch import Tensor, nn


class Likeness(nn.Module):
    """How alike a picture is to each remembered work, `exp(-sharpness * distance^2)`: a radial basis function network.

    With few hundred works a class is a handful of clusters (an artist, a series), which likeness to examples tells
    apart and a linear layer does not (Broomhead and Lowe 1988). The heads read the likenesses' principal components
    (Nystroem's method, Williams and Seeger 2001), in which gradient descent is quick.
    """

    works: Tensor
    mixing: Tensor
    sharpness: Tensor

    def __init__(self, works: int, codes: int, parts: int) -> None:
        super().__init__()
        self.register_buffer("works", torch.zeros(works, codes))
        self.register_buffer("mixing", torch.zeros(works, parts))
        self.register_buffer("sharpness", torch.ones(()))

    @classmethod
    def to_works(cls, codes: Tensor, most: int, sharpness: float, seed: int) -> "Likeness":
        """Remember works by their codes `(N, K)`, a random `most` of them where there are more."""
        if len(codes) > most:
            codes = codes[torch.randperm(len(codes), generator=torch.Generator().manual_seed(seed))[:most]]
        reader = cls(len(codes), codes.shape[1], len(codes))
        reader.works.copy_(codes)
        reader.sharpness.fill_(sharpness)
        strengths, directions = torch.linalg.eigh(reader._alike(codes).double())
        # Components too weak to be told from rounding are switched off rather than blown up.
        inverse = torch.where(strengths > 1e-6 * strengths[-1], strengths.clamp(min=1e-12).rsqrt(), 0)
        # Lengths of about sqrt(parts) rather than 1: what the heads' learning rate is meant for.
        reader.mixing.copy_(directions * inverse * len(inverse) ** 0.5)
        return reader

    def forward(self, descriptors: Tensor, codes: Tensor) -> Tensor:
        """Return the components `(N, P)` of the likeness of codes `(N, K)`."""
        return self._alike(codes) @ self.mixing

    def _alike(self, codes: Tensor) -> Tensor:
        distances = codes.square().sum(1)[:, None] + self.works.square().sum(1) - 2 * codes @ self.works.T
        return torch.exp(-self.sharpness * distances)


class Dense(nn.Module):
    """Normalised descriptors with dropout: for networks that are trained from end to end."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.BatchNorm1d(descriptor), nn.Dropout(0.5))

    def forward(self, descriptors: Tensor, codes: Tensor) -> Tensor:
        """Return the descriptors `(N, D)`, normalised."""
        normal: Tensor = self.layers(descriptors)
        return normal
