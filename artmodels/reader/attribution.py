"""Which words a score was read from, in points of the score.

Of the recurrent part by integrated gradients (Sundararajan et al. 2017) along the way from a text of unknown words,
which is what training blanks words with; of the linear part exactly. Together they sum to what the text's score is
above or below that of a text that says nothing.
"""

import numpy as np
import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from artmodels.reader.figures import HIGHEST, TOTAL
from artmodels.reader.network import Recurrent
from artmodels.reader.reader import Reader, Reading
from artmodels.reader.words import UNKNOWN

STEPS = 50
"""Points on the way at which gradients are taken."""


def words_spoke(reader: Reader, reading: Reading, figure: str = TOTAL) -> np.ndarray:
    """Return how many points each of a reading's words added to a figure, `(T,) float64`."""
    network, output = reader.network, reader.figures.index(figure)
    numbers = reader.vocabulary.numbers(reading.words)
    recurrent = network.recurrent
    words = torch.tensor([numbers], device=network.mean.device)
    vectors = recurrent.embedding(words)
    nothing = recurrent.embedding(torch.full_like(words, UNKNOWN))
    # cuDNN has no gradient of an LSTM that is not being trained.
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        parts = IntegratedGradients(_Reading(recurrent)).attribute(vectors, nothing, target=output, n_steps=STEPS)
    read = parts.detach().sum(-1)[0].double().cpu().numpy()
    share = reader.config.share
    standard = share * read + (1 - share) * network.phrases.spoken(numbers, output)
    return standard * float(network.spread[output]) * HIGHEST[figure]


class _Reading:
    """The recurrent part, as a function of a text's vectors."""

    def __init__(self, recurrent: Recurrent) -> None:
        self.recurrent = recurrent

    def __call__(self, vectors: Tensor) -> Tensor:
        lengths = torch.full((len(vectors),), vectors.shape[1], device=vectors.device)
        figures: Tensor = self.recurrent.read(vectors, lengths)
        return figures
