"""The trained reader at work: critiques in, scores out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from pydantic import ValidationError

from artmodels.accept import first_fault
from artmodels.bundle import Bundle
from artmodels.errors import AtelierError
from artmodels.family import Model
from artmodels.reader.config import ReaderConfig
from artmodels.reader.figures import FIGURES, HIGHEST
from artmodels.reader.model import ReaderNet
from artmodels.reader.words import FIRST, UNKNOWN, Vocabulary, Word, part

if TYPE_CHECKING:
    import pandas as pd

READABLE, FAMILIAR = 0.4, 0.7
"""Shares of a text's words that are known: below the first it is in another language, below the second its words are
others than those of the training's critiques."""


@dataclass(frozen=True)
class Score:
    """A figure that was read, and the interval that holds the experts' in the share of cases that was asked for."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Reading:
    """What was read in a critique.

    Attributes:
        scores: the score of each figure that was learnt, on the figure's own scale.
        known: share of the text's words that are known.
        words: the text's words, as many as were read.
    """

    scores: dict[str, Score]
    known: float
    words: list[Word]

    @property
    def familiar(self) -> bool:
        """Whether it is worded enough like the training's critiques for the intervals to hold."""
        return self.known >= FAMILIAR


class Reader(Model):
    """Reads the scores that experts would give a work from what was written about it."""

    def __init__(self, bundle: Bundle, device: str = "cpu") -> None:
        """Build the network from a bundle.

        Raises:
            AtelierError: configuration or weights do not fit.
        """
        options = dict(bundle.config)
        try:
            self.figures: list[str] = options.pop("figures")
            self.vocabulary = Vocabulary(options.pop("words").split())
            self.config = ReaderConfig(**options)
            if unknown := [name for name in self.figures if name not in FIGURES]:
                raise AtelierError(f"The bundle scores {unknown[0]!r}, which is not one of {', '.join(FIGURES)}.")
            self.network = ReaderNet.from_bundle(self.config, len(self.vocabulary), bundle.tensors)
        except ValidationError as error:
            field, _, reason = first_fault(error)
            raise AtelierError(f"The bundle's configuration has {field}: {reason}.") from error
        except KeyError as error:
            raise AtelierError(f"The bundle lacks {error}: fetch or train the model again.") from error
        except RuntimeError as error:
            line = str(error).splitlines()[-1].strip()
            raise AtelierError(f"The bundle's weights do not fit its configuration: {line}") from error
        self.network.eval().requires_grad_(False).to(device)

    @torch.inference_mode()
    def read(self, text: str) -> Reading:
        """Read a critique.

        Raises:
            AtelierError: there are no words in it, or hardly one that is known.
        """
        words = part(text)
        spoken = [word for word in words if word.spoken]
        if not spoken:
            raise AtelierError("there are no words in it")
        known = sum(word.text in self.vocabulary for word in spoken) / len(spoken)
        if known < READABLE:
            raise AtelierError(
                f"only {known:.0%} of its {len(spoken)} words are known: it is in another language than the critiques "
                "that were learnt from, or about something else"
            )
        words = words[: self.config.most_words]
        shares = self.network(self.vocabulary.numbers(words)).tolist()
        radius = self.network.radius.tolist()
        scores = {name: _score(name, share, far) for name, share, far in zip(self.figures, shares, radius, strict=True)}
        return Reading(scores, known, words)

    def predict(self, rows: "pd.DataFrame", params: Mapping[str, Any]) -> list[bytes]:
        """Column `text`: critiques; the answer: a JSON object each, every figure's value and interval, or `refused`."""
        return [json.dumps(self._answer(text)).encode() for text in rows["text"]]

    def _answer(self, text: str) -> dict[str, Any]:
        try:
            return as_json(self.read(text))
        except AtelierError as error:
            return {"refused": str(error)}

    def exercise(self) -> float:
        """Read ten critiques of forty known words."""
        # Numbers, since the words are those of whatever language was learnt.
        words = list(range(FIRST, len(self.vocabulary)))[:40] or [UNKNOWN]
        for _ in range(10):
            with torch.inference_mode():
                self.network(words)
        return 10.0


def as_json(reading: Reading) -> dict[str, Any]:
    """Return what was read in plain values; scores to a hundredth."""
    scores = {
        name: {"value": round(score.value, 2), "low": round(score.low, 2), "high": round(score.high, 2)}
        for name, score in reading.scores.items()
    }
    return {"known": round(reading.known, 4), "familiar": reading.familiar, **scores}


def _score(name: str, share: float, radius: float) -> Score:
    low, high = np.clip([share - radius, share + radius], 0, 1).tolist()
    return Score(share * HIGHEST[name], low * HIGHEST[name], high * HIGHEST[name])
