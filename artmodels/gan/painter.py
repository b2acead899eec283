"""The trained generator at work: seeds in, pictures out."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from artmodels.accept import meant
from artmodels.bundle import Bundle, build_filled, fitting
from artmodels.errors import AtelierError
from artmodels.family import Model
from artmodels.gan.config import GanConfig
from artmodels.gan.latents import labels_of, latents_of
from artmodels.gan.networks import build_generator
from artmodels.pictures import to_bytes, to_picture

if TYPE_CHECKING:
    import pandas as pd

MOST_SEED = 2**32 - 1
_EXERCISE = 64


class GanPainter(Model):
    """Paints new works, each from a seed.

    Attributes:
        classes: what may be asked for; none where the model was not taught any.
        resolution: side of the pictures, in pixels.
    """

    classes: Sequence[str]
    resolution: int

    def __init__(self, bundle: Bundle, device: str = "cpu") -> None:
        """Take a bundle's generator to a device."""
        with fitting():
            options = dict(bundle.config)
            self.classes = list(options.pop("class_names", []))
            self.config = GanConfig(**options)
            self.generator = build_filled(lambda: build_generator(self.config, len(self.classes)), bundle.tensors)
        self.generator.eval().requires_grad_(False).to(device)
        self.device, self.resolution = device, self.config.resolution

    def generate(
        self,
        seed: int,
        name: str = "",
        truncation: float = 1.0,
        surface: int | None = None,
        directions: Mapping[int, float] | None = None,
    ) -> np.ndarray:
        """Paint one picture `(R, R, 3) uint8`: the same for a seed whatever else is painted.

        Args:
            seed: at least 0, below 2^32.
            name: of a class; empty: the seed decides.
            truncation: from 0, the typical picture, to 1, as varied as the works.
            surface: the seed whose surface the picture gets; None: its own.
            directions: how far to go in each of the directions of `directions`, in deviations of a latent.

        Raises:
            AtelierError: a seed, the class, the truncation or a direction is not accepted, or the network cannot mix.
        """
        latents = self.latent(seed, truncation, directions)
        return self.paint(
            latents, self.label(seed, name), None if surface is None else self.latent(surface, truncation)
        )

    @torch.inference_mode()
    def paint(self, latents: Tensor, label: Tensor | None = None, surface: Tensor | None = None) -> np.ndarray:
        """Paint the picture `(R, R, 3) uint8` of latents `(1, latent)` and a class `(1,)`, with another's surface."""
        # One picture a pass: kernels are chosen by the shape of the batch, and differ in the last bit.
        given = [each.to(self.device) if each is not None else None for each in (latents, label, surface)]
        return to_picture(self.generator(*given)[0] / 2 + 0.5)

    def latent(self, seed: int, truncation: float = 1.0, directions: Mapping[int, float] | None = None) -> Tensor:
        """Return what a seed stands for, `(1, latent)`: see `generate`."""
        if not 0 <= seed <= MOST_SEED:
            raise AtelierError(f"seed={seed} is not accepted: 0 to {MOST_SEED}.")
        if not 0 <= truncation <= 1:
            raise AtelierError(f"truncation={truncation:g} is not accepted: 0 to 1.")
        latents = latents_of([seed], self.config.latent, truncation)
        for number, amount in (directions or {}).items():
            if not 0 <= number < self.config.latent:
                raise AtelierError(f"direction={number} is not accepted: 0 to {self.config.latent - 1}.")
            latents = latents + amount * self.directions[number]
        return latents

    @cached_property
    def directions(self) -> Tensor:
        """Directions in which a picture changes most, the first the most: `(latent, latent)`, rows of length 1.

        Closed form from the weights of the layers that hear the latent (SeFa, Shen and Zhou 2021); a direction's sign
        is that of its largest element.
        """
        weights = self.generator.latent_weights().double().cpu()
        vectors = torch.linalg.eigh(weights.T @ weights).eigenvectors.flip(1).T
        largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
        return (vectors * largest.sign()).float()

    def predict(self, rows: "pd.DataFrame", params: Mapping[str, Any]) -> list[bytes]:
        """Column `seed`; parameters `class` and `truncation`; the answer: PNG files, one a row."""
        name, truncation = str(params.get("class", "")), float(params.get("truncation", 1.0))
        return [to_bytes(self.generate(int(seed), name, truncation)) for seed in rows["seed"]]

    def exercise(self) -> float:
        """Paint some pictures; return their megapixels together."""
        for seed in range(_EXERCISE):
            self.generate(seed)
        return _EXERCISE * self.resolution**2 / 1e6

    def check_class(self, name: str) -> None:
        """Check that a class may be asked for.

        Raises:
            AtelierError: it is none of `classes`.
        """
        if name not in self.classes:
            known = ", ".join(self.classes) or "none, since this model was not taught any"
            raise AtelierError(f"class={name!r} is not accepted{meant(name, self.classes)}; accepted are {known}.")

    def label(self, seed: int, name: str = "") -> Tensor | None:
        """Return the class `(1,)` that is asked for, or that a seed decides; None where there are none."""
        if name:
            self.check_class(name)
        if not self.classes:
            return None
        return torch.tensor([self.classes.index(name)]) if name else labels_of([seed], len(self.classes))
