"""The trained model at work: seeds in, drawings out; begun ones finished, given ones varied, two of them mixed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from artmodels.accept import meant
from artmodels.bundle import Bundle, build_filled, fitting
from artmodels.errors import AtelierError
from artmodels.family import Model
from artmodels.sketch.config import SketchConfig
from artmodels.sketch.network import ANY, SketchNet
from artmodels.sketch.pictures import to_svg
from artmodels.sketch.samples import as_points
from artmodels.sketch.sampling import draw_on
from artmodels.sketch.strokes import MOST_POINTS

if TYPE_CHECKING:
    import pandas as pd

MOST_SEED = 2**32 - 1

LEAST_TEMPERATURE = 0.01

_GUESSES = 64
"""Latents that are tried for a begun drawing."""


@dataclass(frozen=True)
class Idea:
    """What a drawing is drawn from.

    Attributes:
        latent: `(1, latent)`.
        told: what the class is to the decoder, `(1, naming)`.
    """

    latent: Tensor
    told: Tensor


class Drawer(Model):
    """Draws.

    Attributes:
        classes: what may be asked for; none where the model was not taught any.
        reads: whether it can take the idea from a drawing; a decoder alone cannot.
    """

    classes: Sequence[str]
    reads: bool

    def __init__(self, bundle: Bundle, device: str = "cpu") -> None:
        """Take a bundle's networks to a device."""
        with fitting():
            options = dict(bundle.config)
            self.classes = list(options.pop("class_names", []))
            self.config = SketchConfig(**options)
            tensors = {name: tensor.float() for name, tensor in bundle.tensors.items()}
            self.network = build_filled(lambda: SketchNet(self.config, len(self.classes)), tensors)
        self.network.eval().requires_grad_(False).to(device)
        self.device, self.reads = device, self.config.latent > 0

    def imagine(self, seed: int, name: str = "") -> Idea:
        """Return what a seed stands for; an empty name: the seed decides on the class, too.

        Raises:
            AtelierError: the seed or the class is not accepted.
        """
        chance = self._chance(seed)
        noise = torch.from_numpy(chance.standard_normal((1, self.config.latent)).astype(np.float32)).to(self.device)
        number = self._number(name)
        if self.classes and not name:
            number = ANY + 1 + int(chance.integers(len(self.classes)))
        told = self._told(number)
        return Idea(self.network.imagine(noise, told), told)

    @torch.inference_mode()
    def read(self, drawing: np.ndarray, name: str = "", seed: int | None = None) -> Idea:
        """Return the idea of a drawing `(N, 3) int16`: the encoder's mean, or as a seed has it, near the mean.

        Raises:
            AtelierError: the model cannot read, the class is none, or the drawing is too long.
        """
        if not self.reads:
            raise AtelierError("This model is a decoder alone and reads no drawings: train one with latent=32.")
        points = as_points(_short_enough(drawing, MOST_POINTS), float(self.network.scale))[None, : len(drawing)]
        mean, log_variance = self.network.encode(points.to(self.device), torch.tensor([len(drawing)]).to(self.device))
        if seed is not None:
            noise = self._chance(seed).standard_normal(mean.shape).astype(np.float32)
            mean = mean + (log_variance / 2).exp() * torch.from_numpy(noise).to(self.device)
        return Idea(mean, self._told(self._number(name)))

    def draw(self, idea: Idea, seed: int, temperature: float = 0.4) -> np.ndarray:
        """Draw `(N, 3) int16`: the same for an idea, a seed and a temperature whatever else is drawn.

        Args:
            idea: from `imagine`, `read` or `between`.
            seed: at least 0, below 2^32.
            temperature: from 0.01, what is likeliest, to 1, as varied as the model believes drawings to be.

        Raises:
            AtelierError: the seed or the temperature is not accepted.
        """
        return self._draw(idea, seed, temperature, None)

    @torch.inference_mode()
    def finish(self, begun: np.ndarray, seed: int, name: str = "", temperature: float = 0.4) -> np.ndarray:
        """Go on with a begun drawing `(K, 3) int16`, whose strokes stay as they are: `(N, 3) int16`.

        Of the ideas that a seed has, one is taken with the probability that the begun drawing is due to it.

        Raises:
            AtelierError: the seed, the class or the temperature is not accepted, or the drawing leaves no room.
        """
        _short_enough(begun, MOST_POINTS - 1)
        chance = self._chance(seed)
        told = self._told(self._number(name))
        noise = torch.from_numpy(chance.standard_normal((_GUESSES, self.config.latent)).astype(np.float32))
        points = as_points(begun, float(self.network.scale))[None, : len(begun)].expand(_GUESSES, -1, -1)
        given = self.network.imagine(noise.to(self.device), told), told.expand(_GUESSES, -1)
        likely = self.network.log_likelihood(points.to(self.device), *given).double().softmax(0).cpu().numpy()
        which = int(chance.choice(_GUESSES, p=likely / likely.sum()))
        return self._draw(Idea(given[0][which : which + 1], told), seed, temperature, begun)

    def predict(self, rows: "pd.DataFrame", params: Mapping[str, Any]) -> list[bytes]:
        """Column `seed`; parameters `class` and `temperature`; the answer: SVG files, one a row."""
        name, temperature = str(params.get("class", "")), float(params.get("temperature", 0.4))
        seeds = [int(seed) for seed in rows["seed"]]
        return [to_svg(self.draw(self.imagine(seed, name), seed, temperature), name) for seed in seeds]

    def exercise(self) -> float:
        """Draw four drawings."""
        for seed in range(4):
            self.draw(self.imagine(seed), seed)
        return 4

    def check_class(self, name: str) -> None:
        """Check that a class may be asked for.

        Raises:
            AtelierError: it is none of `classes`.
        """
        if name not in self.classes:
            known = ", ".join(self.classes) or "none, since this model was not taught any"
            raise AtelierError(f"class={name!r} is not accepted{meant(name, self.classes)}; accepted are {known}.")

    def _draw(self, idea: Idea, seed: int, temperature: float, begun: np.ndarray | None) -> np.ndarray:
        if not LEAST_TEMPERATURE <= temperature <= 1:
            raise AtelierError(f"temperature={temperature:g} is not accepted: {LEAST_TEMPERATURE} to 1.")
        # Another stream than the idea's.
        return draw_on(self.network, idea.latent, idea.told, temperature, self._chance(seed, 1), begun)

    def _chance(self, seed: int, stream: int = 0) -> np.random.Generator:
        if not 0 <= seed <= MOST_SEED:
            raise AtelierError(f"seed={seed} is not accepted: 0 to {MOST_SEED}.")
        return np.random.default_rng([stream, seed])

    def _number(self, name: str) -> int:
        if not name:
            return ANY
        self.check_class(name)
        return ANY + 1 + list(self.classes).index(name)

    def _told(self, number: int) -> Tensor:
        told: Tensor = self.network.names(torch.tensor([number], device=self.device))
        return told


def between(first: Idea, last: Idea, share: float) -> Idea:
    """Return the idea that lies at a share, 0 to 1, of the way from one to another.

    Latents turn on a sphere (Shoemake 1985; White 2016), since those that are drawn from have a length in common;
    what the class is to the decoder goes straight.
    """
    one, other = first.latent.double(), last.latent.double()
    cosine = torch.nn.functional.cosine_similarity(one, other).clamp(-1, 1)
    angle = cosine.arccos()
    # Nearly parallel, or nothing to turn: straight is the same.
    if not one.numel() or angle < 1e-4:
        latent = torch.lerp(one, other, share)
    else:
        latent = (((1 - share) * angle).sin() * one + (share * angle).sin() * other) / angle.sin()
    return Idea(latent.float(), torch.lerp(first.told, last.told, share))


def _short_enough(drawing: np.ndarray, most: int) -> np.ndarray:
    if len(drawing) > most:
        raise AtelierError(f"The drawing has {len(drawing)} points: at most {most} are accepted.")
    return drawing
