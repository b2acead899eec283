"""Training of the classifier."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from artmodels.bundle import Bundle
from artmodels.classifier.calibration import fit_temperature
from artmodels.classifier.codes import CodeSpace
from artmodels.classifier.config import ClassifierConfig
from artmodels.classifier.descriptors import Descriptors
from artmodels.classifier.labels import labels_of, words_of
from artmodels.classifier.losses import class_weights, naming_losses
from artmodels.classifier.network import ClassifierNet
from artmodels.classifier.preview import WORKS, preview_sheet
from artmodels.classifier.readers import Dense, Likeness
from artmodels.classifier.views import both_ways
from artmodels.errors import AtelierError
from artmodels.fit import Trainable
from artmodels.previews import shown_rows
from artmodels.schedule import rise_and_fall

KNOWN_SHARE = 0.95
"""Share of the works held out for validation that shall count as known."""

_WARMUP = 0.1


class ClassifierModule(Trainable):
    """Teaches the heads, and the body where it is not to stay as it is; then measures how far to trust them."""

    def __init__(self, config: ClassifierConfig, descriptors: Descriptors, classes: dict[str, list[str]]) -> None:
        super().__init__()
        self.config, self.classes, self.data = config, classes, descriptors.data
        self._labels = {head: torch.from_numpy(own) for head, own in labels_of(self.data, classes).items()}
        self._train, self._held_out = (self.data.where(kind="artwork", split=s) for s in ("train", "validation"))
        # In a tuple: the body is the network's.
        self._descriptors = (descriptors,)
        fixed = is_fixed(config)
        space, reader = self._fit_space(descriptors, fixed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            heads = {head: len(known) for head, known in classes.items()}
            self.network = ClassifierNet(descriptors.body, space, reader, heads)
        self._shown = shown_rows(self.data, "artwork", WORKS)
        # Now, not at the first preview: averaging rounds even weights that stay, and what was seen is kept.
        self._seen_before = descriptors.both_ways(self._shown).flatten(0, 1) if fixed and len(self._shown) else None
        self.network.body.requires_grad_(not fixed)
        # Lightning warns of parts that are not; the bodies compute the same either way.
        self.network.train()
        for head, known in classes.items():
            weights = class_weights(self._labels[head][self._train], len(known), config.balance)
            self.register_buffer(f"weights_{head}", weights, persistent=False)

    def training_step(self, batch: dict[str, Tensor], _: int) -> Tensor:
        """One step: descriptors of a body that stays, or pictures through one that learns."""
        descriptors = batch["descriptor"] if "descriptor" in batch else self.network.body(batch["picture"])
        logits = self.network.answer(descriptors)[0]
        weights = {head: getattr(self, f"weights_{head}") for head in self.classes}
        losses = naming_losses(logits, batch, weights, self.config.smoothing)
        loss = torch.stack(list(losses.values())).sum()
        self.log_dict({**losses, "loss": loss})
        return loss

    def configure_optimizers(self) -> Any:
        """AdamW, the rate rising over a tenth of the steps and then falling to nothing along a cosine."""
        rate = self.config.learning_rate
        shares = {1.0: [*self.network.reader.parameters(), *self.network.heads.parameters()]}
        share = 1.0 if self.config.network == "classic" else self.config.tune
        if share:
            shares[share] = shares.get(share, []) + list(self.network.body.parameters())
        groups: list[dict[str, Any]] = [{"params": own, "lr": share * rate} for share, own in shares.items()]
        optimizer = torch.optim.AdamW(groups, rate, weight_decay=self.config.weight_decay)
        return rise_and_fall(optimizer, self.config.steps, _WARMUP)

    def configure_gradient_clipping(self, optimizer: Any, *_: Any, **__: Any) -> None:
        """Clip to norm 1."""
        self.clip_gradients(optimizer, 1.0, "norm")

    @torch.no_grad()
    def on_fit_end(self) -> None:
        """With the averaged weights, fit temperatures and the limit of the known on the validation split."""
        self.network.eval()
        descriptors = self._descriptors[0]
        if not is_fixed(self.config):
            # What it saw before it had learnt is of no use now.
            descriptors = Descriptors(self.network.body, self.data, self.config.side)
            space, _ = self._fit_space(descriptors, fixed=False)
            self.network.space.load_state_dict(space.state_dict())
        rows = self._held_out if len(self._held_out) else self._train
        seen = descriptors.both_ways(rows).mean(1).to(self.device)
        self.network.limit.fill_(1)
        logits, strangeness = self.network.answer(seen)
        self.network.limit.copy_(torch.quantile(strangeness, KNOWN_SHARE).clamp(min=1e-6))
        fitted = [fit_temperature(scores.float().cpu(), self._labels[head][rows]) for head, scores in logits.items()]
        self.network.temperatures.copy_(torch.tensor(fitted))

    def bundle_config(self) -> dict[str, Any]:
        """The options, and the classes that were learnt."""
        return {**self.config.model_dump(mode="json"), "classes": self.classes}

    def bundle_state(self) -> dict[str, Tensor]:
        """The inference network's tensors, large ones in half precision: half the size, the same answers."""
        state = self.network.state_dict()
        return {key: value.half() if value.dim() > 1 else value for key, value in state.items()}

    def start_from(self, bundle: Bundle) -> None:
        """Refuse: what a classifier remembers are the works of its own training split.

        Raises:
            AtelierError: always.
        """
        raise AtelierError("A classifier cannot begin with another's weights: train it anew, which takes minutes.")

    def preview(self) -> np.ndarray:
        """Held-out works, what they are taken for and what they are: `(H, W, 3) uint8`."""
        head, classes = next(iter(self.classes.items()))
        if not len(self._shown):
            return preview_sheet([], torch.empty(0, len(classes)), classes, [])
        truths = words_of(self.data)[head]
        logits = self.network.answer(self._seen().to(self.device))[0][head]
        probabilities = logits.unflatten(0, (-1, 2)).mean(1).softmax(1)
        pictures = [self.data[row] for row in self._shown]
        return preview_sheet(pictures, probabilities, classes, [truths[row] for row in self._shown])

    def _seen(self) -> Tensor:
        """Return descriptors `(2 N, D)` of the works of the preview, each and its mirror image."""
        if self._seen_before is not None:
            return self._seen_before
        shown = (both_ways(self.data[row], self.config.side).to(self.device) for row in self._shown)
        return torch.cat([self.network.body(pair) for pair in shown])

    def _fit_space(self, descriptors: Descriptors, fixed: bool) -> tuple[CodeSpace, Likeness | Dense]:
        seen = descriptors.both_ways(self._train)
        space = CodeSpace.of_works(seen.flatten(0, 1), self.config.codes, self.config.seed)
        if not fixed:
            return space, Dense(seen.shape[2])
        codes, _ = space(seen.mean(1))
        return space, Likeness.to_works(codes, self.config.memory, self.config.sharpness, self.config.seed)


def is_fixed(config: ClassifierConfig) -> bool:
    """Tell whether the body stays as it is."""
    return config.network == "moments" and config.tune == 0
