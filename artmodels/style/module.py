"""Training of the style-transfer network."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from artmodels.bundle import Bundle, take_over
from artmodels.fit import Trainable
from artmodels.images import PackedImages
from artmodels.perception import Perceptor
from artmodels.style.config import StyleConfig
from artmodels.style.losses import StyleLoss
from artmodels.style.network import StyleTransferNet
from artmodels.style.preview import preview_grid, preview_pictures

OVERSHOOT_WEIGHT = 5.0
"""Weight of what is painted darker than black or lighter than white, which a picture file cuts off."""


class StyleModule(Trainable):
    """An encoder, a fusion and a decoder, taught by a frozen perceptual encoder."""

    def __init__(self, config: StyleConfig, perceptor: Perceptor, data: PackedImages) -> None:
        super().__init__()
        self.config = config
        # Here, and not by whoever trains: a run killed before its first checkpoint begins with the same weights again.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.network = StyleTransferNet(config.depth, config.code, config.blocks)
        # A teacher of another shape still teaches; then the encoder begins by chance.
        self.network.encoder.start_from(perceptor)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        # In a tuple, so that the frozen encoder is in neither the checkpoint nor the moving average.
        self._loss = (StyleLoss(perceptor, config.texture_weight, config.moment_weight, config.looks),)
        self._preview = preview_pictures(data)

    def on_fit_start(self) -> None:
        """Take the frozen encoder to where the network is."""
        perceptor = self._loss[0].perceptor.to(self.device)
        perceptor.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def training_step(self, batch: dict[str, Tensor], _: int) -> Tensor:
        """One step. The last pair of each batch is a picture and itself, which must come out as it went in."""
        content = batch["content"].contiguous(memory_format=torch.channels_last)
        style = batch["style"].contiguous(memory_format=torch.channels_last)
        # One of the whole batch, of which each process has a share.
        own = self.rank == self.processes - 1
        style = torch.cat([style[:-1], content[-1:]]) if own else style
        painted = self.network(content, style)
        terms = self._loss[0](painted, content, style)
        identity = (painted[-1] - content[-1]).abs().mean() * (self.processes if own else 0)
        overshoot = (painted - painted.clamp(0, 1)).abs().mean()
        loss: Tensor = terms["loss"] + self.config.identity_weight * identity + OVERSHOOT_WEIGHT * overshoot
        self.log_dict({**terms, "loss": loss, "identity": identity})
        return loss

    def configure_optimizers(self) -> Any:
        """Adam, its rate rising over the warm-up and then falling to nothing along a cosine."""
        rate, encoder = self.config.learning_rate, self.network.encoder
        # What the encoder knows already is worth more than what a first rough gradient says.
        groups: list[dict[str, Any]] = [
            {"params": list(encoder.parameters()), "lr": rate * self.config.encoder_rate},
            {"params": [value for name, value in self.named_parameters() if not name.startswith("network.encoder.")]},
        ]
        optimizer = torch.optim.Adam(groups, rate)
        total = self.config.steps + 1
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            [group["lr"] for group in optimizer.param_groups],
            total_steps=total,
            # A rise of less than two steps would be divided by zero.
            pct_start=max(self.config.warmup, 2 / total),
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def configure_gradient_clipping(self, optimizer: Any, *_: Any, **__: Any) -> None:
        """Clip to norm 1: one plain style can throw a whole batch."""
        self.clip_gradients(optimizer, 1.0, "norm")

    def bundle_config(self) -> dict[str, Any]:
        """The options."""
        return self.config.model_dump(mode="json")

    def bundle_state(self) -> dict[str, Tensor]:
        """The inference network's tensors."""
        return dict(self.network.state_dict())

    def start_from(self, bundle: Bundle) -> None:
        """Begin with a trained network."""
        take_over(self.network, bundle.tensors, bundle.config)

    def preview(self) -> np.ndarray:
        """Held-out contents (rows) in held-out styles (columns): `(H, W, 3) uint8`."""
        return preview_grid(self.network, *self._preview, self.device)
