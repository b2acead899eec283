"""The notes of a frame, chosen one after the other from the top down.

The probability of a set of notes is the product of those of its steps, each over the keys below the last note and
`END`: normalised over all sets of keys, so its logarithm is comparable with that of a NADE over 88 binary keys
(Larochelle and Murray 2011), for a handful of steps instead of 88. As in a NADE, what was chosen reaches the next step
as a running sum. There are two such sums: one of the frame as a whole, and one for every key, of where the other notes
lie relative to it, with weights that all keys share; this is what lets a few hundred pieces teach all keys alike.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the library's own convention
from torch import Tensor, nn

from artmodels.music.config import MusicConfig
from artmodels.music.notes import END, KEYS

NEIGHBOURS = 12
"""Semitones up and down that a key sees of the frames before."""


@dataclass(frozen=True)
class Chosen:
    """How far the notes of `M` frames are chosen.

    Attributes:
        whole: the running sum of the frame as a whole, `(M, D)`.
        local: the running sums of the keys, `(M, KEYS * C)`.
        mix: how each frame mixes the keys' channels, `(M, C)`.
        last: the last note chosen, `(M,)`; END before the first.
    """

    whole: Tensor
    local: Tensor
    mix: Tensor
    last: Tensor

    def first(self, count: int) -> "Chosen":
        """The same of the first `count` frames alone."""
        return Chosen(self.whole[:count], self.local[:count], self.mix[:count], self.last[:count])


class NoteChain(nn.Module):
    """Gives each next note of a frame its probability."""

    distance: Tensor

    def __init__(self, config: MusicConfig) -> None:
        super().__init__()
        hidden, width, channels = config.hidden, config.chain, config.channels
        self.dropout, self.channels = config.dropout, channels
        self.from_context = nn.Linear(hidden, width)
        self.chosen, self.latest = nn.Embedding(KEYS, width), nn.Embedding(KEYS + 1, width)
        self.to_keys = nn.Linear(width, KEYS + 1)
        self.around = nn.Conv1d(config.history, channels, 2 * NEIGHBOURS + 1, padding=NEIGHBOURS)
        self.context_channels = nn.Linear(hidden, channels, bias=False)
        self.context_mix = nn.Linear(hidden, channels)
        # What a note means to the key that lies so far above or below it.
        self.interval, self.last_interval = (nn.Parameter(torch.empty(2 * KEYS - 1, channels)) for _ in range(2))
        for weights in (self.chosen.weight, self.latest.weight, self.interval, self.last_interval):
            nn.init.normal_(weights, std=0.05)
        nn.init.zeros_(self.context_mix.weight)
        nn.init.normal_(self.context_mix.bias, std=0.1)
        keys = torch.arange(KEYS)
        self.register_buffer("distance", keys[None] - keys[:, None] + KEYS - 1, persistent=False)

    def begin(self, context: Tensor, history: Tensor) -> Chosen:
        """Begin frames after contexts `(M, H)` and rolls of the frames before `(M, F, KEYS)`, the latest first."""
        local = self.around(history).transpose(1, 2) + self.context_channels(context)[:, None]
        last = torch.full((len(context),), END, device=context.device)
        return Chosen(self.from_context(context), local.flatten(1), self.context_mix(context), last)

    def tables(self) -> tuple[Tensor, Tensor]:
        """What each note tells all keys, `(KEYS, KEYS * C)`, and what the last note tells them besides."""
        last = self.last_interval[self.distance].flatten(1)
        return self.interval[self.distance].flatten(1), torch.cat([last, torch.zeros_like(last[:1])])

    def take(self, chosen: Chosen, notes: Tensor, tables: tuple[Tensor, Tensor]) -> Chosen:
        """Choose a note `(M,)` in each frame, none of them END."""
        local = chosen.local + F.embedding(notes, tables[0])
        return Chosen(chosen.whole + self.chosen(notes), local, chosen.mix, notes)

    def logits(self, chosen: Chosen, tables: tuple[Tensor, Tensor]) -> Tensor:
        """Return the logits `(M, KEYS + 1)` of the next note, or END; those of keys not below the last are -inf."""
        whole = torch.relu(chosen.whole + self.latest(chosen.last))
        scores = self.to_keys(F.dropout(whole, self.dropout, self.training))
        # Before the first note there is nothing to add, and the last table's row of END is zero.
        local = chosen.local + F.embedding(chosen.last, tables[1])
        seen = torch.relu(local).view(len(local), KEYS, self.channels)
        keys = scores[:, :KEYS] + torch.bmm(seen, chosen.mix[..., None])[..., 0]
        out_of_order = torch.arange(KEYS, device=keys.device) >= chosen.last[:, None]
        return torch.cat([keys.masked_fill(out_of_order, -torch.inf), scores[:, KEYS:]], 1)
