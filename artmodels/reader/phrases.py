"""The linear part: phrases of a few words, counted, and ridge regression on them.

Weights of tf-idf as Salton and Buckley 1988 have them, with the logarithm of counts: a phrase that is in every text
says little, and one said five times is not five times as true.
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import lsqr
from torch import Tensor, nn

from artmodels.reader.words import PADDING, UNKNOWN

Phrase = tuple[int, ...]


def phrases_of(numbers: Sequence[int], most: int) -> list[tuple[Phrase, int]]:
    """Return the phrases of up to `most` words, and where each begins; none goes across an unknown word."""
    found = []
    for start in range(len(numbers)):
        for end in range(start + 1, min(start + most, len(numbers)) + 1):
            if numbers[end - 1] == UNKNOWN:
                break
            found.append((tuple(numbers[start:end]), start))
    return found


class Phrases(nn.Module):
    """Scores a text by the phrases in it: a sum of weights, so that what each word added is known exactly."""

    phrases: Tensor
    rarity: Tensor
    weights: Tensor

    def __init__(self, count: int, longest: int, outputs: int) -> None:
        super().__init__()
        self.longest = longest
        self.register_buffer("phrases", torch.full((count, longest), PADDING, dtype=torch.int32))
        self.register_buffer("rarity", torch.zeros(count))
        self.register_buffer("weights", torch.zeros(count, outputs))
        self._places: dict[Phrase, int] = {}

    @classmethod
    def fitted(
        cls, texts: Sequence[Sequence[int]], targets: np.ndarray, longest: int, least: int, penalty: float
    ) -> "Phrases":
        """Know the phrases that stand in `least` texts or more, with the weights of a ridge regression.

        Args:
            texts: word numbers of each text.
            targets: `(N, F)`, of mean 0, NaN where a figure is not given.
            longest: words of a phrase.
            least: texts that a phrase stands in.
            penalty: of the ridge regression.
        """
        counts = Counter(phrase for text in texts for phrase in {one for one, _ in phrases_of(text, longest)})
        known = sorted(phrase for phrase, count in counts.items() if count >= least)
        made = cls(len(known), longest, targets.shape[1])
        for place, phrase in enumerate(known):
            made.phrases[place, : len(phrase)] = torch.tensor(phrase, dtype=torch.int32)
        spread = torch.tensor([counts[phrase] for phrase in known], dtype=torch.float64)
        made.rarity.copy_(torch.log((1 + len(texts)) / (1 + spread)) + 1)
        if known:
            made.weights.copy_(torch.from_numpy(_ridge(made._matrix(texts), targets, penalty)))
        return made

    def weigh(self, text: Sequence[int]) -> dict[int, float]:
        """Return each known phrase of a text by its place, and its weight; their squares sum to 1."""
        places = self._index()
        counts = Counter(places[phrase] for phrase, _ in phrases_of(text, self.longest) if phrase in places)
        rarity = self.rarity.numpy(force=True)
        weights = {place: (1 + math.log(count)) * float(rarity[place]) for place, count in counts.items()}
        length = math.sqrt(sum(weight**2 for weight in weights.values()))
        return {place: weight / length for place, weight in weights.items()}

    def forward(self, text: Sequence[int]) -> Tensor:
        """Return the figures `(F,)` of a text of word numbers, standardised."""
        weighed = self.weigh(text)
        places = torch.tensor(list(weighed), dtype=torch.int64, device=self.weights.device)
        values = torch.tensor(list(weighed.values()), dtype=torch.float32, device=self.weights.device)
        return values @ self.weights[places]

    def spoken(self, text: Sequence[int], output: int) -> np.ndarray:
        """Return what each word added to a figure, `(T,)`: a phrase's part is shared by its words alike."""
        weighed, places, added = self.weigh(text), self._index(), np.zeros(len(text))
        weights = self.weights[:, output].numpy(force=True)
        found = [(places[one], len(one), start) for one, start in phrases_of(text, self.longest) if one in places]
        times = Counter(place for place, _, _ in found)
        for place, words, start in found:
            added[start : start + words] += weighed[place] * weights[place] / (words * times[place])
        return added

    def _index(self) -> dict[Phrase, int]:
        # Made when first asked for: a bundle's tensors come in after the module is built.
        if len(self._places) != len(self.phrases):
            rows = self.phrases.tolist()
            self._places = {tuple(n for n in row if n != PADDING): place for place, row in enumerate(rows)}
        return self._places

    def _matrix(self, texts: Sequence[Sequence[int]]) -> csr_matrix:
        weighed = [self.weigh(text) for text in texts]
        rows = [number for number, one in enumerate(weighed) for _ in one]
        columns = [place for one in weighed for place in one]
        values = [value for one in weighed for value in one.values()]
        return csr_matrix((values, (rows, columns)), shape=(len(texts), len(self.phrases)))


def _ridge(matrix: csr_matrix, targets: np.ndarray, penalty: float) -> np.ndarray:
    """Return the weights `(P, F)` that are least in squared error plus `penalty` times their own squares."""
    weights = np.zeros((matrix.shape[1], targets.shape[1]), np.float32)
    for number, column in enumerate(targets.T):
        given = np.isfinite(column)
        weights[:, number] = lsqr(matrix[given], column[given], damp=math.sqrt(penalty), atol=1e-8, btol=1e-8)[0]
    return weights
