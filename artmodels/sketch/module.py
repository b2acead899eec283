"""Training of the model that draws."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from artmodels.bundle import Bundle, take_over
from artmodels.errors import StoppedError
from artmodels.fit import Trainable
from artmodels.schedule import rise_and_fall
from artmodels.sketch.config import SketchConfig
from artmodels.sketch.network import Scores, SketchNet
from artmodels.sketch.preview import preview_sheet
from artmodels.sketch.scoring import score_drawings
from artmodels.sketch.strokes import MOST_POINTS

_WARMUP = 0.1


class SketchModule(Trainable):
    """Teaches encoder and decoder to say drawings again, and keeps the moment that did so best for held-out ones."""

    def __init__(
        self, config: SketchConfig, classes: list[str], scale: float, held_out: list[np.ndarray], labels: np.ndarray
    ) -> None:
        """Build the networks.

        Args:
            config: the options.
            classes: what may be asked for.
            scale: units that offsets are measured in.
            held_out: the validation split's drawings; none: the last model counts as the best.
            labels: their classes.
        """
        super().__init__()
        self.config, self.classes, self.held_out, self.labels = config, classes, held_out, labels
        if held_out:
            self.choosing, self.check_steps = "nats", config.check_steps
        # Here, and not by whoever trains: a run killed before its first checkpoint begins with the same weights again.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.network = SketchNet(config, len(classes), scale)

    def training_step(self, batch: dict[str, Tensor], _: int) -> Tensor:
        """One step of the paper's loss: L_R + w_KL eta max(L_KL, KL_min)."""
        points, lengths = batch["points"][:, : int(batch["length"].max())], batch["length"]
        noise = torch.randn(len(points), self.config.latent, device=points.device)
        loss, figures = self._loss(self.network.score(points, lengths, batch["label"], noise))
        if not torch.isfinite(loss):
            raise StoppedError(f"Training diverged at step {self.global_step}: lower learning_rate.")
        self.log_dict({"loss": loss, **figures})
        return loss

    def _loss(self, scores: Scores) -> tuple[Tensor, dict[str, Tensor]]:
        reconstruction = (scores.offsets + scores.pens).mean() / MOST_POINTS
        kl = scores.kl.mean() / max(self.config.latent, 1)
        annealed = 1 - (1 - self.config.kl_start) * self.config.kl_annealing**self.global_step
        loss = reconstruction + self.config.kl_weight * annealed * kl.clamp(min=self.config.kl_free)
        return loss, {"reconstruction": reconstruction, "kl": kl}

    def configure_optimizers(self) -> Any:
        """AdamW, the rate rising over a tenth of the steps and then falling to nothing along a cosine."""
        optimizer = torch.optim.AdamW(
            self.network.parameters(), self.config.learning_rate, weight_decay=self.config.weight_decay
        )
        return rise_and_fall(optimizer, self.config.steps, _WARMUP)

    def configure_gradient_clipping(self, optimizer: Any, *_: Any, **__: Any) -> None:
        """Clip to norm 1."""
        self.clip_gradients(optimizer, 1.0, "norm")

    def check(self, former: Sequence[dict[str, float]]) -> dict[str, float]:
        """What held-out drawings cost, in nats each."""
        scores = score_drawings(self.network, self.held_out, self.labels)
        means = {name: float(values.mean()) for name, values in scores.items()}
        return means | {"nats": means["offsets"] + means["pens"] + means["kl"]}

    def bundle_config(self) -> dict[str, Any]:
        """The options, and the classes that were learnt."""
        return {**self.config.model_dump(mode="json"), "class_names": self.classes}

    def bundle_state(self) -> dict[str, Tensor]:
        """The networks' tensors, large ones in half precision: half the size, the same drawings to the eye."""
        state = self.network.state_dict()
        return {key: value.half() if value.dim() > 1 else value for key, value in state.items()}

    def start_from(self, bundle: Bundle) -> None:
        """Begin with a trained model's networks, of the same shape and the same classes."""
        take_over(self.network, bundle.tensors, bundle.config)

    def preview(self) -> np.ndarray:
        """The same seeds each time: `(H, W, 3) uint8`."""
        return preview_sheet(self.network, self.classes)
