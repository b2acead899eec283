"""What an encoder sees at each place of a picture: local means and deviations of its feature maps, fine and coarse."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from artmodels.classifier.codes import CodeSpace
from artmodels.classifier.views import whole
from artmodels.images import PackedImages
from artmodels.perception import Perceptor
from artmodels.pictures import to_tensor

_EPSILON = 1e-6
_STUDIED = 400
"""Works that a code space is fitted to: with 64 places each, more change nothing that matters."""


def local_moments(maps: Sequence[Tensor], side: int) -> Tensor:
    """Return what each of `side` x `side` places looks like: `(B, side^2, D) float`, row by row.

    Roots of every channel's mean and deviation within the place: a picture's style is in such statistics (Gatys et
    al. 2016), and a place's, in those of a place.

    Args:
        maps: `(B, C, h, w)` feature maps.
        side: places along each side, whatever the picture's shape.
    """
    moments = []
    for features in maps:
        mean = functional.adaptive_avg_pool2d(features.float(), side)
        square = functional.adaptive_avg_pool2d(features.float().square(), side)
        variance = (square - mean.square()).clamp(min=0)
        moments += [(mean.relu() + _EPSILON).sqrt(), (variance + _EPSILON).sqrt().sqrt()]
    return torch.cat(moments, 1).flatten(2).transpose(1, 2)


class Places:
    """Places of packed pictures, coded; a frozen encoder looks at each picture and its mirror image once."""

    def __init__(self, encoder: Perceptor, data: PackedImages, side: int, places: int, codes: int, seed: int) -> None:
        """Fit the code space to the training works.

        Args:
            encoder: looks at the pictures.
            data: packed pictures.
            side: shorter side of what it is shown, in pixels.
            places: along each side of the map.
            codes: numbers a place.
            seed: chooses the works that the space is fitted to, where there are many.
        """
        self.encoder, self.data, self.side, self.places = encoder.eval(), data, side, places
        rows = np.random.default_rng(seed).permutation(data.where(kind="artwork", split="train"))[:_STUDIED]
        seen = torch.cat([self._look(int(row), view) for row in rows for view in (0, 1)])
        self.space = CodeSpace.of_works(seen, codes, seed)
        self._known: dict[tuple[int, int], tuple[Tensor, Tensor]] = {}

    def read(self, row: int, view: int) -> tuple[Tensor, Tensor]:
        """Return the codes `(L, K) half` of a picture (view 0) or its mirror image (1), and strangeness `(L,)`."""
        if (row, view) not in self._known:
            codes, strangeness = coded(self.space, self._look(row, view))
            self._known[row, view] = codes.half(), strangeness
        return self._known[row, view]

    def both_ways(self, row: int) -> tuple[Tensor, Tensor]:
        """Return codes `(2, L, K) float` of a picture and its mirror image, and the picture's strangeness `()`."""
        codes, strangeness = zip(*(self.read(row, view) for view in (0, 1)), strict=True)
        return torch.stack(codes).float(), torch.stack(strangeness).mean()

    @torch.no_grad()
    def _look(self, row: int, view: int) -> Tensor:
        shown = to_tensor(whole(self.data[row], self.side))[None]
        return local_moments(self.encoder(shown.flip(3) if view else shown), self.places)[0]


def coded(space: CodeSpace, moments: Tensor) -> tuple[Tensor, Tensor]:
    """Return codes `(N, K)` of moments `(N, D)`, of deviation 1 or so, and strangeness `(N,)`."""
    codes, strangeness = space(moments)
    return codes * codes.shape[1] ** 0.5, strangeness
