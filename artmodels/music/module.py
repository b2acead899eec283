"""Training of the composer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the library's own convention
from torch import Tensor

from artmodels.bundle import Bundle, take_over
from artmodels.errors import StoppedError
from artmodels.fit import Trainable
from artmodels.music.composing import compose
from artmodels.music.config import MusicConfig
from artmodels.music.network import MusicNet, Windows
from artmodels.music.passages import Passages
from artmodels.music.picture import draw_roll
from artmodels.music.scoring import score_pieces
from artmodels.schedule import rise_and_fall

_WARMUP = 0.04
_PREVIEWS, _FRAMES, _SPAN = 3, 64, (15, 75)


class MusicModule(Trainable):
    """Teaches the network the next frame, and to tell when a piece ends; keeps what the validation split likes best."""

    def __init__(self, config: MusicConfig, held_out: Sequence[np.ndarray], passages: Passages) -> None:
        """Build the network; without pieces held out the last one counts as the best.

        Args:
            config: the options, none of them left to the data.
            held_out: the validation split's pieces.
            passages: those of the pieces to learn from, which the bundle remembers.
        """
        super().__init__()
        self.config, self.held_out, self.passages = config, held_out, passages
        if held_out:
            self.choosing, self.check_steps = "validation", config.check_steps
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.network = MusicNet(config)

    def training_step(self, batch: dict[str, Tensor], _: int) -> Tensor:
        """One step: nats per frame, and how surely endings are told."""
        windows = Windows(batch["notes"], batch["start"], batch["length"])
        nats, ending = self.network(windows)
        scored = windows.scored()
        frame = nats.sum() / scored.sum()
        if not torch.isfinite(frame):
            raise StoppedError(f"Training diverged at step {self.global_step}: lower learning_rate.")
        place = torch.arange(scored.shape[1], device=scored.device)
        over = batch["ended"][:, None] & (place == windows.length[:, None])
        told = F.binary_cross_entropy_with_logits(ending[scored | over], over[scored | over].to(ending.dtype))
        loss = frame + told
        self.log_dict({"nats_per_frame": frame, "ending": told, "loss": loss})
        return loss

    def configure_optimizers(self) -> Any:
        """AdamW, the rate rising for the first steps and then falling to nothing along a cosine."""
        optimizer = torch.optim.AdamW(
            self.parameters(), self.config.learning_rate, weight_decay=self.config.weight_decay
        )
        return rise_and_fall(optimizer, self.config.steps, _WARMUP, cycle_momentum=False)

    def configure_gradient_clipping(self, optimizer: Any, *_: Any, **__: Any) -> None:
        """Clip to norm 1."""
        self.clip_gradients(optimizer, 1.0, "norm")

    def bundle_config(self) -> dict[str, Any]:
        """The options."""
        return self.config.model_dump(mode="json")

    def bundle_state(self) -> dict[str, Tensor]:
        """The network's tensors, and the passages of what it learnt from."""
        return {**self.network.state_dict(), **self.passages.tensors()}

    def check(self, former: Sequence[dict[str, float]]) -> dict[str, float]:
        """Nats per frame of the validation split."""
        return {"validation": float(np.concatenate(score_pieces(self.network, self.held_out)).mean())}

    def start_from(self, bundle: Bundle) -> None:
        """Begin with a trained network; what it learnt from before is not remembered."""
        network, _ = Passages.split(bundle.tensors)
        take_over(self.network, network, bundle.config)

    def preview(self) -> np.ndarray:
        """The same seeds each time, one below the other: `(H, W, 3) uint8`."""
        return np.vstack(
            [draw_roll(compose(self.network, seed, _FRAMES), width=_FRAMES, span=_SPAN) for seed in range(_PREVIEWS)]
        )
