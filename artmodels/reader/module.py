"""Training of the reader."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from artmodels.bundle import Bundle
from artmodels.errors import AtelierError
from artmodels.fit import Trainable
from artmodels.previews import evenly
from artmodels.reader.config import ReaderConfig
from artmodels.reader.figures import FIGURES, TOTAL, targets_of
from artmodels.reader.intervals import conformal_radius
from artmodels.reader.model import ReaderNet
from artmodels.reader.network import Recurrent
from artmodels.reader.phrases import Phrases
from artmodels.reader.preview import DOTS, EXCERPTS, preview_chart, preview_table
from artmodels.reader.samples import Critiques
from artmodels.reader.words import UNKNOWN, Vocabulary, part
from artmodels.schedule import rise_and_fall
from artmodels.sequences import Sequences

_WARMUP = 0.15
# A figure that fewer critiques give has no spread to speak of.
_LEAST = 2


class ReaderModule(Trainable):
    """Counts phrases once, teaches the recurrent part, then measures how wide an interval has to be."""

    weights: Tensor

    def __init__(self, config: ReaderConfig, data: Sequences) -> None:
        super().__init__()
        self.config = config
        train, self._held_out = data.where("train"), data.where("validation")
        targets = targets_of(data)
        known = np.isfinite(targets[train]).sum(0) >= _LEAST
        self.figures = [name for name, some in zip(FIGURES, known, strict=True) if some]
        if TOTAL not in self.figures:
            raise AtelierError(
                "Nothing to learn: the training split needs critiques with a total score; take some in with "
                "`atelier ingest FILE.csv --kind critique --column text=... --column total=...`."
            )
        self._targets = targets[:, known]
        self.vocabulary = Vocabulary.of_texts((data.text(row) for row in train), config.least_texts)
        self._texts = [encode(self.vocabulary, data.text(row), config.most_words) for row in range(len(data))]
        self._excerpts = {row: data.text(row) for row in evenly(evenly(self._held_out, DOTS), EXCERPTS).tolist()}
        mean = np.nanmean(self._targets[train], 0)
        spread = np.nanstd(self._targets[train], 0).clip(1e-3)
        standard = (self._targets - mean) / spread
        own = [self._texts[row] for row in train]
        phrases = Phrases.fitted(own, standard[train], config.phrase, config.least_texts, config.penalty)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            recurrent = Recurrent(config, len(self.vocabulary), len(self.figures))
        self.network = ReaderNet(config, recurrent, phrases)
        self.network.mean.copy_(torch.from_numpy(mean))
        self.network.spread.copy_(torch.from_numpy(spread))
        # The total counts as it is, the attributes share a weight.
        shares = [1.0 if name == TOTAL else config.attributes / (len(FIGURES) - 1) for name in self.figures]
        self.register_buffer("weights", torch.tensor(shares), persistent=False)
        self.samples = Critiques(own, torch.from_numpy(standard[train]), config.batch_size, config.seed)

    def training_step(self, batch: dict[str, Tensor], _: int) -> Tensor:
        """One step of the recurrent part: mean absolute error of the figures that are given, in standard deviations."""
        lengths = batch["length"]
        read = self.network.recurrent(batch["words"][:, : int(lengths.max())], lengths)
        given = batch["targets"].isfinite()
        errors = torch.where(given, read - batch["targets"].nan_to_num(), 0).abs()
        # A batch may give a figure in no critique: then it costs nothing, where a mean would be 0 / 0.
        loss = (errors.sum(0) / given.sum(0).clamp(min=1)) @ self.weights
        self.log("loss", loss)
        return loss

    def configure_optimizers(self) -> Any:
        """AdamW, the rate rising over the first steps and then falling to nothing along a cosine."""
        parameters = self.network.recurrent.parameters()
        optimizer = torch.optim.AdamW(parameters, self.config.learning_rate, weight_decay=self.config.weight_decay)
        return rise_and_fall(optimizer, self.config.steps, _WARMUP)

    def configure_gradient_clipping(self, optimizer: Any, *_: Any, **__: Any) -> None:
        """Clip to norm 1."""
        self.clip_gradients(optimizer, 1.0, "norm")

    @torch.no_grad()
    def on_fit_end(self) -> None:
        """With the averaged weights, measure on the validation split how far off the answers are."""
        self.network.eval()
        guessed, true = self._guesses(self._held_out)
        radius = [conformal_radius(errors, self.config.coverage) for errors in np.abs(guessed - true).T]
        # Beyond the scale's ends an interval says nothing.
        self.network.radius.copy_(torch.tensor(radius).clamp(max=1))

    def bundle_config(self) -> dict[str, Any]:
        """The options, the figures that were learnt, and the words that are known."""
        words = self.vocabulary.words
        return {**self.config.model_dump(mode="json"), "figures": self.figures, "words": " ".join(words)}

    def bundle_state(self) -> dict[str, Tensor]:
        """The network's tensors, large ones in half precision: half the size, answers equal to a hundredth."""
        state = self.network.state_dict()
        return {
            key: value.half() if value.dim() > 1 and value.is_floating_point() else value
            for key, value in state.items()
        }

    def start_from(self, bundle: Bundle) -> None:
        """Refuse: the words of another training have other numbers.

        Raises:
            AtelierError: always.
        """
        raise AtelierError("A reader cannot begin with another's weights: train it anew, which takes minutes.")

    def preview(self) -> np.ndarray:
        """Held-out critiques' scores against what is read in them, and how some begin: `(H, W, 3) uint8`."""
        shown, place = evenly(self._held_out, DOTS), self.figures.index(TOTAL)
        guessed, true = (figures[:, place] for figures in self._guesses(shown))
        some = np.isin(shown, list(self._excerpts))
        table = preview_table(list(self._excerpts.values()), true[some], guessed[some])
        return np.hstack([preview_chart(true, guessed), table])

    def _guesses(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what the network says of some critiques, `(N, F)`, and what is true."""
        guessed = [self.network(self._texts[row]).cpu().numpy() for row in rows]
        return np.array(guessed, np.float32).reshape(len(rows), len(self.figures)), self._targets[rows]


def encode(vocabulary: Vocabulary, text: str, most: int) -> list[int]:
    """Return a text's word numbers, at most `most`; one unknown word where there is none."""
    return vocabulary.numbers(part(text))[:most] or [UNKNOWN]
