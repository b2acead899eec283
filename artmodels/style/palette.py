"""The palette of a picture, and how far another's is from it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from artmodels.style.recolour import matrix_power
from artmodels.style.statistics import Statistics, measure

_LEAST_COLOUR = 1e-3
"""Variance below which a tint is not seen."""


@dataclass(frozen=True)
class Palette:
    """The statistics of pictures' colours, and the map `(B, 3, 3)` that makes them white."""

    colours: Statistics
    whitening: Tensor

    @classmethod
    @torch.no_grad()
    def of(cls, pictures: Tensor) -> "Palette":
        """Look at pictures `(B, 3, H, W) float in [0, 1]`."""
        colours = measure(pictures)
        unit = torch.eye(3, device=pictures.device)
        # In float32, as the roots of small numbers ask for.
        with torch.autocast(pictures.device.type, enabled=False):
            return cls(colours, matrix_power(colours.covariance + _LEAST_COLOUR * unit, -0.5))

    def distances(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return how far covariances, and how far means are from these, a channel: `(B,)` each, squared.

        In white colours, where a tint that the palette has not weighs as much as light and dark.
        """
        colours, channels = measure(pictures), pictures.shape[1]
        with torch.autocast(pictures.device.type, enabled=False):
            spread = self.whitening @ (colours.covariance - self.colours.covariance) @ self.whitening
            shift = self.whitening @ (colours.mean - self.colours.mean)[..., None]
        return spread.square().sum((1, 2)) / channels, shift.square().sum((1, 2)) / channels
