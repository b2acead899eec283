"""Training of the GAN."""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from artmodels.bundle import Bundle, take_over
from artmodels.errors import AtelierError
from artmodels.fit import Trainable
from artmodels.gan.config import GanConfig
from artmodels.gan.diffaugment import augment
from artmodels.gan.latents import latents_of
from artmodels.gan.losses import gradient_penalty, relativistic, saturated
from artmodels.gan.networks import build_discriminator, build_generator
from artmodels.pictures import to_picture

ROWS, COLUMNS = 4, 8
"""Of the preview."""


class GanModule(Trainable):
    """A generator and a discriminator, which learn in the same step, each from its own loss."""

    def __init__(self, config: GanConfig, classes: list[str]) -> None:
        super().__init__()
        self.config, self.classes = config, classes
        # Here, and not by whoever trains: a run killed before its first checkpoint begins with the same weights again.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.generator = build_generator(config, len(classes))
            self.discriminator = build_discriminator(config, len(classes))
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
            raise AtelierError(
                f"Training diverged at step {self.global_step}: lower learning_rate, or raise gamma "
                f"(now {self.config.penalty():g})."
            )
        self.log_dict(
            {
                "loss": loss,
                "generator": paints,
                "discriminator": terms["loss"],
                "score_real": terms["real"].mean(),
                "score_fake": terms["fake"].mean(),
            }
        )
        return loss

    def configure_optimizers(self) -> Any:
        """Adam without momentum for the modern networks; as the paper has it for the classic ones."""
        modern = self.config.network == "modern"
        betas = (0.0, 0.99) if modern else (0.5, 0.999)
        networks = [*self.generator.parameters(), *self.discriminator.parameters()]
        return torch.optim.Adam(networks, self.config.learning_rate, betas)

    def bundle_config(self) -> dict[str, Any]:
        """The options, and the classes that were learnt."""
        return {**self.config.model_dump(mode="json"), "class_names": self.classes}

    def bundle_state(self) -> dict[str, Tensor]:
        """The generator's tensors."""
        return dict(self.generator.state_dict())

    def start_from(self, bundle: Bundle) -> None:
        """Begin with a trained generator; its discriminator is not in a bundle, and begins anew."""
        take_over(self.generator, bundle)

    def preview(self) -> np.ndarray:
        """The same seeds each time, a row a class where there are classes: `(H, W, 3) uint8`."""
        rows = []
        for row in range(ROWS):
            seeds = range(row * COLUMNS, (row + 1) * COLUMNS)
            labels = torch.full((COLUMNS,), row % len(self.classes), device=self.device) if self.classes else None
            latents = latents_of(seeds, self.config.latent).to(self.device)
            rows.append(np.hstack([to_picture(picture / 2 + 0.5) for picture in self.generator(latents, labels)]))
        return np.vstack(rows)

    def _shown(self, pictures: Tensor) -> Tensor:
        return augment(pictures) if self.config.augment else pictures

    def _against(self, own: Tensor, other: Tensor) -> Tensor:
        """The generator's loss, for scores of its pictures and of real ones."""
        return relativistic(own, other) if self.config.network == "modern" else saturated(own, True)

    def _discriminate(self, real: Tensor, fake: Tensor, labels: Tensor | None) -> dict[str, Tensor]:
        """The discriminator's loss, and its scores."""
        modern = self.config.network == "modern"
        penalised = modern and self.global_step % self.config.penalty_every == 0
        real, fake = real.requires_grad_(penalised), fake.requires_grad_(penalised)
        scores = {
            name: self.discriminator(self._shown(pictures), labels)
            for name, pictures in (("real", real), ("fake", fake))
        }
        if modern:
            loss = relativistic(scores["real"], scores["fake"])
        else:
            loss = saturated(scores["real"], True) + saturated(scores["fake"], False)
        if penalised:
            penalty = gradient_penalty(scores["real"], real) + gradient_penalty(scores["fake"], fake)
            # Seldom, and as much the more (Karras et al. 2020).
            loss = loss + self.config.penalty_every * self.config.penalty() / 2 * penalty
        return {"loss": loss, **scores}
