"""The recurrent part: words in their order, through a bidirectional LSTM, to the figures.

Word vectors, a bidirectional LSTM (Hochreiter and Schmidhuber 1997), attention that weighs the words (Yang et al.
2016), one linear layer for all figures at once (Caruana 1997).
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from artmodels.reader.config import ReaderConfig
from artmodels.reader.words import PADDING, UNKNOWN


class Recurrent(nn.Module):
    """Reads texts as sequences of word numbers."""

    def __init__(self, config: ReaderConfig, words: int, outputs: int) -> None:
        super().__init__()
        self.config, width = config, 2 * config.hidden
        self.embedding = nn.Embedding(words, config.embedding, PADDING)
        self.lstm = nn.LSTM(config.embedding, config.hidden, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(config.dropout)
        self.inner, self.weigher = nn.Linear(width, width), nn.Linear(width, 1)
        self.heads = nn.Linear(width, outputs)
        nn.init.normal_(self.embedding.weight, std=0.5)
        nn.init.zeros_(self.heads.bias)

    def forward(self, words: Tensor, lengths: Tensor) -> Tensor:
        """Return the figures `(B, F)`, standardised.

        Args:
            words: `(B, T) int`, `PADDING` after a text's end.
            lengths: `(B,) int64`, on the CPU, from 1 to T.
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
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        states = self.dropout(states)
        there = torch.arange(states.shape[1])[None] < lengths[:, None]
        weights = self.weigher(torch.tanh(self.inner(states)))[..., 0]
        weights = weights.masked_fill(~there.to(weights.device), -torch.inf).softmax(1)
        figures: Tensor = self.heads((weights[..., None] * states).sum(1))
        return figures
