"""Training of the critic."""

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor

from artmodels.bundle import Bundle
from artmodels.classifier.calibration import fit_temperature
from artmodels.classifier.losses import class_weights
from artmodels.critic.catalog import written
from artmodels.critic.config import CriticConfig
from artmodels.critic.conformal import interval_margin, set_threshold
from artmodels.critic.labels import CLASSES, MISSING
from artmodels.critic.losses import reading_losses
from artmodels.critic.network import PERCENTILES, CriticNet
from artmodels.critic.places import Places
from artmodels.critic.preview import WORKS, preview_sheet
from artmodels.critic.properties import measure_properties
from artmodels.critic.scales import quantile
from artmodels.errors import AtelierError
from artmodels.fit import Trainable
from artmodels.previews import shown_rows
from artmodels.schedule import rise_and_fall

_WARMUP = 0.1
_MEASURED = 2000
"""Works whose properties the percentiles are of."""

_TOGETHER = 32
"""Works that are read at once."""

_FEW = 20
"""Held-out works of which the strangest twentieth is one; with fewer, the training works are asked."""


class CriticModule(Trainable):
    """Teaches the reader and the heads; then measures on held-out works how far to trust them."""

    def __init__(
        self,
        config: CriticConfig,
        places: Places,
        classes: dict[str, list[str]],
        scales: dict[str, Tensor],
        labels: dict[str, Tensor],
    ) -> None:
        super().__init__()
        self.config, self.classes, self.scales, self.labels = config, classes, scales, labels
        self.data = places.data
        self._train, self._held_out = (self.data.where(kind="artwork", split=s) for s in ("train", "validation"))
        self._remembered = np.sort(np.random.default_rng(config.seed).permutation(self._train)[: config.memory])
        self._places = places
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            # Copies: averaging weights rounds even those that never change, and places are looked at all along.
            encoder, space = copy.deepcopy(places.encoder), copy.deepcopy(places.space)
            self.network = CriticNet(encoder, space, config, classes, scales, len(self._remembered))
        self.network.encoder.requires_grad_(False)
        # Lightning warns of parts that are not; the encoder computes the same either way.
        self.network.train()
        for head, known in classes.items():
            learnt = labels[head][self._train].clamp(min=MISSING)
            weights = class_weights(learnt, len(known), config.balance)
            self.register_buffer(f"weights_{head}", weights, persistent=False)

    def training_step(self, batch: dict[str, Tensor], _: int) -> Tensor:
        """One step: places of works, some of them left blank."""
        places = batch["places"]
        seen = torch.rand(places.shape[:2], device=places.device) >= self.config.blanks
        logits, _, _ = self.network(places * seen[..., None])
        weights = {head: getattr(self, f"weights_{head}") for head in self.classes}
        edges = {head: self.network.edges(head) for head in self.scales}
        losses = reading_losses(logits, batch, weights, edges, self.config.smoothing)
        shares = {"order": self.config.ranking}
        loss = torch.stack([shares.get(name, 1.0) * one for name, one in losses.items()]).sum()
        self.log_dict({**losses, "loss": loss})
        return loss

    def configure_optimizers(self) -> Any:
        """AdamW, the rate rising over a tenth of the steps and then falling to nothing along a cosine."""
        learning = [*self.network.reader.parameters(), *self.network.heads.parameters()]
        optimizer = torch.optim.AdamW(learning, self.config.learning_rate, weight_decay=self.config.weight_decay)
        return rise_and_fall(optimizer, self.config.steps, _WARMUP)

    def configure_gradient_clipping(self, optimizer: Any, *_: Any, **__: Any) -> None:
        """Clip to norm 1."""
        self.clip_gradients(optimizer, 1.0, "norm")

    @torch.no_grad()
    def on_fit_end(self) -> None:
        """With the averaged weights, calibrate on the held-out works, and remember those of the training split."""
        self.network.eval()
        self.network.encoder.load_state_dict(self._places.encoder.state_dict())
        self._calibrate()
        embeddings = self._read(self._remembered)[1]
        self.network.middle.copy_(embeddings.mean(0))
        self.network.works.copy_(torch.nn.functional.normalize(embeddings - self.network.middle, dim=1))
        measured = np.stack([measure_properties(self.data[row]) for row in self._remembered[:_MEASURED]])
        marks = np.percentile(measured, np.linspace(0, 100, PERCENTILES), axis=0).T
        self.network.properties.copy_(torch.from_numpy(marks))

    def bundle_config(self) -> dict[str, Any]:
        """The options, and the classes that were learnt."""
        return {**self.config.model_dump(mode="json"), "classes": self.classes}

    def bundle_state(self) -> dict[str, Tensor]:
        """The inference network's tensors, large ones in half precision, and which works are remembered."""
        state = {key: value.half() if value.dim() > 1 else value for key, value in self.network.state_dict().items()}
        table = self.data.table.iloc[self._remembered]
        years = [None if np.isnan(year) else int(year) for year in table["year"].astype(float)]
        columns = (table["id"], table["title"].fillna(""), table["artist"].fillna(""), years)
        return {**state, "catalog": written(list(zip(*columns, strict=True)))}

    def start_from(self, bundle: Bundle) -> None:
        """Refuse: a critic's code space is that of its own training works.

        Raises:
            AtelierError: always.
        """
        raise AtelierError("A critic cannot begin with another's weights: train it anew, which takes minutes.")

    def preview(self) -> np.ndarray:
        """Held-out works, what is said of them, what is true, and where the attention was: `(H, W, 3) uint8`."""
        return preview_sheet(self.network, self._places, self.classes, shown_rows(self.data, "artwork", WORKS))

    def _calibrate(self) -> None:
        network, coverage = self.network, self.config.coverage
        logits, _, strangeness = self._read(self._held_out)
        margins, temperatures = [], []
        for head, given in logits.items():
            labels = self.labels[head][self._held_out]
            if head in CLASSES:
                # Temperature scaling knows one kind of label that is not to be learnt from.
                temperature = fit_temperature(given, labels.clamp(min=MISSING))
                temperatures.append(temperature)
                margins.append(set_threshold((given / temperature).softmax(1), labels, coverage))
            else:
                edges = network.edges(head).cpu()
                low, high = (quantile(given, edges, share) for share in ((1 - coverage) / 2, (1 + coverage) / 2))
                margins.append(interval_margin(low, high, labels, coverage, float(edges[-1] - edges[0])))
        network.temperatures.copy_(torch.tensor(temperatures))
        network.margins.copy_(torch.tensor(margins))
        if len(self._held_out) < _FEW:
            strangeness = self._read(self._train)[2]
        network.held_out.copy_(torch.quantile(strangeness, torch.linspace(0, 1, PERCENTILES)))

    def _read(self, rows: np.ndarray) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """Return each head's logits `(N, C)`, embeddings `(N, E)` and strangeness `(N,)`, means of both views."""
        logits: dict[str, list[Tensor]] = {head: [torch.empty(0, self._size(head))] for head in self.network.heads}
        embeddings, strangeness = [torch.empty(0, self.network.reader.size)], [torch.empty(0)]
        for first in range(0, len(rows), _TOGETHER):
            codes, strange = zip(*map(self._places.both_ways, rows[first : first + _TOGETHER].tolist()), strict=True)
            given, read, _ = self.network(torch.cat(codes).to(self.device))
            for head, scores in given.items():
                logits[head].append(scores.unflatten(0, (-1, 2)).mean(1).cpu())
            embeddings.append(read.unflatten(0, (-1, 2)).mean(1).cpu())
            strangeness.append(torch.stack(strange))
        return {head: torch.cat(own) for head, own in logits.items()}, torch.cat(embeddings), torch.cat(strangeness)

    def _size(self, head: str) -> int:
        return len(self.classes[head]) if head in CLASSES else len(self.scales[head]) - 1
