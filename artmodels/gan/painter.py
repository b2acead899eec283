"""The trained generator at work: seeds in, pictures out."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from artmodels.bundle import Bundle, fitting
from artmodels.errors import AtelierError
from artmodels.family import Model
from artmodels.gan.config import GanConfig
from artmodels.gan.latents import labels_of, latents_of
from artmodels.gan.networks import build_generator
from artmodels.pictures import to_bytes, to_picture

if TYPE_CHECKING:
    import pandas as pd

MOST_SEED = 2**32 - 1


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
            self.generator = build_generator(self.config, len(self.classes))
            self.generator.load_state_dict(bundle.tensors)
        self.generator.eval().requires_grad_(False).to(device)
        self.device, self.resolution = device, self.config.resolution

    @torch.inference_mode()
    def generate(self, seed: int, name: str = "", truncation: float = 1.0) -> np.ndarray:
        """Paint one picture `(R, R, 3) uint8`: the same for a seed whatever else is painted.

        Args:
            seed: at least 0, below 2^32.
            name: of a class; empty: the seed decides.
            truncation: from 0, the typical picture, to 1, as varied as the works.

        Raises:
            AtelierError: the seed, the class or the truncation is not accepted.
        """
        if not 0 <= seed <= MOST_SEED:
            raise AtelierError(f"seed={seed} is not accepted: 0 to {MOST_SEED}.")
        if not 0 <= truncation <= 1:
            raise AtelierError(f"truncation={truncation:g} is not accepted: 0 to 1.")
        # One picture a pass: kernels are chosen by the shape of the batch, and differ in the last bit.
        latents = latents_of([seed], self.config.latent, truncation).to(self.device)
        labels = self._label(seed, name)
        painted = self.generator(latents, labels.to(self.device) if labels is not None else None)
        return to_picture(painted[0] / 2 + 0.5)

    def predict(self, rows: "pd.DataFrame", params: Mapping[str, Any]) -> list[bytes]:
        """Column `seed`; parameters `class` and `truncation`; the answer: PNG files, one a row."""
        name, truncation = str(params.get("class", "")), float(params.get("truncation", 1.0))
        return [to_bytes(self.generate(int(seed), name, truncation)) for seed in rows["seed"]]

    def exercise(self, side: int) -> None:
        """Paint as many pictures as have `side` x `side` pixels together."""
        for seed in range(max(1, round(side**2 / self.resolution**2))):
            self.generate(seed)

    def check_class(self, name: str) -> None:
        """Check that a class may be asked for.

        Raises:
            AtelierError: it is none of `classes`.
        """
        if name not in self.classes:
            known = ", ".join(self.classes) or "none, since this model was not taught any"
            raise AtelierError(f"class={name!r} is not accepted; accepted are {known}.")

    def _label(self, seed: int, name: str) -> torch.Tensor | None:
        if name:
            self.check_class(name)
        if not self.classes:
            return None
        return torch.tensor([self.classes.index(name)]) if name else labels_of([seed], len(self.classes))
