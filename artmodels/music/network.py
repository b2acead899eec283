"""The network: a recurrent cell hears the frames, a chain over the notes gives the next frame its probability."""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the library's own convention
from torch import Tensor, nn

from artmodels.music.chain import NoteChain
from artmodels.music.config import MusicConfig
from artmodels.music.notes import END, KEYS, roll_of

METRE = (2, 4, 8, 16)
"""Frames after which the pulse that the network hears beside the notes comes round again."""

State = Tensor | tuple[Tensor, Tensor] | None
"""What the cell remembers; None at the beginning."""


class Windows(NamedTuple):
    """Windows of pieces, as the network takes them.

    Attributes:
        notes: `(B, T, N)`, see `notes`.
        start: the number that each window's first frame has in its piece, `(B,)`.
        length: frames of each window, `(B,)`; what comes after them is padding.
    """

    notes: Tensor
    start: Tensor
    length: Tensor

    def scored(self) -> Tensor:
        """Which frames count, `(B, T) bool`: not padding, nor the first of a window that is not its piece's first."""
        place = torch.arange(self.notes.shape[1], device=self.notes.device)
        return (place < self.length[:, None]) & ((place > 0) | (self.start == 0)[:, None])


class MusicNet(nn.Module):
    """Music as a sequence of sets of notes."""

    def __init__(self, config: MusicConfig) -> None:
        super().__init__()
        self.config = config
        self.read = nn.Linear(KEYS + 1 + 2 * len(METRE), config.embedding)
        cell = {"gru": nn.GRU, "lstm": nn.LSTM}[config.cell]
        between = config.dropout if config.layers > 1 else 0.0
        self.cell = cell(config.embedding, config.hidden, config.layers, batch_first=True, dropout=between)
        self.chain = NoteChain(config)
        self.ending = nn.Linear(config.hidden, 1)

    def forward(self, windows: Windows) -> tuple[Tensor, Tensor]:
        """Return the nats of each frame `(B, T)`, 0 where it does not count, and the logits `(B, T)` of an ending
        before it."""
        roll, scored = roll_of(windows.notes), windows.scored()
        place = windows.start[:, None] + torch.arange(roll.shape[1], device=roll.device)
        before = F.pad(roll, (0, 0, 1, 0))[:, :-1]
        context, _ = self.hear(before, place)
        history = torch.stack([F.pad(roll, (0, 0, ago, 0))[:, : roll.shape[1]] for ago in self._ago()], 2)
        nats = self.frame_nats(context[scored], history[scored], windows.notes[scored])
        ending = self.ending(context)[..., 0]
        return torch.zeros_like(roll[..., 0]).masked_scatter(scored, nats.float()), ending

    def hear(self, before: Tensor, place: Tensor, state: State = None) -> tuple[Tensor, State]:
        """Return the contexts `(B, T, H)` of frames with the numbers `place (B, T)`, and what is remembered.

        Args:
            before: the rolls of the frame before each, `(B, T, KEYS)`.
            place: the frames' numbers in their pieces; frame 0 has none before.
            state: what was remembered.
        """
        angle = 2 * math.pi * place[..., None] / torch.tensor(METRE, device=place.device)
        pulse = torch.cat([angle.sin(), angle.cos(), (place == 0)[..., None]], -1)
        heard = F.dropout(before, self.config.input_dropout, self.training)
        frames = self.read(torch.cat([heard, pulse], -1))
        contexts, state = self.cell(F.dropout(frames, self.config.dropout / 2, self.training), state)
        return F.dropout(contexts, self.config.dropout, self.training), state

    def frame_nats(self, context: Tensor, history: Tensor, notes: Tensor) -> Tensor:
        """Return the negative log likelihoods `(M,)` of frames with notes `(M, N)`."""
        # With the fullest frames first, each step of the chain goes on with the first few: packed, nothing padded.
        size = (notes != END).sum(1)
        order = size.argsort(descending=True, stable=True)
        notes, size = notes[order], size[order]
        chosen, tables = self.chain.begin(context[order], history[order]), self.chain.tables()
        total = torch.zeros(len(notes), device=notes.device)
        for step in range(int(size.max()) + 1 if len(size) else 0):
            count = int((size >= step).sum())
            if step:
                chosen = self.chain.take(chosen.first(count), notes[:count, step - 1], tables)
            logits = self.chain.logits(chosen, tables).float()
            # A frame with all places taken ends where there is no place left to say so.
            target = notes[:count, step] if step < notes.shape[1] else torch.full_like(notes[:count, 0], END)
            nats = F.cross_entropy(logits, target, reduction="none")
            total = total + F.pad(nats, (0, len(total) - count))
        return torch.zeros_like(total).index_copy(0, order, total)

    def _ago(self) -> range:
        return range(1, self.config.history + 1)
