"""Training of the GAN."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from artmodels.bundle import Bundle, take_over
from artmodels.errors import StoppedError
from artmodels.fit import Trainable
from artmodels.gan.config import GanConfig
from artmodels.gan.diagnosis import Diagnosis, stop_if_collapsed
from artmodels.gan.diffaugment import augment
from artmodels.gan.latents import latents_of
from artmodels.gan.losses import gradient_penalty, hinge, relativistic, saturated
from artmodels.gan.networks import build_discriminator, build_generator
from artmodels.gan.reconstruction import Reconstruction
from artmodels.pictures import to_picture

ROWS, COLUMNS = 4, 8
"""Of the preview; a row a class where there are classes."""


class GanModule(Trainable):
    """A generator and a discriminator, which learn in the same step, each from its own loss."""

    def __init__(self, config: GanConfig, classes: list[str], diagnosis: Diagnosis | None = None) -> None:
        """Build both networks; without a diagnosis the last generator counts as the best."""
        super().__init__()
        self.config, self.classes, self.diagnosis = config, classes, diagnosis
        if diagnosis is not None:
            self.choosing, self.check_steps = "kernel_distance", config.check_steps
        # Here, and not by whoever trains: a run killed before its first checkpoint begins with the same weights again.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.generator = build_generator(config, len(classes))
            self.discriminator = build_discriminator(config, len(classes))
            self.reconstruction: Reconstruction | None = None
            if config.reconstruction():
                self.reconstruction = Reconstruction(self.discriminator.map_channels)
        for network in (self.generator, self.discriminator):
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def training_step(self, batch: dict[str, Tensor], number: int) -> Tensor:
        """One step. Gradients of the generator's loss reach the generator alone, and the other way round."""
        real = batch["picture"].contiguous(memory_format=torch.channels_last)
        labels = batch.get("label")
        fake = self.generator(torch.randn(len(real), self.config.latent, device=real.device), labels)
        terms = self._discriminate(real, fake.detach(), labels)
        frozen = {name: value.detach() for name, value in self.discriminator.state_dict().items()}
        judged = functional_call(self.discriminator, frozen, (self._shown(fake), labels))
        paints = self._against(judged, terms["real"].detach())
        loss = paints + terms["loss"]
        if not torch.isfinite(loss):
            raise StoppedError(f"Training diverged at step {self.global_step}: {self.config.remedy()}.")
        self.log_dict(
            {
                "loss": loss,
                "generator": paints,
                "discriminator": terms["loss"],
                "score_real": terms["real"].mean(),
                "score_fake": terms["fake"].mean(),
                **({"reconstruction": terms["reconstruction"]} if "reconstruction" in terms else {}),
            }
        )
        return loss

    def configure_optimizers(self) -> Any:
        """Adam, without momentum for the modern networks; as the papers have it for the others."""
        modern = self.config.network == "modern"
        betas = (0.0, 0.99) if modern else (0.5, 0.999)
        return torch.optim.Adam(self.parameters(), self.config.learning_rate, betas)

    def bundle_config(self) -> dict[str, Any]:
        """The options, and the classes that were learnt."""
        return {**self.config.model_dump(mode="json"), "class_names": self.classes}

    def bundle_state(self) -> dict[str, Tensor]:
        """The generator's tensors."""
        return dict(self.generator.state_dict())

    def bundle_companion(self) -> dict[str, Tensor]:
        """The discriminator's tensors, in half the bytes: it is something to begin with, and nothing to paint with."""
        return {name: tensor.bfloat16() for name, tensor in self.discriminator.state_dict().items()}

    def check(self, former: Sequence[dict[str, float]]) -> dict[str, float]:
        """The figures of `Diagnosis`."""
        assert self.diagnosis is not None
        figures = self.diagnosis.look(self.generator, self.discriminator, self.config.latent)
        stop_if_collapsed(figures, former, self.config.remedy())
        return figures

    def start_from(self, bundle: Bundle) -> None:
        """Begin with a trained generator, and its discriminator where the bundle has one."""
        take_over(self.generator, bundle.tensors, bundle.config)
        take_over(self.discriminator, bundle.companion, bundle.config)

    def preview(self) -> np.ndarray:
        """The same seeds each time, a row a class where there are classes: `(H, W, 3) uint8`."""
        rows = []
        for row in range(len(self.classes) or ROWS):
            seeds = range(row * COLUMNS, (row + 1) * COLUMNS)
            labels = torch.full((COLUMNS,), row, device=self.device) if self.classes else None
            latents = latents_of(seeds, self.config.latent).to(self.device)
            rows.append(np.hstack([to_picture(picture / 2 + 0.5) for picture in self.generator(latents, labels)]))
        return np.vstack(rows)

    def _shown(self, pictures: Tensor) -> Tensor:
        return augment(pictures) if self.config.augment else pictures

    def _against(self, own: Tensor, other: Tensor) -> Tensor:
        """The generator's loss, for scores of its pictures and of real ones."""
        if self.config.network == "modern":
            return relativistic(own, other)
        return -own.mean() if self.config.network == "light" else saturated(own, True)

    def _discriminate(self, real: Tensor, fake: Tensor, labels: Tensor | None) -> dict[str, Tensor]:
        """The discriminator's loss, and its scores."""
        penalised = self.config.penalised and self.global_step % self.config.penalty_every == 0
        real, fake = real.requires_grad_(penalised), fake.requires_grad_(penalised)
        shown = {name: self._shown(pictures) for name, pictures in (("real", real), ("fake", fake))}
        judged = {name: self.discriminator.judged(pictures, labels) for name, pictures in shown.items()}
        scores = {name: score for name, (score, _) in judged.items()}
        if self.config.network == "modern":
            loss = relativistic(scores["real"], scores["fake"])
        else:
            loss_of = hinge if self.config.network == "light" else saturated
            loss = loss_of(scores["real"], True) + loss_of(scores["fake"], False)
        if penalised:
            penalty = gradient_penalty(scores["real"], real) + gradient_penalty(scores["fake"], fake)
            # Seldom, and as much the more (Karras et al. 2020).
            loss = loss + self.config.penalty_every * self.config.penalty() / 2 * penalty
        terms = {"loss": loss, **scores}
        if self.reconstruction is not None:
            terms["reconstruction"] = self.reconstruction(shown["real"].detach(), judged["real"][1])
            terms["loss"] = loss + self.config.reconstruction() * terms["reconstruction"]
        return terms
