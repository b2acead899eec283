"""The recurrent part: words in their order, through a bidirectional LSTM, to the figures.

Word vectors, a bidirectional LSTM (Hochreiter and Schmidhuber 1997), attention that weighs the words (Yang et al.
2016), one linear layer for all figures at once (Caruana 1997).
"""

import torch
from torch import Tensor, nn

from artmodels.reader.config import ReaderConfig
from artmodels.reader.words import PADDING, UNKNOWN


class Recurrent(nn.Module):
    """Reads texts as sequences of word numbers."""

    def __init__(self, config: ReaderConfig, words: int, outputs: int) -> None:
        super().__init__()
        self.config, width = config, 2 * config.hidden
        self.embedding = nn.Embedding(words, config.embedding, PADDING)
        self.onward, self.homeward = (nn.LSTM(config.embedding, config.hidden, batch_first=True) for _ in range(2))
        self.dropout = nn.Dropout(config.dropout)
        self.inner, self.weigher = nn.Linear(width, width), nn.Linear(width, 1)
        self.heads = nn.Linear(width, outputs)
        nn.init.normal_(self.embedding.weight, std=0.5)
        nn.init.zeros_(self.heads.bias)

    def forward(self, words: Tensor, lengths: Tensor) -> Tensor:
        """Return the figures `(B, F)`, standardised.

        Args:
            words: `(B, T) int`, `PADDING` after a text's end.
            lengths: `(B,) int64`, from 1 to T.
        """
        if self.training:
            lost = torch.rand(words.shape, device=words.device) < self.config.word_dropout
            words = torch.where(lost & (words != PADDING), UNKNOWN, words)
        return self.read(self.embedding(words), lengths)

    def read(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """Return the figures `(B, F)`, standardised, of texts that are vectors already: `(B, T, E)`."""
        if self.training:
            # The same numbers of all words of a text: dropped one by one, the next word would tell them (Gal 2016).
            kept = 1 - self.config.embedding_dropout
            vectors = vectors * torch.bernoulli(torch.full_like(vectors[:, :1], kept)) / kept
        # Each direction meets a text's padding last, and what it says of it is not looked at: as exact as packed
        # sequences, which take torch two to three times as long on a CPU.
        places = torch.arange(vectors.shape[1], device=vectors.device)[None]
        there = places < lengths[:, None]
        turned = torch.where(there, lengths[:, None] - 1 - places, places)[..., None]
        back, _ = self.homeward(vectors.gather(1, turned.expand_as(vectors)))
        onward, _ = self.onward(vectors)
        states = self.dropout(torch.cat([onward, back.gather(1, turned.expand_as(back))], 2))
        weights = self.weigher(torch.tanh(self.inner(states)))[..., 0].masked_fill(~there, -torch.inf).softmax(1)
        figures: Tensor = self.heads((weights[..., None] * states).sum(1))
        return figures
