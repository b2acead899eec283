"""The trained classifier at work: pictures in, names out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from pydantic import ValidationError
from torch import Tensor

from artmodels.accept import first_fault
from artmodels.bundle import Bundle
from artmodels.classifier.config import ClassifierConfig
from artmodels.classifier.network import ClassifierNet
from artmodels.classifier.views import both_ways
from artmodels.errors import AtelierError
from artmodels.family import Model
from artmodels.pictures import from_bytes

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = "not like anything I know"
"""What is said of a picture that is unlike the works of the training split."""


@dataclass(frozen=True)
class Naming:
    """What the classifier says of a picture.

    Attributes:
        heads: head to class to probability, the likeliest first.
        strangeness: how unlike the training works it is: 1 is where the strangest twentieth of artworks begins.
    """

    heads: dict[str, dict[str, float]]
    strangeness: float

    @property
    def known(self) -> bool:
        """Whether it is enough like the training works for the names to mean something."""
        return self.strangeness <= 1

    def best(self, head: str) -> str | None:
        """The likeliest class of a head; None if the head was not learnt."""
        return next(iter(self.heads.get(head, {})), None)


class Namer(Model):
    """Names pictures of any size."""

    def __init__(self, bundle: Bundle, device: str = "cpu") -> None:
        options = dict(bundle.config)
        try:
            self.classes: dict[str, list[str]] = options.pop("classes")
            self.config = ClassifierConfig(**options)
            tensors = {key: value.float() for key, value in bundle.tensors.items()}
            self.network = ClassifierNet.from_bundle(self.config, self.classes, tensors)
        except ValidationError as error:
            field, _, reason = first_fault(error)
            raise AtelierError(f"The bundle's configuration has {field}: {reason}.") from error
        except KeyError as error:
            raise AtelierError(f"The bundle lacks {error}: fetch or train the model again.") from error
        except (RuntimeError, StopIteration) as error:
            line = (str(error).splitlines() or ["no known encoder"])[-1].strip()
            raise AtelierError(f"The bundle's weights do not fit its configuration: {line}") from error
        self.network.eval().requires_grad_(False).to(device)
        self.device = device

    @torch.inference_mode()
    def name(self, picture: np.ndarray) -> Naming:
        """Name a picture `(H, W, 3) uint8`, by what it and its mirror image have in common."""
        logits, strangeness = self.network.answer(self._describe(picture))
        heads = {}
        for head, given in self.network.probabilities(logits).items():
            ranked = given[0].sort(descending=True)
            pairs = zip(ranked.indices.tolist(), ranked.values.tolist(), strict=True)
            heads[head] = {self.classes[head][index]: value for index, value in pairs}
        return Naming(heads, float(strangeness[0]))

    def predict(self, rows: "pd.DataFrame", params: Mapping[str, Any]) -> list[bytes]:
        """Column `picture`: encoded pictures; the answer: a JSON object each, with the `top` classes of each head."""
        top = int(params.get("top", 5))
        if top < 1:
            raise AtelierError(f"top={top} is not accepted: 1 or more classes of each head.")
        answers = []
        for data in rows["picture"]:
            named = self.name(from_bytes(data))
            heads = {head: dict(list(given.items())[:top]) for head, given in named.heads.items()}
            answer = {"known": named.known, "strangeness": named.strangeness, **heads}
            answers.append(json.dumps(answer, ensure_ascii=False).encode())
        return answers

    def exercise(self) -> float:
        """Name a grey picture; return its megapixels."""
        self.name(np.full((1000, 1000, 3), 128, np.uint8))
        return 1.0

    def _describe(self, picture: np.ndarray) -> Tensor:
        # One view a pass: kernels are chosen by the batch's shape and differ in the last bit, and training saw single
        # views, too.
        views = both_ways(picture, self.config.side).to(self.device)
        return torch.stack([self.network.body(view[None])[0] for view in views]).mean(0, keepdim=True)
