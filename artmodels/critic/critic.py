"""The trained critic at work: pictures in, critiques out."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from pydantic import ValidationError
from torch import Tensor
from torch.nn.functional import normalize

from artmodels.accept import first_fault
from artmodels.bundle import Bundle
from artmodels.classifier.views import both_ways
from artmodels.critic.catalog import read
from artmodels.critic.config import RATINGS, CriticConfig
from artmodels.critic.critique import Critique, Estimated, Named, Neighbour, Property
from artmodels.critic.labels import CLASSES
from artmodels.critic.network import CriticNet
from artmodels.critic.properties import PROPERTIES, measure_properties
from artmodels.critic.scales import expectation, quantile
from artmodels.errors import AtelierError
from artmodels.family import Model
from artmodels.pictures import from_bytes

if TYPE_CHECKING:
    import pandas as pd

NEAREST = 3
_EXERCISE = 2
_VERDICTS = ("rating", "style", "year", "artist")
"""The head whose answer is watched while places are blanked: the first of these that there is."""


class Critic(Model):
    """Critiques pictures of any size."""

    def __init__(self, bundle: Bundle, device: str = "cpu") -> None:
        """Build the critic of a bundle.

        Raises:
            AtelierError: the bundle's parts do not fit together.
        """
        options = dict(bundle.config)
        try:
            self.classes: dict[str, list[str]] = options.pop("classes")
            self.config = CriticConfig(**options)
            # In the bundle they are in half precision.
            tensors = {name: tensor.float() for name, tensor in bundle.tensors.items() if name != "catalog"}
            self.works = read(bundle.tensors["catalog"])
            self.network = CriticNet.from_bundle(self.config, self.classes, tensors)
        except ValidationError as error:
            raise AtelierError(f"The bundle's configuration has {first_fault(error)}.") from error
        except KeyError as error:
            raise AtelierError(f"The bundle lacks {error}: fetch or train the model again.") from error
        except (RuntimeError, StopIteration) as error:
            line = (str(error).splitlines() or ["no known encoder"])[-1].strip()
            raise AtelierError(f"The bundle's weights do not fit its configuration: {line}") from error
        self.network.eval().requires_grad_(False).to(device)
        self.device = device

    @torch.inference_mode()
    def critique(self, picture: np.ndarray, reasons: bool = True) -> Critique:
        """Critique a picture, by what it and its mirror image have in common.

        Args:
            picture: `(H, W, 3) uint8`.
            reasons: also blank one place after the other (`occlusion`), which takes most of the time.
        """
        # One view a pass: kernels are chosen by the batch's shape and differ in the last bit.
        views = [self.network.look(view[None].to(self.device)) for view in both_ways(picture, self.config.side)]
        passes = [self.network(codes) for codes, _ in views]
        logits = {head: torch.stack([given[head] for given, _, _ in passes]).mean(0) for head in self.network.heads}
        embedding = torch.stack([own for _, own, _ in passes]).mean(0)
        strangeness = torch.stack([own.mean(1) for _, own in views]).mean(0)
        side = self.config.places
        seen = [attention.reshape(side, side) for _, _, attention in passes]
        return Critique(
            heads=self.answers(logits),
            strangeness=float(strangeness / self.network.limit),
            belonging=float(self.network.belonging(strangeness)),
            properties=self._properties(picture),
            nearest=self._nearest(embedding),
            attention=((seen[0] + seen[1].flip(1)) / 2).cpu().numpy(),
            occlusion=self._occlusion(views[0][0]) if reasons else None,
            embedding=embedding[0].cpu().numpy(),
        )

    def answers(self, logits: Mapping[str, Tensor]) -> dict[str, Named | Estimated]:
        """Return what logits `(1, C)` of each head say: calibrated, and with intervals."""
        answers: dict[str, Named | Estimated] = {}
        # The temperatures are those of the first heads, the ones for classes.
        temperatures = dict(zip(logits, self.network.temperatures, strict=False))
        for (head, given), margin in zip(logits.items(), self.network.margins.tolist(), strict=True):
            if head in CLASSES:
                answers[head] = self._named(head, (given[0] / temperatures[head]).softmax(0), margin)
            else:
                answers[head] = self._estimated(head, given, margin)
        return answers

    def predict(self, rows: "pd.DataFrame", params: Mapping[str, Any]) -> list[bytes]:
        """Column `picture`: encoded pictures; the answer: a JSON object each, see `Critique.as_json`."""
        reasons = bool(params.get("reasons", True))
        critiques = (self.critique(from_bytes(data), reasons) for data in rows["picture"])
        return [json.dumps(one.as_json(), ensure_ascii=False).encode() for one in critiques]

    def exercise(self) -> float:
        """Critique a grey picture twice; return the number of critiques."""
        for _ in range(_EXERCISE):
            self.critique(np.full((512, 512, 3), 128, np.uint8))
        return _EXERCISE

    def _named(self, head: str, probabilities: Tensor, threshold: float) -> Named:
        ranked = probabilities.sort(descending=True)
        named = {self.classes[head][n]: p for n, p in zip(ranked.indices.tolist(), ranked.values.tolist(), strict=True)}
        among = [name for name, probability in named.items() if probability >= threshold]
        return Named(named, tuple(among or list(named)[:1]))

    def _estimated(self, head: str, logits: Tensor, margin: float) -> Estimated:
        edges, coverage = self.network.edges(head), self.config.coverage
        shares = (0.5, (1 - coverage) / 2, (1 + coverage) / 2)
        middle, low, high = (float(quantile(logits, edges, share)) for share in shares)
        # A margin may be negative, but never so much that the ends change places.
        low, high = min(low - margin, middle), max(high + margin, middle)
        if head == "rating":
            middle, low, high = (min(max(value, RATINGS[0]), RATINGS[1]) for value in (middle, low, high))
        return Estimated(middle, low, high)

    def _properties(self, picture: np.ndarray) -> dict[str, Property]:
        marks = self.network.properties.cpu().numpy()
        found = {}
        for name, value, own in zip(PROPERTIES, measure_properties(picture), marks, strict=True):
            found[name] = Property(float(value), float(100 * np.searchsorted(own, value) / len(own)))
        return found

    def _nearest(self, embedding: Tensor) -> tuple[Neighbour, ...]:
        alike = self.network.works @ normalize(embedding - self.network.middle, dim=1)[0]
        best = alike.clamp(-1, 1).topk(min(NEAREST, len(alike)))
        found = []
        for number, likeness in zip(best.indices.tolist(), best.values.tolist(), strict=True):
            work, title, artist, year = self.works[number]
            found.append(Neighbour(work, title, artist, year, likeness))
        return tuple(found)

    def _occlusion(self, codes: Tensor) -> np.ndarray:
        """How much the verdict moves when a place is blanked: `(n, n) float`, more where the place spoke for it."""
        head = next(head for head in _VERDICTS if head in self.network.heads)
        places = codes.shape[1]
        blanked = codes.repeat(places + 1, 1, 1)
        # The last one stays whole. What is blank is the mean of the training works, as it was in training.
        blanked[torch.arange(places), torch.arange(places)] = 0
        logits = self.network(blanked)[0][head]
        if head in CLASSES:
            verdicts = logits.log_softmax(1)[:, logits[-1].argmax()]
        else:
            verdicts = expectation(logits, self.network.edges(head))
        return (verdicts[-1] - verdicts[:-1]).reshape(self.config.places, -1).cpu().numpy()
